"""Fixtures and helpers, one module for each part."""
