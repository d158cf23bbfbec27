#!/usr/bin/env python3
"""Schemathesis against the running service, signed in as somebody with a workspace of their own.

    made_up_calls.py --base-url http://127.0.0.1:8000 --openapi apps/api/openapi.json --schemathesis PATH

No answer may be a server error, and every answer must be one that the document promises.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import uuid

from client import Caller


def main() -> int:
    """Sign up, make a workspace and hand over to schemathesis."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base-url", required=True)
    parser.add_argument("--openapi", required=True)
    parser.add_argument("--schemathesis", required=True)
    arguments = parser.parse_args()
    caller = Caller(arguments.base_url)
    address = f"made-up-{uuid.uuid4().hex[:12]}@example.com"
    body = {"email": address, "password": "a long enough passphrase 42", "name": "Made Up", "carrier": "body"}
    answer = caller.call("POST", "/v1/auth/sign-up", body)
    if answer.status != 201:
        print(f"signing up failed: {answer.status}", file=sys.stderr)
        return 1
    access = answer.body["access_token"]
    caller = Caller(arguments.base_url, access=access)
    made = caller.call("POST", "/v1/workspaces", {"name": "Made-up calls"})
    headers = ["-H", f"authorization: Bearer {access}"]
    if made.status == 201:
        headers += ["-H", f"x-workspace-id: {made.body['id']}"]
    command = [
        arguments.schemathesis,
        "run",
        arguments.openapi,
        "--url",
        arguments.base_url,
        *headers,
        "--checks",
        "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
        "--max-examples",
        "5",
        "--phases",
        "examples,coverage,fuzzing",
        "--seed",
        "1",
        "--exclude-path-regex",
        "/auth/",
        "--no-color",
    ]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
