"""The service keeps what its OpenAPI document promises."""
