"""`python -m app.tools.mail`: what an operator does with mail."""

import argparse
import asyncio

from app.core.runtime import Runtime
from app.platform.mail.models import Reason
from app.platform.mail.relay import deliver_due
from app.platform.mail.service import Mail
from app.wiring.modules import MODULES


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m app.tools.mail")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("deliver", help="send what is due, once")
    for name, text in (("suppress", "send nothing more to"), ("release", "send again to")):
        commands.add_parser(name, help=f"{text} an address").add_argument("address")
    return parser.parse_args()


async def _run(arguments: argparse.Namespace) -> None:
    runtime = Runtime(MODULES)
    if arguments.command == "deliver":
        print(f"{await deliver_due(runtime)} tried")
        return
    async with runtime.unit() as unit:
        if arguments.command == "suppress":
            await Mail(unit).suppress(arguments.address.lower(), Reason.MANUAL)
        else:
            await Mail(unit).release(arguments.address.lower())


if __name__ == "__main__":
    asyncio.run(_run(_arguments()))
