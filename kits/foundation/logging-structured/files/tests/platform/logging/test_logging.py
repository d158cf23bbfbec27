"""Logs are JSON, carry the request's id and hold nothing private."""

import io
import json
import logging
from typing import Any

import pytest

from app.core.http import Router, public
from app.core.runtime import Runtime
from app.platform.logging.redaction import REDACTED, clean, is_private
from app.platform.logging.settings import LogSettings
from app.platform.logging.setup import make_formatter
from tests.support.probe import serving


class Log:
    """What was logged."""

    def __init__(self) -> None:
        self._stream = io.StringIO()
        self.handler = logging.StreamHandler(self._stream)
        self.handler.setFormatter(make_formatter(LogSettings(format="json", level="info")))

    @property
    def text(self) -> str:
        return self._stream.getvalue()

    def entries(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Log:
    found = Log()
    for name in ("app.requests", "test.private"):
        logger = logging.getLogger(name)
        monkeypatch.setattr(logger, "handlers", [found.handler])
        monkeypatch.setattr(logger, "level", logging.INFO)
    return found


async def test_requests_are_logged_with_their_id(runtime: Runtime, log: Log) -> None:
    router = Router(prefix="/probe", tags=["probe"])

    @router.get("", dependencies=[public()])
    async def probe() -> None:
        logging.getLogger("test.private").info("inside", extra={"size": 1})

    async with serving(runtime, router) as client:
        answer = await client.get("/v1/probe", params={"token": "abc"})
    inside, request = log.entries()
    identity = answer.headers["x-request-id"]
    assert (inside["event"], inside["size"], inside["request_id"]) == ("inside", 1, identity)
    assert (request["path"], request["status"], request["method"]) == ("/v1/probe", 200, "GET")
    assert request["request_id"] == identity
    assert "abc" not in log.text


def test_private_values_do_not_appear(log: Log) -> None:
    logger = logging.getLogger("test.private")
    extra = {"new_password": "hunter2", "deep": [{"Authorization": "hunter2"}], "count": 3}
    logger.info("to someone@example.com with Bearer hunter2", extra=extra)
    try:
        message = "cannot reach https://user:hunter2@host/x"
        raise ConnectionError(message)
    except ConnectionError:
        logger.exception("failed")
    assert "hunter2" not in log.text
    assert "someone@example.com" not in log.text
    assert log.entries()[0]["count"] == 3
    assert "ConnectionError" in log.entries()[1]["exception"]


def test_names() -> None:
    assert is_private("password")
    assert is_private("X-Session-Token")
    assert not is_private("tokens_used_by_compassword")
    assert clean({"a": [("x", {"secret": 1})]}) == {"a": [["x", {"secret": REDACTED}]]}
