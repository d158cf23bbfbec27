"""Waits until events are handled: at once, here."""

from app.core.runtime import Runtime


async def settle(runtime: Runtime) -> None:
    """Nothing is left to do."""
    del runtime
