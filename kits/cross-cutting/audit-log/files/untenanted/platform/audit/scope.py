"""Whom entries belong to: the installation."""


class Owned:
    """Entries of the installation."""
