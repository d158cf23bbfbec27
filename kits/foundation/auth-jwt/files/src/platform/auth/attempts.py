"""Lockout: failed attempts are counted per address, whether it has an account or not."""

import hashlib
from datetime import timedelta
from typing import Final

from sqlalchemy import case, delete
from sqlalchemy.dialects.postgresql import insert

from app.core.clock import now
from app.core.unit import Unit
from app.platform.auth.models import SignInAttempt

# So many failures in a row lock an address, until it was left in peace for so long.
LIMIT: Final = {= option.lockout_after =}
PERIOD: Final = timedelta(seconds={= option.lockout_period =})


def _digest(email: str) -> bytes:
    # The list of failures holds no personal data.
    return hashlib.sha256(f"sign-in:{email}".encode()).digest()


async def begin_attempt(unit: Unit, email: str) -> bool:
    """Count an attempt before it is decided; false if the address is locked.

    It counts first, so that of many attempts at once each sees the ones before it.
    """
    moment = now()
    row = insert(SignInAttempt).values(digest=_digest(email), failures=1, last_at=moment)
    again = case(
        (SignInAttempt.last_at < moment - PERIOD, 1),
        else_=SignInAttempt.failures + 1,
    )
    # A locked address stays locked for the period, however often it is tried meanwhile.
    last = case(
        (
            (SignInAttempt.failures >= LIMIT) & (SignInAttempt.last_at >= moment - PERIOD),
            SignInAttempt.last_at,
        ),
        else_=moment,
    )
    counted = row.on_conflict_do_update(
        index_elements=[SignInAttempt.digest], set_={"failures": again, "last_at": last}
    ).returning(SignInAttempt.failures)
    failures = (await unit.session.execute(counted)).scalar_one()
    return failures <= LIMIT


async def forget_attempts(unit: Unit, email: str) -> None:
    """The password was right: start from nothing; old failures of others go as well."""
    mine = SignInAttempt.digest == _digest(email)
    old = SignInAttempt.last_at < now() - PERIOD
    await unit.session.execute(delete(SignInAttempt).where(mine | old))
