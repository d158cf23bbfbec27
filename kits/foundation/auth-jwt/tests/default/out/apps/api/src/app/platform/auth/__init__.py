"""Signing in with a password: sessions, short access tokens, rotating refresh tokens."""
