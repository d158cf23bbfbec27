# Who may call what.
generate: generate-access
DERIVED += {= backend.dir =}/access-matrix.csv
.PHONY: generate-access
generate-access: env api-venv
	$(API_PYTHON) -m app.tools.access
{= backend.dir =}/access-matrix.csv: | env api-venv
	$(API_PYTHON) -m app.tools.access
