"""Invitations as a part of the service."""

from app.core.module import Module
from app.platform.invitations.events import (
    InvitationAccepted,
    InvitationRevoked,
    InvitationSent,
)
from app.platform.invitations.routes import router

module = Module(
    name="invitations",
    routers=(router,),
    events=(InvitationSent, InvitationRevoked, InvitationAccepted),
)
