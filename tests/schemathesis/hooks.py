"""What this project adds to Schemathesis.

No request of the run may make the gateway speak to another machine: every URL in a request leads to this machine
instead, where the gateway's guard refuses it. It is done on the bytes that are about to leave, so that no way of making
a body (examples, edge cases, chance, bad bodies) is left out; what cannot be read as text is not sent at all.
"""

import ast
import json
import re
import threading

import requests

HOST = "127.0.0.1:9"  # discard: nobody listens
SCHEME = re.compile(r"(?:https?|wss?|ftp|file):", re.IGNORECASE)
URL = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*:)(?P<slashes>(?:\\?/|\\\\)+)[^/?#\s\"'\\]*", re.IGNORECASE)


def tamed(text: str) -> str:
    """The text with the host of every URL replaced."""
    return URL.sub(lambda found: f"{found['scheme']}//{HOST}", text)


def tame(value):
    """A JSON value with every URL in it tamed, in names too."""
    if isinstance(value, str):
        return tamed(value)
    if isinstance(value, list):
        return [tame(item) for item in value]
    if isinstance(value, dict):
        return {tamed(name): tame(item) for name, item in value.items()}
    return value


def body(data):
    """The body that goes out instead of this one."""
    if not data:
        return data
    if isinstance(data, str):
        data = data.encode("utf-8", "surrogatepass")
    assert isinstance(data, bytes), f"a body of {type(data)} cannot be looked through"
    text = data.decode("utf-8", "surrogateescape")
    if not SCHEME.search(text) and "\\" not in text:
        return data
    try:
        # JSON has other spellings of the same characters.
        text = json.dumps(tame(json.loads(text)))
    except ValueError:
        text = tamed(text)
    return text.encode("utf-8", "surrogateescape")


send = requests.Session.send


def only_here(session, request, **settings):
    """Sends a request whose URLs, its own included, lead to this machine."""
    host = requests.utils.urlparse(request.url).hostname
    assert host == "127.0.0.1", f"{host} is not this machine"
    request.body = body(request.body)
    if requests.utils.urlparse(request.url).path == "/disconnect" and request.body:
        # The examples name the session that the rest of the run needs.
        request.body = request.body.replace(b'"main"', b'"spare"')
    if request.body is not None and "Content-Length" in request.headers:
        request.headers["Content-Length"] = str(len(request.body))
    request.headers.update({name: tamed(value) for name, value in request.headers.items() if isinstance(value, str)})
    return send(session, request, **settings)


requests.Session.send = only_here

# Python before 3.11.9 and 3.12.3 counts wrong when two threads parse at once, which Hypothesis does ("AST constructor
# recursion depth mismatch").
parse, parsing = ast.parse, threading.Lock()


def one_at_a_time(*arguments, **settings):
    """`ast.parse`, by one thread at a time."""
    with parsing:
        return parse(*arguments, **settings)


ast.parse = one_at_a_time
