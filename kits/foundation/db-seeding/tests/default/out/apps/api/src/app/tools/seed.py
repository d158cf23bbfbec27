"""`python -m app.tools.seed [--demo]`: rows that the service, or a demonstration, starts with."""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from app.core.module import Module, Tier
from app.core.runtime import Runtime
from app.core.settings import CoreSettings, Environment
from app.wiring.modules import MODULES


class NotHere(Exception):
    """Demonstration data has no place in production."""


async def seed(runtime: Runtime, tiers: Sequence[Tier]) -> list[str]:
    """Run the seeds of some tiers, in the order of the parts; their names."""
    production = runtime.settings(CoreSettings).environment is Environment.PRODUCTION
    if Tier.DEMO in tiers and production:
        raise NotHere
    done = []
    for module in runtime.modules:
        for item in module.seeds:
            if item.tier in tiers:
                await item.run(runtime)
                done.append(f"{module.name}.{item.name}")
    return done


def main(modules: Sequence[Module] = MODULES) -> int:
    """Seed; running it again changes nothing."""
    parser = argparse.ArgumentParser(prog="python -m app.tools.seed")
    parser.add_argument("--demo", action="store_true", help="also rows for a demonstration")
    arguments = parser.parse_args()
    tiers = [Tier.REFERENCE, *([Tier.DEMO] if arguments.demo else [])]

    async def run() -> list[str]:
        async with Runtime(modules).running() as runtime:
            return await seed(runtime, tiers)

    try:
        done = asyncio.run(run())
    except NotHere:
        print("demonstration data is not for production", file=sys.stderr)
        return 1
    for name in done:
        print(f"seeded {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
