"""What must not be logged is taken out, wherever it stands."""

import re
from collections.abc import Mapping
from typing import Any, Final

REDACTED: Final = "[redacted]"
DEPTH: Final = 6

# Names of fields whose values are private.
PRIVATE: Final = frozenset(
    {
{% for item in logs.redacted %}
        "{= item.name =}",
{% endfor %}
    }
)

# Private values inside of texts: e-mail addresses, credentials in addresses, bearer tokens.
PATTERNS: Final = (
    re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"),
    re.compile(r"(?<=://)[^\s/@]+:[^\s/@]+(?=@)"),
    re.compile(r"(?i)(?<=bearer )[\w.~+/=-]+"),
)


def is_private(name: str) -> bool:
    """Whether a field of this name is private: `new_password` is, as `password` is."""
    words = re.split(r"[^a-z0-9]+", name.lower())
    return any(name.lower() == private or private in words for private in PRIVATE)


def clean(value: Any, depth: int = DEPTH) -> Any:
    """The value without what is private."""
    if isinstance(value, str):
        for pattern in reversed(PATTERNS):
            value = pattern.sub(REDACTED, value)
        return value
    if depth == 0:
        return REDACTED
    if isinstance(value, Mapping):
        return {
            str(name): REDACTED if is_private(str(name)) else clean(item, depth - 1)
            for name, item in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [clean(item, depth - 1) for item in value]
    return value


def redact(_: Any, __: str, event: Mapping[str, Any]) -> dict[str, Any]:
    """Clean one log entry, its message and its traceback included."""
    return {name: REDACTED if is_private(name) else clean(value) for name, value in event.items()}
