generate: generate-openapi
DERIVED += {= openapi.file =}

.PHONY: generate-openapi
generate-openapi: api-venv ## Write the OpenAPI document
	$(API_PYTHON) -m app.tools.openapi
{= openapi.file =}: | api-venv
	$(API_PYTHON) -m app.tools.openapi
