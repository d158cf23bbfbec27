"""Who did what, written in the transaction in which it was done."""
