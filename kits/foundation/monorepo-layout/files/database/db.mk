# The database.
DEV_READY += migrate

.PHONY: migrate
migrate: services env api-venv ## Bring the database up to date
	$(API_PYTHON) -m app.tools.db upgrade
