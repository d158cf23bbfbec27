"""The documented variables and the settings of the code are the same."""

from pathlib import Path
from secrets import token_urlsafe

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
{% filter fit(width=100) %}
REQUIRED: list[str] = [
{% for item in config.vars %}
{% if item.for == "api" and item.required %}
    "{= item.name =}",
{% endif %}
{% endfor %}
]
{% endfilter %}
EXAMPLE = Path(__file__).parents[4] / ".env.example"


def test_code_and_list_agree() -> None:
    read = {
        variable(settings, field)
        for module in MODULES
        for settings in module.settings
        for field in settings.model_fields
    }
    assert read == DOCUMENTED


def example() -> dict[str, str]:
    """The example, with made-up secrets that are good enough for production."""
    lines = [line for line in EXAMPLE.read_text().splitlines() if line and line[0] != "#"]
    found = {name: value for name, _, value in (line.partition("=") for line in lines)}
    return {name: value or token_urlsafe(32) for name, value in found.items()}


@pytest.mark.parametrize("name", REQUIRED)
def test_required_variables_are_required(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for key, value in {**example(), "APP_ENV": "production"}.items():
        monkeypatch.setenv(key, value)
    monkeypatch.delenv(name)
    with pytest.raises(ConfigurationError) as caught:
        create_app()
    assert [fault for fault in caught.value.faults if name in fault]


def test_the_example_starts_in_development(monkeypatch: pytest.MonkeyPatch) -> None:
    for key, value in example().items():
        monkeypatch.setenv(key, value)
    create_app()
