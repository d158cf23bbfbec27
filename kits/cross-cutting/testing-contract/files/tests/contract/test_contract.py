"""Every operation, called with what the document allows and with what it forbids."""

import json
from pathlib import Path

import schemathesis
from schemathesis.checks import CHECKS

from tests.support.scope import Actor, MakeActor
import pytest

DOCUMENT = Path(__file__).parents[2] / "openapi.json"

schema = schemathesis.openapi.from_dict(json.loads(DOCUMENT.read_text()))


@pytest.fixture
async def caller(actor: MakeActor) -> Actor:
    """Somebody who may do everything."""
    return await actor("owner")


@schema.parametrize()
def test_operation(case: schemathesis.Case, caller: Actor, service_url: str) -> None:
    case.call_and_validate(base_url=service_url, headers=caller.headers)
