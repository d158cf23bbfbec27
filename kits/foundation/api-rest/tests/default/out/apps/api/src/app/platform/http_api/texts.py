"""What text may contain: everything but the character that databases cannot store."""

from typing import Final

TEXT: Final = r"^[^\x00]*$"
URL: Final = r"^https?://[^\s\x00]+$"
