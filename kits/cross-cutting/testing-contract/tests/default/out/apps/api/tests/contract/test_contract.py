"""Every operation, called with what the document allows and with what it forbids."""

import json
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import settings
from schemathesis.checks import CheckFunction
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.support.scope import Actor, MakeActor

DOCUMENT = Path(__file__).parents[2] / "openapi.json"

# A schema cannot say which opaque values (cursors, tokens) the service has given out.
EXCLUDED: list[CheckFunction] = [positive_data_acceptance]

schema = schemathesis.openapi.from_dict(json.loads(DOCUMENT.read_text()))


@pytest.fixture
async def caller(actor: MakeActor) -> Actor:
    """Somebody who may do everything."""
    return await actor("owner")


@schema.parametrize()
def test_operation(case: schemathesis.Case[Any], caller: Actor, service_url: str) -> None:
    case.call_and_validate(base_url=service_url, headers=caller.headers, excluded_checks=EXCLUDED)


@pytest.mark.nightly
@schema.parametrize()
@settings(settings.get_profile("thorough"))
def test_operation_thoroughly(
    case: schemathesis.Case[Any], caller: Actor, service_url: str
) -> None:
    case.call_and_validate(base_url=service_url, headers=caller.headers, excluded_checks=EXCLUDED)


@pytest.mark.weekly
@schema.parametrize()
@settings(settings.get_profile("exhaustive"))
def test_operation_at_length(case: schemathesis.Case[Any], caller: Actor, service_url: str) -> None:
    case.call_and_validate(base_url=service_url, headers=caller.headers, excluded_checks=EXCLUDED)
