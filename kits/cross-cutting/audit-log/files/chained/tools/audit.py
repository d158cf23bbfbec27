"""`python -m app.tools.audit verify`: whether the trail is as it was written."""

import argparse
import asyncio
import sys

from app.core.context import Context
from app.core.runtime import Runtime
from app.platform.audit.chain import verify
from app.wiring.modules import MODULES


async def _run(scope: dict[str, str]) -> int:
    async with Runtime(MODULES).unit(Context(scope=scope)) as unit:
        verdict = await verify(unit)
    if verdict.broken_at is not None:
        print(f"entry {verdict.broken_at} does not fit to the one before it", file=sys.stderr)
        return 1
    if verdict.last is None:
        print("no entries")
    else:
        print(f"intact up to entry {verdict.last}: {verdict.digest}")
    return 0


def main() -> int:
    """Verify one chain."""
    parser = argparse.ArgumentParser(prog="python -m app.tools.audit")
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("verify", help="follow the chain of one scope")
    command.add_argument("--scope", action="append", default=[], metavar="KEY=VALUE")
    arguments = parser.parse_args()
    scope = dict(pair.split("=", 1) for pair in arguments.scope)
    return asyncio.run(_run(scope))


if __name__ == "__main__":
    sys.exit(main())
