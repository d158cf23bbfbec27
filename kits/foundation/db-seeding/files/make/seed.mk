# Rows to start with.
.PHONY: seed
seed: migrate ## Fill the database with rows for a demonstration; may be repeated
	$(API_PYTHON) -m app.tools.seed --demo
