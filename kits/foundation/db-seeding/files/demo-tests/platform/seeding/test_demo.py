"""The demonstration is there once, however often it is seeded."""

from sqlalchemy import select, text

from app.core.module import Tier
from app.core.runtime import Runtime
from app.platform.identity.models import User
from app.platform.seeding.demo import EMAIL
from app.tools.seed import seed


async def test_it_can_be_seeded_again(runtime: Runtime) -> None:
    first = await seed(runtime, [Tier.REFERENCE, Tier.DEMO])
    assert "demo.person" in first
    async with runtime.unit() as unit:
        before = await unit.session.scalar(text("select count(*) from users"))
    assert await seed(runtime, [Tier.REFERENCE, Tier.DEMO]) == first
    async with runtime.unit() as unit:
        assert await unit.session.scalar(text("select count(*) from users")) == before
        found = (await unit.session.scalars(select(User).where(User.email == EMAIL))).all()
        assert len(found) == 1
