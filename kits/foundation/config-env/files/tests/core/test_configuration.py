"""The documented variables and the settings of the code are the same."""

from pathlib import Path

import pytest

from app.core.settings import ConfigurationError, variable
from app.factory import create_app
from app.wiring.modules import MODULES

DOCUMENTED = {
{% for item in config.vars %}
{% if item.for == "api" %}
    "{= item.name =}",
{% endif %}
{% endfor %}
}
REQUIRED = {
{% for item in config.vars %}
{% if item.for == "api" and item.required %}
    "{= item.name =}",
{% endif %}
{% endfor %}
}
EXAMPLE = Path(__file__).parents[4] / ".env.example"


def test_code_and_list_agree() -> None:
    read = {
        variable(settings, field)
        for module in MODULES
        for settings in module.settings
        for field in settings.model_fields
    }
    assert read == DOCUMENTED


def test_required_variables_are_required(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in DOCUMENTED:
        monkeypatch.delenv(name, raising=False)
    missing: set[str] = set()
    try:
        create_app()
    except ConfigurationError as error:
        missing = {fault.split(":")[0] for fault in error.faults}
    assert missing == REQUIRED


def test_the_example_starts_in_development(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [line for line in EXAMPLE.read_text().splitlines() if line and line[0] != "#"]
    for name, _, value in (line.partition("=") for line in lines):
        monkeypatch.setenv(name, value or "made-by-make-setup-in-development")
    create_app()
