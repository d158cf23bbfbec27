"""The document as a page: made here, without scripts, and with nothing from another host."""

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from html import escape
from typing import Any, Final

_STYLE: Final = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }
summary { cursor: pointer; padding: 0.3rem 0; }
pre { overflow-x: auto; padding: 0.5rem; border: 1px solid; }
table { border-collapse: collapse; }
td code { white-space: pre-wrap; }
th, td { border: 1px solid; padding: 0.2rem 0.5rem; text-align: left; vertical-align: top; }
.method { display: inline-block; font-weight: bold; min-width: 5rem; }
"""
_DIGEST: Final = b64encode(sha256(_STYLE.encode()).digest()).decode()

# The page's own style is all that a browser may use, whatever gets into the document.
HEADERS: Final = {
    "content-security-policy": (
        f"default-src 'none'; style-src 'sha256-{_DIGEST}'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}

_REFERENCE: Final = re.compile(r"&quot;#/components/schemas/([A-Za-z0-9._-]+)&quot;")


def _code(value: Any) -> str:
    """Values as JSON; schemas that they name become links."""
    text = escape(json.dumps(value, indent=2, ensure_ascii=False))
    return _REFERENCE.sub(r'<a href="#schema-\1">\1</a>', text)


def _text(value: Any) -> str:
    return f"<p>{escape(str(value))}</p>" if value else ""


def _parameters(found: list[dict[str, Any]]) -> Iterator[str]:
    if found:
        yield "<table><tr><th>Parameter</th><th>In</th><th>Required</th><th>Schema</th></tr>"
    for item in found:
        cells = (item["name"], item["in"], "yes" if item.get("required") else "no")
        yield "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        yield f"<td><code>{_code(item.get('schema', {}))}</code></td></tr>"
    if found:
        yield "</table>"


def _contents(title: str, content: dict[str, Any]) -> Iterator[str]:
    for media, item in content.items():
        yield f"<p>{escape(title)}, <code>{escape(media)}</code></p>"
        yield f"<pre>{_code(item.get('schema', {}))}</pre>"


def _operation(method: str, path: str, operation: dict[str, Any]) -> Iterator[str]:
    yield f'<details id="{escape(operation["operationId"])}">'
    yield f'<summary><code><span class="method">{escape(method.upper())}</span> {escape(path)}'
    yield f"</code> {escape(operation.get('summary', ''))}</summary>"
    yield _text(operation.get("description"))
    yield from _parameters(operation.get("parameters", []))
    yield from _contents("Body", operation.get("requestBody", {}).get("content", {}))
    for status, answer in operation["responses"].items():
        title = f"Answer {status}: {answer['description']}"
        if "content" in answer:
            yield from _contents(title, answer["content"])
        else:
            yield _text(title)
    yield "</details>"


def _body(document: dict[str, Any]) -> Iterator[str]:
    about = document["info"]
    yield f"<h1>{escape(about['title'])} {escape(about['version'])}</h1>"
    yield _text(about.get("description"))
    for tag in document["tags"]:
        yield f"<h2>{escape(tag.get('x-displayName', tag['name']))}</h2>"
        yield _text(tag.get("description"))
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                if operation["tags"][:1] == [tag["name"]]:
                    yield from _operation(method, path, operation)
    yield "<h2>Schemas</h2>"
    for name, schema in document.get("components", {}).get("schemas", {}).items():
        yield f'<details id="schema-{escape(name)}"><summary><code>{escape(name)}</code>'
        yield f"</summary><pre>{_code(schema)}</pre></details>"


def render(document: dict[str, Any]) -> str:
    """The page of a document."""
    title = escape(document["info"]["title"])
    return "\n".join(
        (
            "<!doctype html>",
            f'<html lang="en"><head><meta charset="utf-8"><title>{title}</title>',
            '<meta name="viewport" content="width=device-width">',
            f"<style>{_STYLE}</style></head><body>",
            *_body(document),
            "</body></html>",
        )
    )
