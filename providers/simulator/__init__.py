"""Fake vendors on real sockets: for the demo, the tests, and anybody who tests push code."""
