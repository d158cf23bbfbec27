"""What one can do with mail; other parts call this."""

import base64
import binascii
import hashlib
import hmac
from uuid import UUID, uuid4

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from app.core.problems import NotFound
from app.core.runtime import Runtime
from app.core.unit import Unit
from app.platform.mail.events import AddressSuppressed, MailQueued
from app.platform.mail.letters import LAYOUT, Letter
from app.platform.mail.models import MailMessage, MailSuppression, Reason
from app.platform.mail.settings import MailSettings


class Mail:
    """Mail within one unit of work."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit

    async def queue(self, letter: Letter) -> UUID:
        """Send a letter if, and as soon as, the unit is committed."""
        body = self.unit.runtime.ports.get(LAYOUT)(letter)
        message = MailMessage(
            id=uuid4(),
            kind=letter.kind,
            recipient=letter.to,
            subject=" ".join(letter.subject.split())[:250],
            text=body.text,
            html=body.html,
            essential=letter.essential,
        )
        self.unit.session.add(message)
        await self.unit.session.flush()
        await self.unit.publish(MailQueued(message_id=message.id))
        return message.id

    async def suppress(self, address: str, reason: Reason) -> None:
        """Send nothing more to an address; a bounce weighs more than a wish."""
        row = insert(MailSuppression).values(address=address, reason=reason.value)
        update = {"reason": row.excluded.reason}
        stronger = row.excluded.reason != Reason.UNSUBSCRIBED.value
        await self.unit.session.execute(
            row.on_conflict_do_update(index_elements=["address"], set_=update, where=stronger)
        )
        await self.unit.publish(AddressSuppressed(reason=reason.value))

    async def release(self, address: str) -> None:
        """Send to an address again."""
        mine = MailSuppression.address == address
        await self.unit.session.execute(delete(MailSuppression).where(mine))


def _mark(runtime: Runtime, address: str) -> bytes:
    key = runtime.settings(MailSettings).link_key.get_secret_value()
    return hmac.digest(key.encode(), f"unsubscribe:{address}".encode(), hashlib.sha256)


def unsubscribe_token(runtime: Runtime, address: str) -> str:
    """Lets whoever reads the mail of an address unsubscribe it."""
    return base64.urlsafe_b64encode(_mark(runtime, address) + address.encode()).decode()


def unsubscribed_address(runtime: Runtime, token: str) -> str:
    """The address that a token is for."""
    try:
        raw = base64.urlsafe_b64decode(token.encode())
        mark, address = raw[:32], raw[32:].decode()
    except (binascii.Error, ValueError):
        raise NotFound from None
    if not hmac.compare_digest(mark, _mark(runtime, address)):
        raise NotFound
    return address
