"""Presence events over HTTP, for gateways that do not speak Redis: ``POST /presence``."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, JsonValue, RootModel

from worker.api.answers import Answer, answers
from worker.api.body import Body, Identifier, absent
from worker.api.callers import AppCaller, user_id
from worker.api.direct import direct_router
from worker.api.envelope import envelope
from worker.api.paths import APP
from worker.api.refusals import invalid
from worker.clock import Clock
from worker.codec import PresenceEvent
from worker.store.producer import Producer

_MONTH_S = 30 * 86_400
#: The year 5138, as ``policy.event.Milliseconds``.
_LAST_MS = 99_999_999_999_999
_EXAMPLE: JsonValue = {"user": "bob", "resource": "android_5f2c", "device_id": "d1", "state": "online", "lease_s": 400}


class Event(Body):
    """A connection came, went, or was kicked by another device of its platform."""

    user: Identifier
    resource: Identifier
    state: Literal["online", "offline", "kicked"]
    timestamp: Annotated[int, Field(ge=0, le=_LAST_MS)] = absent(description="ms since 1970; left out: now")
    device_id: Identifier = absent()
    lease_s: Annotated[int, Field(ge=1, le=_MONTH_S)] = absent(description="seconds that an online state lasts; 400")
    appkey: str = absent(description="may be left out, for the path names it")


class Events(RootModel[Annotated[list[Event], Field(min_length=1, max_length=100)]]):
    """1 to 100 events, oldest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [[_EXAMPLE]]})


class Accepted(BaseModel):
    """How many events were added."""

    accepted: int


def router(producer: Producer, clock: Clock) -> APIRouter:
    """Return the route."""
    routes = direct_router("presence")

    @routes.post(f"{APP}/presence", **answers(Answer[Accepted]))
    async def add(appkey: AppCaller, body: Events, request: Request) -> dict[str, Any]:
        """Add presence events to the events stream: 200 says that they are there, a worker applies them in order."""
        now_ms = clock()
        await producer.add([_event(appkey, each, now_ms) for each in body.root])
        return envelope(request, appkey, data={"accepted": len(body.root)})

    return routes


def _event(appkey: str, said: Event, now_ms: int) -> PresenceEvent:
    members = said.model_dump(exclude_unset=True)
    if members.setdefault("appkey", appkey) != appkey:
        raise invalid("appkey", "(must be that of the path)")
    user_id(said.user, appkey, "user")
    return PresenceEvent(**{"timestamp": now_ms, **members})
