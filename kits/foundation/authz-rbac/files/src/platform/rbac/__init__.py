"""Roles: what somebody may do."""
