"""An S3 server for one story: moto on a port that the system chose, with one bucket and one user who may use it.

Requests are only answered when they are signed by that user's key. One line on standard output says where it is:
`s3 listening on {"endpoint": …, "bucket": …, "access_key": …, "secret_key": …}`.
"""

import json
import os
import signal
import sys

# Asking for credentials begins after the four requests below that make the user.
os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = "4"
for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "HTTP_PROXY", "http_proxy"):
    os.environ.pop(name, None)
os.environ.update(AWS_ACCESS_KEY_ID="nobody", AWS_SECRET_ACCESS_KEY="nothing", AWS_DEFAULT_REGION="us-east-1")

import boto3  # noqa: E402
from moto.server import ThreadedMotoServer  # noqa: E402

BUCKET = "received"
USER = "edgewire"


def main():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    iam = boto3.client("iam", endpoint_url=endpoint)
    iam.create_user(UserName=USER)
    allowed = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [allowed]}
    iam.put_user_policy(UserName=USER, PolicyName="s3", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName=USER)["AccessKey"]
    boto3.client("s3", endpoint_url=endpoint).create_bucket(Bucket=BUCKET)
    told = {
        "endpoint": endpoint,
        "bucket": BUCKET,
        "access_key": key["AccessKeyId"],
        "secret_key": key["SecretAccessKey"],
    }
    print("s3 listening on", json.dumps(told), flush=True)
    signal.pause()


if __name__ == "__main__":
    sys.exit(main())
