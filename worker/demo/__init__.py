"""The demo: a sample capture through embedded Valkey, a real worker and simulated vendors.

What comes out is compared with a ledger that was written down before, by nobody who could ask the rules.
"""
