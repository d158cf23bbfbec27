"""The fixtures of the parts in use."""

import pytest

pytest.register_assert_rewrite("tests.support")

pytest_plugins = [
{% for item in tests.plugins %}
    "{= item.module =}",
{% endfor %}
]
