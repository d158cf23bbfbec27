"""Users for tests."""

from app.core.runtime import Runtime
from app.platform.identity.models import User
from app.platform.identity.service import Users
from tests.support.identity import new_address
from tests.support.scope import Actor


async def make_user(runtime: Runtime, actor: Actor) -> User:
    """Somebody new."""
    async with runtime.unit(actor.context) as unit:
        return await Users(unit).register(new_address(), "Someone")
