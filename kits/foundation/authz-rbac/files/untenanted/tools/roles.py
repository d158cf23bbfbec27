"""`python -m app.tools.roles EMAIL ROLE`: give the first owner, or anybody, a role."""

import argparse
import asyncio
import sys

from app.core.runtime import Runtime
from app.platform.identity.service import Users
from app.platform.rbac.assignments import assign
from app.wiring.modules import MODULES
from app.wiring.roles import Role


async def _run(email: str, role: Role) -> int:
    runtime = Runtime(MODULES)
    async with runtime.unit() as unit:
        user = await Users(unit).by_email(email.strip().lower())
        if user is None:
            print(f"nobody has the address {email}", file=sys.stderr)
            return 1
        await assign(unit, user.id, role)
    return 0


def main() -> int:
    """Give a role."""
    parser = argparse.ArgumentParser(prog="python -m app.tools.roles")
    parser.add_argument("email")
    parser.add_argument("role", type=Role, choices=list(Role))
    arguments = parser.parse_args()
    return asyncio.run(_run(arguments.email, arguments.role))


if __name__ == "__main__":
    sys.exit(main())
