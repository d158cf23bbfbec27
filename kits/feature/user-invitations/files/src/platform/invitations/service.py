"""What one can do with invitations."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, exists, select

from app.core.clock import now
from app.core.problems import Conflict, Forbidden, NotFound, Problem
from app.core.unit import Unit
from app.platform.identity.models import User
from app.platform.identity.service import Users
from app.platform.invitations.events import (
    InvitationAccepted,
    InvitationRevoked,
    InvitationSent,
)
from app.platform.invitations.models import Invitation
from app.platform.invitations.schemas import InvitationAcceptance, InvitationPreview
from app.platform.mail.letters import Action, Letter, link
from app.platform.mail.service import Mail
from app.platform.rbac.roles import require_touch
from app.platform.tenancy.models import Membership, Tenant
from app.wiring.roles import TITLES, Role

LIFETIME: Final = timedelta(seconds={= option.lifetime =})


class InvalidInvitation(Problem):
    """The invitation is unknown, revoked, accepted or too old."""

    status = 410
    type = "/problems/invalid-invitation"
    title = "This invitation is no longer valid"


class AlreadyMember(Conflict):
    """The address belongs to a member."""

    type = "/problems/already-member"
    title = "Already a member"


class NotInvited(Forbidden):
    """The invitation is for another address."""

    type = "/problems/not-invited"
    title = "This invitation is for another e-mail address"


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _workspace_of(token: str) -> UUID:
    """The token says where to look; only its digest says whether it is good."""
    try:
        return UUID(token.partition(".")[0])
    except ValueError:
        raise InvalidInvitation from None


class Invitations:
    """Invitations of the workspace within one unit of work."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit

    async def list(self) -> Sequence[Invitation]:
        """All that wait, the newest first."""
        query = select(Invitation).order_by(Invitation.sent_at.desc(), Invitation.id)
        return (await self.unit.session.scalars(query)).all()

    async def invite(self, email: str, role: Role) -> Invitation:
        """Invite somebody, with a role that is not above the caller's."""
        require_touch(self.unit.context, role)
        member = exists().where(User.email == email, Membership.user_id == User.id)
        member = member.where(Membership.tenant_id == self._workspace_id())
        if await self.unit.session.scalar(select(member)):
            raise AlreadyMember
        old = Invitation.expires_at <= now()
        gone = delete(Invitation).where(Invitation.email == email, old)
        await self.unit.session.execute(gone)
        moment = now()
        invitation = Invitation(
            email=email,
            role=role.value,
            digest=b"",
            invited_by=self.unit.principal.id,
            sent_at=moment,
            expires_at=moment,
        )
        await self._send(invitation)
        return invitation

    async def resend(self, invitation_id: UUID) -> Invitation:
        """Send another link; the old one no longer works."""
        invitation = await self._one(invitation_id)
        require_touch(self.unit.context, Role(invitation.role))
        await self._send(invitation)
        return invitation

    async def revoke(self, invitation_id: UUID) -> None:
        """Take an invitation back."""
        invitation = await self._one(invitation_id)
        require_touch(self.unit.context, Role(invitation.role))
        await self.unit.session.delete(invitation)
        await self.unit.session.flush()
        await self.unit.publish(
            InvitationRevoked(invitation_id=invitation.id, role=invitation.role)
        )

    async def preview(self, token: str) -> InvitationPreview:
        """What an invitation is about, for who has its link."""
        invitation, tenant = await self._by_token(token)
        user = await Users(self.unit).by_email(invitation.email)
        return InvitationPreview(
            workspace=tenant.name,
            email=invitation.email,
            role=Role(invitation.role),
            has_account=user is not None,
            expires_at=invitation.expires_at,
        )

    async def accept(self, token: str) -> InvitationAcceptance:
        """Make the caller a member; the link proves that the address is theirs."""
        user = await Users(self.unit).current()
        invitation, tenant = await self._by_token(token)
        if user.email != invitation.email:
            raise NotInvited
        await self.unit.session.delete(invitation)
        # Somebody may have become a member in another way meanwhile.
        membership = await self.unit.session.get(Membership, (tenant.id, user.id))
        if membership is None:
            membership = Membership(tenant_id=tenant.id, user_id=user.id, role=invitation.role)
            self.unit.session.add(membership)
        await self.unit.session.flush()
        await Users(self.unit).verify_email(user)
        await self.unit.publish(
            InvitationAccepted(invitation_id=invitation.id, role=membership.role, user_id=user.id)
        )
        return InvitationAcceptance(workspace_id=tenant.id, role=Role(membership.role))

    def _workspace_id(self) -> UUID:
        found = self.unit.context.scope.get("tenant")
        if found is None:
            raise NotFound
        return UUID(found)

    async def _one(self, invitation_id: UUID) -> Invitation:
        query = select(Invitation).where(Invitation.id == invitation_id).with_for_update()
        found = (await self.unit.session.scalars(query)).one_or_none()
        if found is None:
            raise NotFound
        return found

    async def _by_token(self, token: str) -> tuple[Invitation, Tenant]:
        workspace = _workspace_of(token)
        await self.unit.narrow(self.unit.context.scoped("tenant", str(workspace)))
        query = (
            select(Invitation)
            .where(Invitation.digest == _digest(token), Invitation.expires_at > now())
            .with_for_update()
        )
        invitation = (await self.unit.session.scalars(query)).one_or_none()
        tenant = await self.unit.session.get(Tenant, workspace)
        if invitation is None or tenant is None:
            raise InvalidInvitation
        return invitation, tenant

    async def _send(self, invitation: Invitation) -> None:
        workspace = await self.unit.session.get_one(Tenant, self._workspace_id())
        token = f"{workspace.id}.{secrets.token_urlsafe(32)}"
        invitation.digest = _digest(token)
        invitation.sent_at = now()
        invitation.expires_at = invitation.sent_at + LIFETIME
        self.unit.session.add(invitation)
        await self.unit.session.flush()
        await Mail(self.unit).queue(
            Letter(
                kind="invitations.invitation",
                to=invitation.email,
                subject=f"You are invited to {workspace.name}",
                paragraphs=(
                    f"You are invited to join {workspace.name} "
                    f"as {TITLES[Role(invitation.role)].lower()}.",
                    "If you do not expect it, you need not do anything.",
                    "The invitation holds for {= option.lifetime | duration =}.",
                ),
                action=Action(
                    "Accept the invitation",
                    link(self.unit.runtime, "/accept-invitation", token),
                ),
                essential=False,
            )
        )
        await self.unit.publish(InvitationSent(invitation_id=invitation.id, role=invitation.role))
