"""Wires policy and providers together: Celery, Redis, configuration, command line. No rule and no vendor knowledge.

The flow: ``ingest`` reads events, ``dispatch`` gathers facts, decides and hands over, one ``lane`` per channel sends
and settles. ``bootstrap`` is the one place where the objects meet; nothing happens at import.
"""
