"""Rows of each module."""
