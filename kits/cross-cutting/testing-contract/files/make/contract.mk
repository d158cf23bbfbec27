# Calls made up from the OpenAPI document.
.PHONY: contract
contract: services env api-venv ## Test the service thoroughly against its OpenAPI document
	$(API_PYTHON) -m pytest tests/contract --hypothesis-profile=thorough $(PYTEST_ARGS)
