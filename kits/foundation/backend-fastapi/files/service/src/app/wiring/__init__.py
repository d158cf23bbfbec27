"""Lists of what the parts bring along."""
