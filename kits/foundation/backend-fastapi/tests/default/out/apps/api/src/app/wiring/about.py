"""What the service calls itself."""

from typing import Final

TITLE: Final = "Abx"
VERSION: Final = "0.1.0"
