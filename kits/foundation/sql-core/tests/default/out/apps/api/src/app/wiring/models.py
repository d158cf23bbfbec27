"""Every model, so that the metadata is complete."""

from app.core.orm import Base

METADATA = Base.metadata
