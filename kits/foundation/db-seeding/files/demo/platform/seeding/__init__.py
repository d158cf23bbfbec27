"""Rows for a demonstration."""
