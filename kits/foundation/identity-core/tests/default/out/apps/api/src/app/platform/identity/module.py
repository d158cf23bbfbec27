"""Identity as a part of the service."""

from app.core.module import Module
from app.platform.identity.events import (
    EmailVerified,
    ProfileUpdated,
    UserDisabled,
    UserEnabled,
    UserRegistered,
)
from app.platform.identity.routes import router

module = Module(
    name="identity",
    routers=(router,),
    events=(UserRegistered, ProfileUpdated, EmailVerified, UserDisabled, UserEnabled),
)
