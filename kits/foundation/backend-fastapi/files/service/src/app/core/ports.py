"""Typed keys for what one part needs and another part provides."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar, cast

T = TypeVar("T")


class Port(Generic[T]):
    """A name for one implementation of `T`; compared by identity."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name: Final = name


@dataclass(frozen=True, slots=True)
class Binding(Generic[T]):
    """How to make the implementation behind a port."""

    port: Port[T]
    make: Callable[["Container"], T]


def bind(port: Port[T], make: Callable[["Container"], T]) -> Binding[T]:
    """Bind a port; the last binding in module order wins."""
    return Binding(port, make)


class Container:
    """Implementations by port, each made once, on first use."""

    def __init__(self, bindings: Iterable[Binding[Any]]) -> None:
        self._makers = {binding.port: binding.make for binding in bindings}
        self._made: dict[Port[Any], Any] = {}

    def get(self, port: Port[T]) -> T:
        """The implementation bound to `port`."""
        if port not in self._made:
            if port not in self._makers:
                message = f"nothing is bound to port `{port.name}`"
                raise LookupError(message)
            self._made[port] = self._makers[port](self)
        return cast("T", self._made[port])

    def made(self, port: Port[Any]) -> bool:
        """Whether the implementation has been asked for already."""
        return port in self._made
