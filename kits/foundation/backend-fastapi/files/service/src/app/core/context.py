"""Who is calling, within which scope: one immutable value, carried to jobs and events."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated caller, human or machine, and the session it signed in with."""

    id: UUID
    kind: str = "user"
    session: UUID | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """The ambient facts of one unit of work."""

    principal: Principal | None = None
    scope: Mapping[str, str] = field(default_factory=dict)
    request_id: str = ""
    client: str = ""

    def scoped(self, key: str, value: str) -> Self:
        """The same context with one scope value set."""
        return replace(self, scope={**self.scope, key: value})

    def acting(self, principal: Principal) -> Self:
        """The same context with this caller."""
        return replace(self, principal=principal)

    def envelope(self) -> dict[str, Any]:
        """What travels with an event or a job, as plain JSON values."""
        caller = self.principal
        return {
            "principal": str(caller.id) if caller else None,
            "kind": caller.kind if caller else None,
            "scope": dict(self.scope),
            "request_id": self.request_id,
            "client": self.client,
        }

    @classmethod
    def from_envelope(cls, envelope: Mapping[str, Any]) -> Self:
        """The context that `envelope` was made of, without the caller's session."""
        caller = envelope.get("principal")
        return cls(
            principal=Principal(UUID(caller), envelope["kind"]) if caller else None,
            scope=dict(envelope.get("scope", {})),
            request_id=envelope.get("request_id", ""),
            client=envelope.get("client", ""),
        )
