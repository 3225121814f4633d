"""The HTTP API: what others ask of us or tell us. pydantic judges what comes in, ``worker.store`` keeps it."""
