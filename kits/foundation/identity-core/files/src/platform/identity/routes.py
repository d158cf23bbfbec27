"""The caller's own profile."""

from app.core.http import Router, Work, guard
from app.platform.identity.schemas import ProfileRead, ProfileUpdate
from app.platform.identity.service import Users
from app.wiring.permissions import Permission

router = Router(prefix="/me", tags=["identity"])


@router.get("", dependencies=[guard(Permission.PROFILE_READ)])
async def get_profile(work: Work) -> ProfileRead:
    """The caller's profile."""
    return ProfileRead.model_validate(await Users(work).current())


@router.patch("", dependencies=[guard(Permission.PROFILE_WRITE)])
async def update_profile(body: ProfileUpdate, work: Work) -> ProfileRead:
    """Change the caller's profile."""
    return ProfileRead.model_validate(await Users(work).update_profile(body))
