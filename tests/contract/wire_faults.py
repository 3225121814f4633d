"""What a wire can do to one request: on its stream, and to the connection below it. The same for every provider.

https://www.rfc-editor.org/rfc/rfc9113
"""

from typing import Any, Final

from h2.errors import ErrorCodes

from tests.contract.behaviours import Behaviour, Outcome, ambiguous, not_sent, taken

#: Seconds of a send that is never answered: enough for the vendor to see it on a busy machine.
_SHORT_S: Final = 0.6
_WHEN: Final = {"before": False, "after": True}
_CODES: Final = tuple(code.name for code in ErrorCodes if code is not ErrorCodes.REFUSED_STREAM)


def _fault(action: str, **members: Any) -> dict[str, Any]:
    return {"action": action, **members}


#: They cost one stream; the connection stays.
ON_THE_STREAM: Final = (
    Behaviour("nothing", (), taken()),
    Behaviour("delay", (_fault("delay", seconds=0.1),), taken()),
    Behaviour("trickle", (_fault("trickle", interval_s=0),), taken()),
    Behaviour(
        "delay beyond the deadline", (_fault("delay", seconds=1.5),), ambiguous(was_taken=True), deadline=_SHORT_S
    ),
    *(
        Behaviour(
            f"black hole {when}",
            (_fault("black_hole", after_processing=after),),
            ambiguous(was_taken=after),
            deadline=_SHORT_S,
        )
        for when, after in _WHEN.items()
    ),
    *(
        Behaviour(
            f"RST_STREAM {code} {when}",
            (_fault("reset_stream", code=code, after_processing=after),),
            ambiguous(was_taken=after),
        )
        for code in (*_CODES, 4_000_000_000)
        for when, after in _WHEN.items()
    ),
    # Proof that nothing was processed (8.7), so there is no "after" of it, and the wire itself sends again: twice at
    # most. The vendor never acted on it, so no phone can light up twice.
    Behaviour("REFUSED_STREAM once", (_fault("refuse_stream"),), taken(seen=2), times=1),
    Behaviour("REFUSED_STREAM always", (_fault("refuse_stream"),), not_sent(seen=3)),
)


def _goaway(name: str, outcome: Outcome, times: int | None = None, **members: Any) -> Behaviour:
    return Behaviour(f"GOAWAY {name}", (_fault("goaway", **members),), outcome, times=times)


#: They cost the connection.
ON_THE_CONNECTION: Final = (
    *(
        Behaviour(
            f"TCP {by} {when}",
            (_fault("reset_connection", by=by, after_processing=after),),
            ambiguous(was_taken=after),
        )
        for by in ("rst", "fin")
        for when, after in _WHEN.items()
    ),
    _goaway("drained, above the request", taken()),
    _goaway("drained, below the request", taken(seen=2), times=1, after_processing=False),
    _goaway("drained, below the request, always", not_sent(seen=3), after_processing=False),
    _goaway("drained, with a reason", taken(), debug={"reason": "SECRET"}),
    *(
        _goaway(
            f"drained, {code}, below the request",
            not_sent(),
            code=code,
            after_processing=False,
            debug={"reason": "SECRET"},
        )
        for code in ("INTERNAL_ERROR", "ENHANCE_YOUR_CALM")
    ),
    *(_goaway(f"cut by {end}, above the request", ambiguous(was_taken=True), end=end) for end in ("rst", "fin")),
    *(
        _goaway(
            f"cut by {end}, {code}, above the request", ambiguous(was_taken=True), end=end, code=code, debug="SECRET"
        )
        for end, code in (("rst", "ENHANCE_YOUR_CALM"), ("fin", "INTERNAL_ERROR"))
    ),
)
