"""Users at the edge."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, EmailStr, Field


def _canonical(email: str) -> str:
    return email.strip().lower()


# One address, one spelling: whatever is about an address compares it.
Email = Annotated[EmailStr, Field(max_length=254), AfterValidator(_canonical)]

# Text on one line, without control characters.
PersonName = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]


class ProfileRead(BaseModel):
    """The caller."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    email: str
    name: str
    email_verified_at: datetime | None
    created_at: datetime


class ProfileUpdate(BaseModel):
    """What the caller may change about themselves."""

    model_config = ConfigDict(extra="forbid")

    name: PersonName | None = None
