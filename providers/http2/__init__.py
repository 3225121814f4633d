"""An HTTP/2 client connection (RFC 9113, RFC 7541) that knows of every request whether a byte of it has left.

What is pure, frames and headers in and out, stands apart from what waits and writes (``connection.py``, ``dial.py``).
Nothing here knows a vendor.
"""
