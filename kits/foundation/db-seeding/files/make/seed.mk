# Rows to start with.
DEV_READY += seed
.PHONY: seed
seed: migrate ## Fill the database with rows for a demonstration; may be repeated
	$(API_PYTHON) -m app.tools.seed --demo
