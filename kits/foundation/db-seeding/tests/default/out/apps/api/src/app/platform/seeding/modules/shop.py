"""Shop: rows for the demonstration."""

from decimal import Decimal

from app.core.runtime import Runtime
from app.core.unit import Unit
from app.modules.shop.ax.model import Ax
from app.modules.shop.bx.model import Bx
from app.platform.seeding.demo import ROWS, context, key, put, words


async def _bxes(unit: Unit) -> None:
    for number in range(1, ROWS + 1):
        row_id = key("bx", number)
        await put(
            unit,
            Bx(
                id=row_id,
                size=Decimal(min(9, 1 + number)),
            ),
            row_id,
        )


async def _axes(unit: Unit) -> None:
    for number in range(1, ROWS + 1):
        row_id = key("ax", number)
        await put(
            unit,
            Ax(
                id=row_id,
                name=words("Ax name", number, 20),
                bx_id=key("bx", number),
            ),
            row_id,
        )


async def seed(runtime: Runtime) -> None:
    """Some rows of everything in this module."""
    async with runtime.unit(await context(runtime)) as unit:
        await _bxes(unit)
        await _axes(unit)
