"""Invitations into a workspace, by mail."""
