"""The demonstration as a part of the service."""

from app.core.module import Module, Seed, Tier
from app.platform.seeding.demo import seed_person
from app.platform.seeding.modules.shop import seed as seed_shop

module = Module(
    name="demo",
    seeds=(
        Seed("person", Tier.DEMO, seed_person),
        Seed("shop", Tier.DEMO, seed_shop),
    ),
)
