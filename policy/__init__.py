"""What should happen to a message for a receiver, and why.

Pure: no I/O, no clock, no randomness; the time is an argument. The flow, in one line::

    Message.of(event) + Receiver + AppPolicy + now  ->  decide()  ->  Decision (outcome, reason, devices, text, trace)

``rules.RULES`` is the ordered table that ``decide``, the tests, ``explain`` and this package's README read.
"""
