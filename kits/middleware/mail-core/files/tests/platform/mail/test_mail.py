"""Mail: queued with the change, sent after it, never twice, never to who wants none."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from aiosmtpd.handlers import Message as Handler
from aiosmtpd.smtp import SMTP
from httpx import AsyncClient
from sqlalchemy import text

from app.core.clock import now
from app.core.module import Module
from app.core.ports import bind
from app.core.runtime import Runtime
from app.core.settings import ConfigurationError
from app.platform.mail.carriers import FolderMailer, SmtpMailer, carrier
from app.platform.mail.letters import Action, Letter, link, plain
from app.platform.mail.mailer import MAILER, Message, Undeliverable
from app.platform.mail.models import MailMessage, MailSuppression, Reason, Status
from app.platform.mail.relay import DELAYS, deliver_due
from app.platform.mail.service import Mail, unsubscribe_token
from app.platform.mail.settings import MailSettings
from tests.support.mail import Inbox


def address() -> str:
    return f"{uuid4().hex}@example.com"


def letter(to: str, *, essential: bool = True) -> Letter:
    return Letter("test", to, "Hello", ("Some words.",), essential=essential)


async def row_of(runtime: Runtime, message_id: UUID) -> MailMessage:
    async with runtime.unit() as unit:
        return await unit.session.get_one(MailMessage, message_id)


async def test_mail_leaves_after_the_commit_and_only_once(runtime: Runtime, inbox: Inbox) -> None:
    to = address()
    async with runtime.unit() as unit:
        queued = await Mail(unit).queue(letter(to))
    assert [message.id for message in await inbox.of(to)] == [queued]
    assert len(await inbox.of(to)) == 1
    row = await row_of(runtime, queued)
    assert (row.status, row.text, row.html) == (Status.SENT, None, None)


async def test_mail_about_what_was_rolled_back_never_leaves(runtime: Runtime, inbox: Inbox) -> None:
    to = address()
    with pytest.raises(ZeroDivisionError):
        async with runtime.unit() as unit:
            await Mail(unit).queue(letter(to))
            raise ZeroDivisionError
    assert await inbox.of(to) == []


def test_words_are_escaped() -> None:
    evil = '<script>alert("x")</script>'
    body = plain(Letter("test", "a@b.c", evil, (evil,), Action(evil, 'https://x/?a="&b')))
    assert "<script" not in body.html
    assert 'href="https://x/?a=&quot;&amp;b"' in body.html
    assert evil in body.text


async def test_a_subject_cannot_add_headers(runtime: Runtime, inbox: Inbox) -> None:
    to = address()
    evil = Letter("test", to, "Hello\r\nBcc: victim@example.com", ("Words.",))
    async with runtime.unit() as unit:
        await Mail(unit).queue(evil)
    mime = (await inbox.of(to))[0].mime()
    assert mime["Bcc"] is None
    assert mime["Subject"] == "Hello Bcc: victim@example.com"


async def test_links_hide_their_token_from_servers(runtime: Runtime) -> None:
    assert link(runtime, "/page", "a b").endswith("/page#token=a%20b")


async def test_suppressed_addresses_get_nothing(runtime: Runtime, inbox: Inbox) -> None:
    to = address()
    async with runtime.unit() as unit:
        await Mail(unit).suppress(to, Reason.BOUNCE)
        queued = await Mail(unit).queue(letter(to))
    assert await inbox.of(to) == []
    assert (await row_of(runtime, queued)).status == Status.SUPPRESSED
    async with runtime.unit() as unit:
        await Mail(unit).release(to)
        await Mail(unit).queue(letter(to))
    assert len(await inbox.of(to)) == 1


async def test_who_unsubscribes_gets_only_what_is_essential(
    runtime: Runtime, inbox: Inbox, client: AsyncClient
) -> None:
    to = address()
    async with runtime.unit() as unit:
        await Mail(unit).queue(letter(to, essential=False))
    first = (await inbox.of(to))[0]
    assert first.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    token = unsubscribe_token(runtime, to)
    assert token in first.headers["List-Unsubscribe"]
    assert (await client.post("/v1/mail/unsubscribe", params={"token": token})).status_code == 204
    async with runtime.unit() as unit:
        await Mail(unit).queue(letter(to, essential=False))
        await Mail(unit).queue(letter(to, essential=True))
    assert len(await inbox.of(to)) == 2


@pytest.mark.parametrize("token", ["x", "AAAA", "é", "A" * 60])
async def test_a_made_up_link_unsubscribes_nobody(client: AsyncClient, token: str) -> None:
    answer = await client.post("/v1/mail/unsubscribe", params={"token": token})
    assert answer.status_code == 404


class Failing:
    """Refuses everything."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def send(self, message: Message) -> None:
        raise self.error


@asynccontextmanager
async def failing(runtime: Runtime, error: Exception) -> AsyncIterator[Runtime]:
    broken = Module(name="broken", bindings=(bind(MAILER, lambda _: Failing(error)),))
    async with Runtime((*runtime.modules, broken)).running() as found:
        yield found


async def test_a_failure_is_tried_again_later_and_not_for_ever(
    runtime: Runtime, inbox: Inbox
) -> None:
    to = address()
    await inbox.of(to)
    async with runtime.unit() as unit:
        queued = await Mail(unit).queue(letter(to))
    async with failing(runtime, ConnectionError()) as broken:
        for attempt in range(1, len(DELAYS) + 2):
            assert await deliver_due(broken) >= 1
            row = await row_of(runtime, queued)
            assert row.attempts == attempt
            assert row.error == "ConnectionError"
            assert row.due_at > now() + timedelta(seconds=30)
            async with runtime.unit() as unit:
                update = text("update mail_messages set due_at = now() where id = :id")
                await unit.session.execute(update, {"id": queued})
    assert (await row_of(runtime, queued)).status == Status.FAILED
    assert (await row_of(runtime, queued)).html is None
    assert await inbox.of(to) == []


async def test_an_address_that_does_not_exist_is_not_tried_again(runtime: Runtime) -> None:
    to = address()
    async with runtime.unit() as unit:
        queued = await Mail(unit).queue(letter(to))
    async with failing(runtime, Undeliverable()) as broken:
        await deliver_due(broken)
    assert (await row_of(runtime, queued)).status == Status.FAILED
    async with runtime.unit() as unit:
        found = await unit.session.get_one(MailSuppression, to)
        assert found.reason == Reason.BOUNCE


class Catcher(Handler):
    """A mail server's mailbox."""

    def __init__(self) -> None:
        super().__init__()
        self.caught: list[str] = []

    def handle_message(self, message: object) -> None:
        self.caught.append(str(message))


async def test_smtp() -> None:
    catcher = Catcher()
    loop = asyncio.get_running_loop()
    async with await loop.create_server(lambda: SMTP(catcher), "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        mailer = SmtpMailer(f"smtp://127.0.0.1:{port}?tls=none")
        made = Message(uuid4(), "Us <us@example.com>", "you@example.com", "Hi", "text", "<p>x</p>")
        await mailer.send(made)
    [received] = catcher.caught
    assert f"Message-ID: <{made.id}@example.com>" in received
    assert "text/plain" in received
    assert "text/html" in received


async def test_the_folder_catches_all(tmp_path: object) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path)) / "mail"
    made = Message(uuid4(), "Us <us@example.com>", "you@example.com", "Hi", "text", "<p>x</p>")
    await FolderMailer(folder).send(made)
    assert b"To: you@example.com" in (folder / f"{made.id}.eml").read_bytes()


def test_a_deployed_service_needs_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APP_ENV", "production")
    monkeypatch.setenv("MAIL_SERVER", "folder:.mail")
    monkeypatch.setenv("MAIL_LINK_KEY", "k" * 40)
    with pytest.raises(ConfigurationError, match="MAIL_SERVER"):
        carrier(MailSettings())
    monkeypatch.setenv("MAIL_SERVER", "https://example.com")
    with pytest.raises(ConfigurationError, match="MAIL_SERVER"):
        carrier(MailSettings())
    monkeypatch.setenv("MAIL_SERVER", "smtps://user:p%40ss@mail.example.com")
    assert isinstance(carrier(MailSettings()), SmtpMailer)
