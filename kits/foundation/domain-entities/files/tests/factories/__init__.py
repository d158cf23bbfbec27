"""Rows for tests, one module for each entity."""
