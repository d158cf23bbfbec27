"""What a client asks for first: who is calling, and what the caller may do."""

from uuid import UUID

from pydantic import BaseModel

from app.core.http import Router, Work, guard
from app.core.module import Module
from app.platform.identity.permissions import granted
from app.platform.identity.schemas import ProfileRead
from app.platform.identity.service import Users
from app.wiring.permissions import Permission

router = Router(prefix="/session", tags=["identity"])


class SessionRead(BaseModel):
    """The caller and the caller's permissions."""

    session_id: UUID | None
    user: ProfileRead
    permissions: list[str]


@router.get("", dependencies=[guard(Permission.SESSION_READ)])
async def get_session(work: Work) -> SessionRead:
    """Who is calling."""
    return SessionRead(
        session_id=work.principal.session,
        user=ProfileRead.model_validate(await Users(work).current()),
        permissions=await granted(work),
    )


module = Module(name="session", routers=(router,))
