"""Invitations of the workspace, and what their links do."""

from uuid import UUID

from app.core.http import Router, Work, guard, public
from app.platform.invitations.schemas import (
    InvitationAcceptance,
    InvitationCreate,
    InvitationPreview,
    InvitationRead,
    InvitationToken,
)
from app.platform.invitations.service import Invitations
from app.wiring.permissions import Permission

router = Router(prefix="/invitations", tags=["invitations"])


@router.get("", dependencies=[guard(Permission.INVITATIONS_READ)])
async def list_invitations(work: Work) -> list[InvitationRead]:
    """The invitations that wait."""
    found = await Invitations(work).list()
    return [InvitationRead.model_validate(invitation) for invitation in found]


@router.post("", status_code=201, dependencies=[guard(Permission.INVITATIONS_WRITE)])
async def create_invitation(body: InvitationCreate, work: Work) -> InvitationRead:
    """Invite somebody by mail."""
    made = await Invitations(work).invite(body.email, body.role)
    return InvitationRead.model_validate(made)


@router.post("/preview", dependencies=[public()])
async def preview_invitation(body: InvitationToken, work: Work) -> InvitationPreview:
    """What an invitation is about, for whoever has its link."""
    return await Invitations(work).preview(body.token.get_secret_value())


@router.post("/accept", dependencies=[guard(Permission.INVITATIONS_ACCEPT)])
async def accept_invitation(body: InvitationToken, work: Work) -> InvitationAcceptance:
    """Become a member; who has no account yet signs up first, with the invited address."""
    return await Invitations(work).accept(body.token.get_secret_value())


@router.post("/{invitation_id:uuid}/resend", dependencies=[guard(Permission.INVITATIONS_WRITE)])
async def resend_invitation(invitation_id: UUID, work: Work) -> InvitationRead:
    """Send another link; the old one no longer works."""
    sent = await Invitations(work).resend(invitation_id)
    return InvitationRead.model_validate(sent)


@router.delete(
    "/{invitation_id:uuid}", status_code=204, dependencies=[guard(Permission.INVITATIONS_WRITE)]
)
async def revoke_invitation(invitation_id: UUID, work: Work) -> None:
    """Take an invitation back."""
    await Invitations(work).revoke(invitation_id)
