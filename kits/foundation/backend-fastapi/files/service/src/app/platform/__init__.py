"""The parts that the service is built from."""
