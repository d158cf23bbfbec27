"""Writes the OpenAPI document: `python -m app.tools.openapi [--check]`."""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Final

from app.factory import create_app
from app.platform.openapi.document import document

FILE: Final = Path(__file__).parents[3] / "openapi.json"


def text() -> str:
    """The document as it is written."""
    return json.dumps(document(create_app()), indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    """Write it, or tell whether it is up to date."""
    parser = argparse.ArgumentParser(prog="python -m app.tools.openapi", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail if it differs")
    check = parser.parse_args().check
    os.environ.setdefault("APP_ENV", "development")
    new = text()
    if check:
        if FILE.exists() and FILE.read_text() == new:
            return 0
        print(f"{FILE.name} is not up to date: run `make generate`", file=sys.stderr)
        return 1
    FILE.write_text(new)
    return 0


if __name__ == "__main__":
    sys.exit(main())
