"""What waits, and what would become of it: decided by the worker's own code, nothing is sent and nothing changed."""
