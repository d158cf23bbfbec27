"""The port behind which mail leaves the service."""

from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Final, Protocol
from uuid import UUID

from app.core.clock import now
from app.core.ports import Port


@dataclass(frozen=True, slots=True)
class Message:
    """A letter ready to go. The same `id` means the same message, however often it is tried."""

    id: UUID
    sender: str
    to: str
    subject: str
    text: str
    html: str
    headers: dict[str, str] = field(default_factory=dict)

    def mime(self) -> EmailMessage:
        """The message as it travels."""
        name, address = parseaddr(self.sender)
        local, _, domain = address.partition("@")
        found = EmailMessage()
        found["From"] = Address(name, local, domain)
        found["To"] = self.to
        found["Subject"] = self.subject
        found["Date"] = format_datetime(now())
        found["Message-ID"] = f"<{self.id}@{domain}>"
        for header, value in self.headers.items():
            found[header] = value
        found.set_content(self.text)
        found.add_alternative(self.html, subtype="html")
        return found


class Undeliverable(Exception):
    """The address does not exist; trying again would only do harm."""


class Mailer(Protocol):
    """Carries messages. Raises `Undeliverable`, or anything else to be called again later."""

    async def send(self, message: Message) -> None:
        """Hand one message over."""


MAILER: Final = Port[Mailer]("mail.mailer")
