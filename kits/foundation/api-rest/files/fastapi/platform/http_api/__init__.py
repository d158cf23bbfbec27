"""What the routes of all parts have in common."""
