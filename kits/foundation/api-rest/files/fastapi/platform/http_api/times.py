"""Days and moments as callers write them: ISO 8601, never a number of seconds."""

import re
from datetime import date
from typing import Annotated, Any, Final

from pydantic import AwareDatetime, BeforeValidator

NUMBER: Final = re.compile(r"\s*[+-]?[\d.eE+_]*\s*")


def _written_out(value: Any) -> Any:
    """Refuse what would be read as seconds since 1970."""
    if isinstance(value, int | float) or (isinstance(value, str) and NUMBER.fullmatch(value)):
        message = "write it as in ISO 8601"
        raise ValueError(message)
    return value


Day = Annotated[date, BeforeValidator(_written_out)]
Moment = Annotated[AwareDatetime, BeforeValidator(_written_out)]
