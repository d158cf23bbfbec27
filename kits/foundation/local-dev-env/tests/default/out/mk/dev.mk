# The environment and the services for development.
WITH_ENV := $(CURDIR)/scripts/with-env

.PHONY: env
env: .env
.env: .env.example
	@./scripts/setup-env

# A service is not started if the environment says where another one is.
services: env
	@set --; \
	[ $$# -eq 0 ] || docker compose up --detach --wait "$$@"

.PHONY: up
up: services ## Start the services that development needs

.PHONY: down
down: ## Stop them; their data stays
	docker compose down
