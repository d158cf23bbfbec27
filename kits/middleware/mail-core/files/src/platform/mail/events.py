"""What happens to mail."""

from typing import ClassVar
from uuid import UUID

from app.core.events import Event


class MailQueued(Event):
    """A message waits to be sent."""

    type: ClassVar[str] = "mail.message-queued"
    message_id: UUID


class AddressSuppressed(Event):
    """An address gets no more mail."""

    type: ClassVar[str] = "mail.address-suppressed"
    reason: str
