"""What this service is about."""
