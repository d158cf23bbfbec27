# The service.
API_PORT ?= {= backend.port =}
PYTHON ?= python3
# Both run in the service's folder, with the project's environment.
API_RUN = cd {= backend.dir =} && exec env PYTHONPATH=src $(WITH_ENV)
API_PYTHON = $(API_RUN) .venv/bin/python

setup: env api-venv
check: check-api
format: format-api
lock: lock-api
DEV_SERVERS += serve-api

.PHONY: api-venv
api-venv: {= backend.dir =}/.venv/.locked

# What the lock says, by hash, and nothing else. uv is used where it is installed: it is faster.
{= backend.dir =}/.venv/.locked: {= backend.dir =}/requirements-dev.lock
	@if command -v uv >/dev/null; then \
		uv venv --quiet --clear --python $(PYTHON) {= backend.dir =}/.venv && \
		uv pip sync --quiet --require-hashes --python {= backend.dir =}/.venv/bin/python $<; \
	else \
		$(PYTHON) -m venv --clear {= backend.dir =}/.venv && \
		{= backend.dir =}/.venv/bin/python -m pip --disable-pip-version-check install --quiet \
			--require-hashes --no-deps --requirement $<; \
	fi
	@touch $@

.PHONY: serve-api
serve-api: env api-venv
	$(API_PYTHON) -m uvicorn app.main:app --reload --reload-dir src --port $(API_PORT){% if logs %} --no-access-log{% endif %}

.PHONY: check-api
check-api: api-venv
	cd {= backend.dir =} && .venv/bin/ruff format --check .
	cd {= backend.dir =} && .venv/bin/ruff check .
	cd {= backend.dir =} && .venv/bin/mypy

.PHONY: format-api
format-api: api-venv
	cd {= backend.dir =} && .venv/bin/ruff check --fix .
	cd {= backend.dir =} && .venv/bin/ruff format .
{% if tests %}

# All of them, or `make test TESTS=tests/core PYTEST_ARGS=--exitfirst`. TIER says how thorough:
# quick (without services, before a commit), pull-request, nightly, weekly.
TIER ?= pull-request
PYTEST_ARGS ?= --numprocesses=auto
test: test-api
.PHONY: test-api
test-api: $(if $(filter quick,$(TIER)),,services) env api-venv
	$(API_PYTHON) -m pytest --tier $(TIER) $(PYTEST_ARGS) $(TESTS)
{% endif %}

# Needs uv. Versions stay as they are where they still fit.
.PHONY: lock-api
lock-api:
	cd {= backend.dir =} && uv pip compile --quiet --universal --python-version {= backend.python =} \
		--generate-hashes --output-file requirements.lock pyproject.toml
	cd {= backend.dir =} && uv pip compile --quiet --universal --python-version {= backend.python =} \
		--generate-hashes --extra dev --output-file requirements-dev.lock pyproject.toml
