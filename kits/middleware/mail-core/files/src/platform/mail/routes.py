"""One-click unsubscription (RFC 8058)."""

from typing import Annotated

from fastapi import Query

from app.core.http import Router, Work, public
from app.platform.mail.models import Reason
from app.platform.mail.service import Mail, unsubscribed_address

router = Router(prefix="/mail", tags=["mail"])

Token = Annotated[str, Query(min_length=1, max_length=500)]


@router.post("/unsubscribe", status_code=204, dependencies=[public()])
async def unsubscribe(token: Token, work: Work) -> None:
    """Send nothing more to the address that the link was made for."""
    address = unsubscribed_address(work.runtime, token)
    await Mail(work).suppress(address, Reason.UNSUBSCRIBED)
