"""What the service calls itself."""

from typing import Final

TITLE: Final = {= project.title | quote =}
VERSION: Final = "0.1.0"
