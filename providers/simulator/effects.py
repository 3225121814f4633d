"""What each fault does to a request: the table behind the vocabulary of ``faults``."""

import json
import time
from collections.abc import Callable, Mapping
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from providers.simulator.exchange import Reply, Request
from providers.simulator.faults import (
    Answer,
    BlackHole,
    Delay,
    GoAway,
    LateSettings,
    NoPingAck,
    OnRequest,
    RefuseStream,
    ResetConnection,
    ResetStream,
    Settings,
    Trickle,
    error_number,
)

if TYPE_CHECKING:
    from providers.simulator.turns import Turn, Turns

_JSON = ("content-type", "application/json")


def in_the_vendors_place(fault: Answer, request: Request) -> Reply:
    """Return the scripted answer to a request."""
    body = fault.body if isinstance(fault.body, str) else json.dumps(fault.body)
    headers = dict(fault.headers)
    if not isinstance(fault.body, str):
        headers = dict([_JSON]) | headers
    if fault.retry_after_s is not None:
        headers["retry-after"] = _retry_after(fault.retry_after_s, as_date=fault.as_date)
    echoed = {name: value for name in fault.echo if (value := request.header(name)) is not None}
    return Reply(fault.status, body.encode(), tuple((headers | echoed).items()))


def _retry_after(seconds: int, *, as_date: bool) -> str:
    return formatdate(time.time() + seconds, usegmt=True) if as_date else str(seconds)


def _answer(turns: "Turns", turn: "Turn", fault: Answer) -> None:
    turn.is_decided, turn.data_frames = True, fault.data_frames
    turns.answer(turn, in_the_vendors_place(fault, turn.request))


def _black_hole(turns: "Turns", turn: "Turn", fault: BlackHole) -> None:
    turn.is_decided = True
    turns.swallow(turn, after_processing=fault.after_processing)


def _reset_stream(turns: "Turns", turn: "Turn", fault: ResetStream) -> None:
    turn.is_decided = True
    turns.swallow(turn, after_processing=fault.after_processing)
    turns.reset(turn, error_number(fault.code))


def _refuse_stream(turns: "Turns", turn: "Turn", _: RefuseStream) -> None:
    turn.is_decided = True
    turns.reset(turn, error_number("REFUSED_STREAM"))


def _reset_connection(turns: "Turns", turn: "Turn", fault: ResetConnection) -> None:
    turn.is_decided = True
    turns.swallow(turn, after_processing=fault.after_processing)
    turns.cut(reset=fault.by == "rst")


def _go_away(turns: "Turns", turn: "Turn", fault: GoAway) -> None:
    turn.is_decided = True
    if fault.after_processing:
        reply = turns.process(turn)
        turns.go_away(fault)
        turns.answer(turn, reply)
    else:
        turns.go_away(fault, refused=turn)


def _delay(_: "Turns", turn: "Turn", fault: Delay) -> None:
    turn.delay_s += fault.seconds or 0.0


def _settings(turns: "Turns", _: "Turn", fault: Settings) -> None:
    turns.codec.allow_streams(fault.streams)


def _late_settings(_: "Turns", turn: "Turn", __: LateSettings) -> None:
    turn.is_late = True


def _no_ping_ack(turns: "Turns", _: "Turn", __: NoPingAck) -> None:
    turns.codec.answers_pings = False


def _trickle(_: "Turns", turn: "Turn", fault: Trickle) -> None:
    turn.trickle_s = fault.interval_s


#: Each entry takes the fault that its key names, which a mapping's type cannot say: hence Any.
EFFECTS: Mapping[type[OnRequest], Callable[["Turns", "Turn", Any], None]] = {
    Answer: _answer,
    BlackHole: _black_hole,
    ResetStream: _reset_stream,
    RefuseStream: _refuse_stream,
    ResetConnection: _reset_connection,
    GoAway: _go_away,
    Delay: _delay,
    Settings: _settings,
    LateSettings: _late_settings,
    NoPingAck: _no_ping_ack,
    Trickle: _trickle,
}
