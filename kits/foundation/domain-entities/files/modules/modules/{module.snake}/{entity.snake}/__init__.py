"""{= entity.plural.title =}."""
