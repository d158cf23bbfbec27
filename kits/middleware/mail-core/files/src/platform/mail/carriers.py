"""The carriers that come with the service: SMTP, and a folder for development."""

import asyncio
import logging
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib

from app.core.settings import ConfigurationError, Environment
from app.platform.mail.mailer import Mailer, Message, Undeliverable
from app.platform.mail.settings import MailSettings

LOG = logging.getLogger(__name__)
PATIENCE: Final = 20.0  # seconds


class SmtpMailer:
    """Mail through a server: `smtps://user:password@host:465` or `smtp://…:587`.

    `smtp` insists on STARTTLS unless the address says `?tls=none`, for a server on this machine.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"smtp", "smtps"} or parts.hostname is None:
            raise ConfigurationError(["MAIL_SERVER: smtp://… or smtps://… with a host"])
        self._host = parts.hostname
        self._implicit = parts.scheme == "smtps"
        self._port = parts.port or (465 if self._implicit else 587)
        self._user = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None
        self._start_tls = not self._implicit and parse_qs(parts.query).get("tls") != ["none"]

    async def send(self, message: Message) -> None:
        """Hand one message over."""
        try:
            await aiosmtplib.send(
                message.mime(),
                hostname=self._host,
                port=self._port,
                username=self._user,
                password=self._password,
                use_tls=self._implicit,
                start_tls=self._start_tls,
                timeout=PATIENCE,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            codes = [refused.code for refused in error.recipients]
            if all(code in {550, 551, 553} for code in codes):
                raise Undeliverable from error
            raise


class FolderMailer:
    """Catches all: each message becomes a file that any mail program opens."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def send(self, message: Message) -> None:
        """Write one message."""
        target = self._folder / f"{message.id}.eml"
        await asyncio.to_thread(self._write, target, message.mime().as_bytes())
        LOG.info("mail caught", extra={"file": str(target)})

    def _write(self, target: Path, content: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def carrier(settings: MailSettings) -> Mailer:
    """What the settings say; a deployed service must have a server."""
    kind, _, rest = settings.server.partition(":")
    if kind != "folder":
        return SmtpMailer(settings.server)
    if settings.environment is Environment.PRODUCTION:
        raise ConfigurationError(["MAIL_SERVER: a folder sends no mail"])
    return FolderMailer(Path(rest))
