"""The mailbox of the tests: every message that leaves the service."""

from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import pytest

from app.core.module import Module
from app.core.ports import bind
from app.core.runtime import Runtime
from app.platform.mail.mailer import MAILER, Message
from app.platform.mail.relay import deliver_due


class Mailbox:
    """Keeps all messages."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def send(self, message: Message) -> None:
        """Keep one."""
        self.messages.append(message)


_MAILBOX = Mailbox()

module = Module(name="mailbox", bindings=(bind(MAILER, lambda _: _MAILBOX),))


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found.extend(value for name, value in attrs if name == "href" and value)


class Inbox:
    """What arrived, by address."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def of(self, address: str) -> list[Message]:
        """The messages to one address, the oldest first."""
        while await deliver_due(self._runtime):
            pass
        return [message for message in _MAILBOX.messages if message.to == address]

    async def token(self, address: str) -> str:
        """The token in the link of the newest message to one address."""
        links = _Links()
        links.feed((await self.of(address))[-1].html)
        return parse_qs(urlsplit(links.found[-1]).fragment)["token"][0]


@pytest.fixture
def inbox(runtime: Runtime) -> Inbox:
    """The mailbox."""
    return Inbox(runtime)
