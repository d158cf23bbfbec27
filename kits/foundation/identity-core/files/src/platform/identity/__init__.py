"""Who someone is: users, however they sign in."""
