"""Devices and the channels that reach them: ``/users/{user}/push/binding``.

https://doc.easemob.com/document/server-side/push_information_bind_unbind.html
"""

from collections.abc import Iterable
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, JsonValue

from policy.receiver import Device
from worker.api.answers import answers
from worker.api.body import Body, Identifier, MaybeIdentifier, Token
from worker.api.callers import UserCaller
from worker.api.direct import direct_router
from worker.api.envelope import envelope
from worker.api.paths import USER
from worker.store.bindings import BindingStore

_PATH = f"{USER}/push/binding"
_EXAMPLE: JsonValue = {"device_id": "ios_1", "device_token": "4e7a…", "notifier_name": "com.example.app"}


class Binding(Body):
    """Without a token the binding is undone; without a notifier, all bindings of the device are."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    device_id: Identifier
    device_token: Token
    notifier_name: MaybeIdentifier


class BoundDevice(BaseModel):
    """A device and a channel that reaches it."""

    device_id: str
    device_token: str
    notifier_name: str


class Bindings(BaseModel):
    """Easemob's envelope is smaller here."""

    timestamp: int
    entities: list[BoundDevice]
    action: str
    duration: int


def router(store: BindingStore) -> APIRouter:
    """Return the routes."""
    routes = direct_router("devices")

    @routes.put(_PATH, **answers(Bindings))
    async def bind(target: UserCaller, body: Binding, request: Request) -> dict[str, Any]:
        """Bind a device to a channel, or unbind it; answer the device's bindings.

        Whether there is such a channel is not asked: a push says `no_notifier` until there is.
        """
        bound = await store.bind(target.appkey, target.user, body.device_id, body.notifier_name, body.device_token)
        of_device = [device for device in bound if device.device_id == body.device_id]
        return _answer(envelope(request, target.appkey, entities=shown(of_device)))

    @routes.get(_PATH, **answers(Bindings))
    async def all_of(target: UserCaller, request: Request) -> dict[str, Any]:
        """List the bindings of all of the user's devices."""
        return _answer(envelope(request, target.appkey, entities=shown(await store.all(target.appkey, target.user))))

    return routes


def shown(devices: Iterable[Device]) -> list[dict[str, str]]:
    """Return bindings as clients read them."""
    return [
        {"device_id": device.device_id, "device_token": device.token or "", "notifier_name": device.notifier}
        for device in devices
    ]


def _answer(whole: dict[str, Any]) -> dict[str, Any]:
    return {name: whole[name] for name in Bindings.model_fields}
