"""What a visit is made with: callers, expectations, rows that fit the OpenAPI document, mail."""

from __future__ import annotations

import email
import email.policy
import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

MAIL_PATIENCE: Final = 15.0
REQUEST_TIMEOUT: Final = 20.0


class Surprise(Exception):
    """An expectation did not hold."""


@dataclass(frozen=True)
class Answer:
    """One response."""

    status: int
    headers: dict[str, str]
    cookies: list[str]
    text: str

    @property
    def body(self) -> Any:
        """The response as JSON."""
        try:
            return json.loads(self.text)
        except ValueError:
            raise Surprise(f"not JSON: {self.text[:200]!r}") from None

    @property
    def etag(self) -> str | None:
        """The version of what was answered."""
        return self.headers.get("etag")


@dataclass
class Caller:
    """Somebody with a token, perhaps in a workspace."""

    base: str
    address: str = ""
    access: str = ""
    refresh: str = ""
    user: str = ""
    workspace: str = ""

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: dict[str, str] | None = None,
        **query: object,
    ) -> Answer:
        """Send a request."""
        url = self.base + path
        if query:
            url += "?" + urllib.parse.urlencode({name: str(value) for name, value in query.items()})
        sent = {"accept": "application/json", "user-agent": "visit"}
        if self.access:
            sent["authorization"] = f"Bearer {self.access}"
        if self.workspace:
            sent["x-workspace-id"] = self.workspace
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            sent["content-type"] = "application/json"
        sent |= headers or {}
        request = urllib.request.Request(url, data=data, headers=sent, method=method)
        try:
            with urllib.request.urlopen(request, timeout=REQUEST_TIMEOUT) as response:
                return answer_of(response)
        except urllib.error.HTTPError as error:
            with error:
                return answer_of(error)

    def within(self, workspace: str) -> Caller:
        """The same person in a workspace."""
        return Caller(self.base, self.address, self.access, self.refresh, self.user, workspace)

    def keep(self, opened: dict[str, Any]) -> None:
        """Remember the tokens of a session."""
        self.user = opened["user_id"]
        self.access = opened["access_token"]
        self.refresh = opened["refresh_token"]


def answer_of(response: Any) -> Answer:
    """Read a response."""
    return Answer(
        status=response.status,
        headers={name.lower(): value for name, value in response.headers.items()},
        cookies=response.headers.get_all("set-cookie") or [],
        text=response.read().decode(),
    )


@dataclass
class Visit:
    """What is visited, and how many expectations held."""

    base: str
    mail: Path
    shapes: dict[str, Any]
    origin: str
    steps: int = 0
    run: str = field(default_factory=lambda: uuid.uuid4().hex[:8])

    def part(self, title: str) -> None:
        """Begin a part of the visit."""
        print(f"\n{title}")

    def expect(self, what: str, holds: bool, seen: object = "") -> None:
        """One expectation."""
        if not holds:
            raise Surprise(f"{what}\n     seen: {seen}")
        self.steps += 1
        print(f"  {self.steps:3} ok  {what}", flush=True)

    def done(self, what: str, answer: Answer, *statuses: int) -> Any:
        """The request succeeded; its body, if it has one."""
        wanted = statuses or (200,)
        self.expect(what, answer.status in wanted, f"{answer.status} {answer.text[:400]}")
        return answer.body if answer.text else None

    def refused(self, what: str, answer: Answer, *statuses: int) -> None:
        """The request was refused, with a problem that a program can read."""
        seen = f"{answer.status} {answer.headers.get('content-type')} {answer.text[:400]}"
        problem = answer.headers.get("content-type", "").startswith("application/problem+json")
        self.expect(what, answer.status in statuses and problem, seen)

    def person(self, name: str) -> Caller:
        """Somebody who has not signed up yet."""
        return Caller(self.base, f"{name}-{self.run}@example.com")

    # What entities look like is read from the OpenAPI document, so that the visit asks for what
    # it is about and fills in what else is required.

    def schema(self, name: str) -> dict[str, Any]:
        """A schema of the document."""
        found = self.shapes["components"]["schemas"].get(name)
        if found is None:
            raise Surprise(f"the OpenAPI document has no schema {name}")
        return dict(found)

    def resolved(self, shape: dict[str, Any]) -> dict[str, Any]:
        """A property's schema without references and without `null`."""
        while True:
            if "$ref" in shape:
                shape = self.schema(shape["$ref"].rsplit("/", 1)[-1])
            elif "anyOf" in shape:
                shape = next(one for one in shape["anyOf"] if one.get("type") != "null")
            else:
                return shape

    def choices(self, entity: str, name: str) -> list[str]:
        """The values of an enumeration."""
        return list(self.resolved(self.schema(f"{entity}Create")["properties"][name])["enum"])

    def row(self, entity: str, **given: object) -> dict[str, object]:
        """A new row: what is given, and something for what is required besides."""
        shape = self.schema(f"{entity}Create")
        body = dict(given)
        for name in shape.get("required", []):
            if name not in body:
                body[name] = self.sample(self.resolved(shape["properties"][name]))
        return body

    def sample(self, shape: dict[str, Any]) -> object:
        """A value that fits a schema."""
        if "enum" in shape:
            return shape["enum"][0]
        kind = shape.get("type")
        if kind in ("integer", "number"):
            return shape.get("minimum", 1)
        if kind == "boolean":
            return True
        texts = {
            "date": "2030-01-31",
            "date-time": "2030-01-31T12:00:00Z",
            "uri": "https://example.com/",
            "email": f"sample-{self.run}@example.com",
        }
        known = texts.get(shape.get("format", ""))
        if known is not None:
            return known
        text: str = uuid.uuid4().hex
        longest: int = shape.get("maxLength", 12)
        return text[: min(longest, 12)]

    def mailed_token(self, to: str, path: str) -> str:
        """The token in the link of the newest mail to an address."""
        end = time.monotonic() + MAIL_PATIENCE
        while True:
            found = []
            for file in self.mail.glob("*.eml"):
                message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
                if to not in str(message["to"]):
                    continue
                body = message.get_body(("plain",))
                text = body.get_content() if body else ""
                link = re.search(re.escape(path) + r"[#?]token=(\S+)", text)
                if link:
                    found.append((file.stat().st_mtime_ns, urllib.parse.unquote(link[1])))
            if found:
                return max(found)[1]
            if time.monotonic() > end:
                raise Surprise(f"no mail to {to} with {path} in {self.mail}")
            time.sleep(0.2)

    def pages(self, caller: Caller, path: str, **query: object) -> list[list[dict[str, Any]]]:
        """All pages of a list."""
        found: list[list[dict[str, Any]]] = []
        cursor: dict[str, object] = {}
        while True:
            answer = caller.call("GET", path, None, None, **(query | cursor))
            if answer.status != 200:
                raise Surprise(f"GET {path}: {answer.status} {answer.text[:400]}")
            found.append(answer.body["items"])
            following = answer.body["next_cursor"]
            if following is None:
                return found
            cursor = {"cursor": following}
            if len(found) > 1000:
                raise Surprise(f"GET {path}: the pages do not end")
