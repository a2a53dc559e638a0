"""What is in the bucket of `serve.py`: prints its keys as JSON; `damage` changes the last byte of each object first."""

import json
import os
import sys

import boto3

BUCKET = "received"


def main(endpoint, *what):
    s3 = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")
    keys = [found["Key"] for found in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]
    if "damage" in what:
        for key in keys:
            body = bytearray(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())
            body[-1] ^= 1
            s3.put_object(Bucket=BUCKET, Key=key, Body=bytes(body))
    print(json.dumps(keys))


if __name__ == "__main__":
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "HTTP_PROXY", "http_proxy"):
        os.environ.pop(name, None)
    main(*sys.argv[1:])
