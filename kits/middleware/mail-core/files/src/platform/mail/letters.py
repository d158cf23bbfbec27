"""What parts write: plain words and one link. Text and HTML are made from them, escaped."""

from dataclasses import dataclass
from html import escape
from typing import Final, Protocol
from urllib.parse import quote

from app.core.ports import Port
from app.core.runtime import Runtime
from app.platform.mail.settings import MailSettings


@dataclass(frozen=True, slots=True)
class Action:
    """The link that a letter is about."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter to one address."""

    kind: str
    to: str
    subject: str
    paragraphs: tuple[str, ...]
    action: Action | None = None
    # Sent also to who unsubscribed: the person asked for it a moment ago.
    essential: bool = True


@dataclass(frozen=True, slots=True)
class Body:
    """The two forms of a letter."""

    text: str
    html: str


class Layout(Protocol):
    """Makes both forms."""

    def __call__(self, letter: Letter) -> Body:
        """The text and the HTML of a letter."""


LAYOUT: Final = Port[Layout]("mail.layout")

_STYLE: Final = "font-family:sans-serif;font-size:16px;line-height:1.5;color:#1f2937"


def plain(letter: Letter) -> Body:
    """The layout of a service that has no other."""
    text = [*letter.paragraphs]
    html = [f"<p>{escape(paragraph)}</p>" for paragraph in letter.paragraphs]
    if letter.action is not None:
        label, url = letter.action.label, letter.action.url
        text.append(f"{label}:\n{url}")
        html.append(f'<p><a href="{escape(url)}">{escape(label)}</a></p>')
    title = escape(letter.subject)
    page = (
        f'<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{title}</title>'
        f'</head>\n<body style="{_STYLE}">\n{chr(10).join(html)}\n</body>\n</html>\n'
    )
    return Body("\n\n".join(text) + "\n", page)


def link(runtime: Runtime, path: str, token: str) -> str:
    """A page of the product. The token stands behind `#`: no server and no log sees it."""
    base = runtime.settings(MailSettings).links.rstrip("/")
    return f"{base}{path}#token={quote(token, safe='')}"
