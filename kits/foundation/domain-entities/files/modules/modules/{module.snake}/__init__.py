"""{= module.title =}."""
