"""`python -m app.tools.access`: who may call what, as a table to review and to test against."""

import argparse
import asyncio
import csv
import io
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from fastapi.routing import APIRoute

from app.core.authz import AUTHORIZER
from app.core.context import Context, Principal
from app.core.http import Guard, access
from app.core.runtime import Runtime
from app.factory import PREFIX, routes_of
from app.wiring.modules import MODULES
from app.wiring.roles import Role

FILE: Final = Path(__file__).parents[3] / "access-matrix.csv"
ANYONE: Final = "anyone"
SIGNED_IN: Final = "signed-in"
CALLERS: Final = (ANYONE, SIGNED_IN, *Role)

_SOMEBODY: Final = Principal(UUID(int=0))


@dataclass(frozen=True, slots=True)
class Row:
    """One operation and who may call it."""

    method: str
    path: str
    permission: str
    allowed: frozenset[str]


def context_of(caller: str) -> Context:
    """A caller of one kind."""
    if caller == ANYONE:
        return Context()
    if caller == SIGNED_IN:
        return Context(_SOMEBODY)
    return Context(_SOMEBODY, {"role": caller})


async def _row(runtime: Runtime, method: str, path: str, route: APIRoute) -> Row:
    found = access(route)
    if not isinstance(found, Guard):
        return Row(method, path, "", frozenset(CALLERS))
    authorizer = runtime.ports.get(AUTHORIZER)
    allowed = [
        caller
        for caller in CALLERS
        if await authorizer.allows(context_of(caller), found.permission)
    ]
    return Row(method, path, found.permission.value, frozenset(allowed))


async def rows(runtime: Runtime) -> list[Row]:
    """Every operation of the API."""
    found = [
        await _row(runtime, method, f"{prefix}{route.path_format}", route)
        for module in runtime.modules
        for prefix in [PREFIX if module.prefix is None else module.prefix]
        for route in routes_of(module)
        for method in sorted(route.methods or ())
    ]
    return sorted(found, key=lambda row: (row.path, row.method))


def render(found: list[Row]) -> str:
    """The table as comma-separated values."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["method", "path", "permission", *CALLERS])
    for row in found:
        cells = ["yes" if caller in row.allowed else "no" for caller in CALLERS]
        writer.writerow([row.method, row.path, row.permission, *cells])
    return text.getvalue()


def read(text: str) -> list[Row]:
    """The rows of such a table."""
    return [
        Row(
            line["method"],
            line["path"],
            line["permission"],
            frozenset(caller for caller in CALLERS if line.get(caller) == "yes"),
        )
        for line in csv.DictReader(io.StringIO(text))
    ]


def main() -> int:
    """Write the table, or compare it."""
    parser = argparse.ArgumentParser(prog="python -m app.tools.access")
    parser.add_argument("--check", action="store_true", help="compare instead of write")
    arguments = parser.parse_args()
    made = render(asyncio.run(rows(Runtime(MODULES))))
    if not arguments.check:
        FILE.write_text(made)
        return 0
    if FILE.exists() and FILE.read_text() == made:
        return 0
    print(f"{FILE.name} is not up to date: run `make generate`", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
