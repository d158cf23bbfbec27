"""Sends what is queued, again and later if it must."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select

from app.core.clock import now
from app.core.ports import Port
from app.core.runtime import Runtime
from app.core.unit import Unit
from app.platform.mail.events import MailQueued
from app.platform.mail.mailer import MAILER, Message, Undeliverable
from app.platform.mail.models import MailMessage, MailSuppression, Reason, Status
from app.platform.mail.service import Mail, unsubscribe_token
from app.platform.mail.settings import MailSettings

LOG = logging.getLogger(__name__)

AT_ONCE: Final = 20
EVERY: Final = 30.0  # seconds between two looks at the queue, unless something wakes the relay
DELAYS: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 720))


class Relay:
    """One sender in this process; several processes share one queue."""

    def __init__(self) -> None:
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """There is something to send."""
        self._wake.set()

    async def run(self, runtime: Runtime) -> None:
        """Send for ever."""
        while True:
            self._wake.clear()
            try:
                while await deliver_due(runtime):
                    pass
            except Exception:
                LOG.exception("mail relay failed")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), EVERY)


RELAY: Final = Port[Relay]("mail.relay")


async def wake(_: MailQueued, unit: Unit) -> None:
    """A unit that queued mail is committed. The caller does not wait for the mail server."""
    unit.runtime.ports.get(RELAY).wake()


@asynccontextmanager
async def relaying(runtime: Runtime) -> AsyncIterator[None]:
    """Send while the service runs."""
    runtime.ports.get(MAILER)  # a missing server is an error of the start, not of the first mail
    if not runtime.settings(MailSettings).relay:
        yield
        return
    task = asyncio.create_task(runtime.ports.get(RELAY).run(runtime))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def deliver_due(runtime: Runtime) -> int:
    """Send what is due; how many messages were tried."""
    claimed = await _claim(runtime)
    for message_id in claimed:
        await _deliver(runtime, message_id)
    return len(claimed)


async def _claim(runtime: Runtime) -> list[UUID]:
    """Take messages. Each is due again later, so that nothing is lost if this process dies."""
    async with runtime.unit() as unit:
        moment = now()
        query = (
            select(MailMessage)
            .where(MailMessage.status == Status.QUEUED.value, MailMessage.due_at <= moment)
            .order_by(MailMessage.due_at)
            .limit(AT_ONCE)
            .with_for_update(skip_locked=True)
        )
        claimed = []
        for row in (await unit.session.scalars(query)).all():
            if row.attempts > len(DELAYS):
                _finish(row, Status.FAILED)
                continue
            delay = DELAYS[min(row.attempts, len(DELAYS) - 1)]
            row.attempts += 1
            row.due_at = moment + delay * random.uniform(0.8, 1.2)  # noqa: S311
            claimed.append(row.id)
        return claimed


async def _deliver(runtime: Runtime, message_id: UUID) -> None:
    async with runtime.unit() as unit:
        row = await unit.session.get_one(MailMessage, message_id)
        barrier = await unit.session.get(MailSuppression, row.recipient)
        if barrier is not None:
            wish = barrier.reason == Reason.UNSUBSCRIBED.value
            if not (wish and row.essential):
                _finish(row, Status.SUPPRESSED)
                return
        message = _message(runtime, row)
    error: Exception | None = None
    try:
        await runtime.ports.get(MAILER).send(message)
    except Exception as caught:
        LOG.warning("mail not sent", extra={"mail": str(message_id)}, exc_info=caught)
        error = caught
    async with runtime.unit() as unit:
        row = await unit.session.get_one(MailMessage, message_id)
        if error is None:
            _finish(row, Status.SENT)
            row.sent_at = now()
            return
        row.error = type(error).__name__
        if isinstance(error, Undeliverable):
            _finish(row, Status.FAILED)
            await Mail(unit).suppress(row.recipient, Reason.BOUNCE)
        elif row.attempts > len(DELAYS):
            _finish(row, Status.FAILED)


def _message(runtime: Runtime, row: MailMessage) -> Message:
    settings = runtime.settings(MailSettings)
    headers = {}
    if not row.essential:
        token = unsubscribe_token(runtime, row.recipient)
        url = f"{settings.links.rstrip('/')}{= option.api_path =}/mail/unsubscribe?token={token}"
        headers["List-Unsubscribe"] = f"<{url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return Message(
        id=row.id,
        sender=settings.sender,
        to=row.recipient,
        subject=row.subject,
        text=row.text or "",
        html=row.html or "",
        headers=headers,
    )


def _finish(row: MailMessage, status: Status) -> None:
    row.status = status.value
    row.text = None
    row.html = None
