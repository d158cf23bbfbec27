"""Mail: written in a transaction, sent after it, whoever carries it."""
