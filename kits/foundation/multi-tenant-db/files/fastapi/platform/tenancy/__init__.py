"""Tenants that cannot see each other."""
