"""The demo's story: who there is, what they say, and what every phone must show.

Expectations are written by its author beside each user and message; nothing here asks the product what it would do.
"""
