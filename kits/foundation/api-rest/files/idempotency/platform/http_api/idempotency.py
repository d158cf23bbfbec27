"""`Idempotency-Key`: a repeated request gets the first answer and changes nothing.

The answer is stored in the transaction of the work itself: there is either both or none.
"""

import hashlib
import json
import re
from datetime import timedelta
from typing import Final

from sqlalchemy import delete, func, select
from starlette.requests import Request
from starlette.responses import Response

from app.core.clock import now
from app.core.module import Module
from app.core.problems import Answer, BadRequest, Invalid
from app.core.unit import Unit
from app.platform.http_api.models import Replay

HEADER: Final = "idempotency-key"
KEY: Final = re.compile(r"[\x21-\x7e]{1,200}")
METHODS: Final = frozenset({"POST", "PATCH", "PUT", "DELETE"})
KEPT: Final = frozenset({"content-type", "location", "etag"})
LIFETIME: Final = timedelta(seconds={= option.replay_for =})


def _scope(unit: Unit) -> str:
    """The part of the context, beside the caller, that a key is valid in."""
    return hashlib.sha256(json.dumps(sorted(unit.context.scope.items())).encode()).hexdigest()


async def _fingerprint(request: Request) -> str:
    """The same for the same request."""
    found = hashlib.sha256()
    for part in (request.method, request.url.path, request.url.query):
        found.update(part.encode() + b"\0")
    found.update(await request.body())
    return found.hexdigest()


class Idempotency:
    """Remembers what callers did under a key."""

    async def before(self, request: Request, unit: Unit) -> None:
        """Answer at once if the request has been carried out; wait if it is being so."""
        key = request.headers.get(HEADER)
        if key is None or request.method not in METHODS:
            return
        if not KEY.fullmatch(key):
            raise BadRequest(f"`{HEADER}` is 1 to 200 visible ASCII characters")
        if request.headers.get("content-type", "").startswith("multipart/"):
            raise BadRequest(f"`{HEADER}` is not supported with files")
        replay = Replay(
            principal_id=unit.principal.id,
            scope=_scope(unit),
            key=key,
            fingerprint=await _fingerprint(request),
        )
        lock = f"{replay.principal_id} {replay.scope} {key}"
        await unit.session.execute(
            select(func.pg_advisory_xact_lock(func.hashtextextended(lock, 0))),
        )
        found = await unit.session.get(Replay, (replay.principal_id, replay.scope, key))
        if found is not None and found.expires_at > now():
            if found.fingerprint != replay.fingerprint:
                raise Invalid(f"`{HEADER}` was used for another request")
            headers = {**found.headers, "idempotency-replayed": "true"}
            raise Answer(Response(found.body, found.status, headers))
        request.state.replay = replay

    async def after(self, request: Request, unit: Unit, response: Response) -> None:
        """Remember the answer, and forget old ones of this caller.

        An answer that says `no-store` may hold a secret: neither it nor the request is kept.
        """
        replay = getattr(request.state, "replay", None)
        if not isinstance(replay, Replay) or not isinstance(response.body, bytes):
            return
        if "no-store" in response.headers.get("cache-control", ""):
            return
        own = Replay.principal_id == replay.principal_id
        same = (Replay.scope == replay.scope) & (Replay.key == replay.key)
        await unit.session.execute(
            delete(Replay).where(own, same | (Replay.expires_at <= now())),
        )
        replay.status = response.status_code
        replay.headers = {name: v for name, v in response.headers.items() if name in KEPT}
        replay.body = response.body
        replay.expires_at = now() + LIFETIME
        unit.session.add(replay)
        await unit.session.flush()


module = Module(name="http-api-replays", interceptors=(Idempotency(),))
