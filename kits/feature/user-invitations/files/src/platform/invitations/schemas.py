"""Invitations at the edge."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from app.platform.identity.schemas import Email
from app.wiring.roles import Role


class InvitationCreate(BaseModel):
    """Whom to invite, and as what."""

    model_config = ConfigDict(extra="forbid")

    email: Email
    role: Role


class InvitationRead(BaseModel):
    """An invitation that waits."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    email: str
    role: Role
    invited_by: UUID | None
    sent_at: datetime
    expires_at: datetime


class InvitationToken(BaseModel):
    """The token in the link of an invitation."""

    model_config = ConfigDict(extra="forbid")

    token: Annotated[SecretStr, Field(min_length=1, max_length=200)]


class InvitationPreview(BaseModel):
    """What the link shows before it is accepted."""

    workspace: str
    email: str
    role: Role
    has_account: bool
    expires_at: datetime


class InvitationAcceptance(BaseModel):
    """The workspace that the caller is a member of now."""

    workspace_id: UUID
    role: Role
