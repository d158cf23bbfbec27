# The image.
IMAGE ?= {= project.kebab =}-api

.PHONY: image
image: ## Build the image of the service
	docker build --file {= backend.dir =}/Dockerfile --tag $(IMAGE) .
