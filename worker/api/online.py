"""Who is online, and with what: ``/users/{user}/resources``, ``/users/{user}/status``, ``/users/batch/status``.

https://doc.easemob.com/document/server-side/account_presence_obtain_batch.html
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from policy.receiver import Presence
from worker.api.answers import Answer, answers
from worker.api.body import Body, Identifier, absent
from worker.api.callers import AppCaller, UserCaller, user_id
from worker.api.direct import direct_router
from worker.api.envelope import envelope
from worker.api.paths import APP, USER
from worker.clock import Clock
from worker.store.online import OnlineStore

#: By user id.
Status = Literal["online", "offline"]


class Resource(BaseModel):
    """A connection."""

    res: str = Field(examples=["android_5f2c"])
    device_uuid: str = absent()


class Usernames(Body):
    """1 to 100 users."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"usernames": ["alice", "bob"]}]})

    usernames: Annotated[list[Identifier], Field(min_length=1, max_length=100)]


def router(store: OnlineStore, clock: Clock) -> APIRouter:
    """Return the routes."""
    routes = direct_router("presence")

    async def live(appkey: str, users: Sequence[str]) -> list[list[Presence]]:
        return await store.connections(appkey, users, clock())

    @routes.post(f"{APP}/users/batch/status", **answers(Answer[list[dict[str, Status]]]))
    async def several(appkey: AppCaller, body: Usernames, request: Request) -> dict[str, Any]:
        """Tell who of up to 100 users is online; a user of whom nothing is known is offline."""
        users = [user_id(name, appkey, "usernames") for name in body.usernames]
        pairs = zip(body.usernames, await live(appkey, users), strict=True)
        data = [{name: _status(connections)} for name, connections in pairs]
        return envelope(request, appkey, data=data, action="get batch user status")

    @routes.get(f"{USER}/status", **answers(Answer[dict[str, Status]]))
    async def status(target: UserCaller, request: Request) -> dict[str, Any]:
        """Tell whether a user is online."""
        (connections,) = await live(target.appkey, [target.user])
        return envelope(request, target.appkey, data={target.user: _status(connections)})

    @routes.get(f"{USER}/resources", **answers(Answer[list[Resource]]))
    async def resources(target: UserCaller, request: Request) -> dict[str, Any]:
        """List a user's connections: `res`, and `device_uuid` where the gateway said it."""
        (connections,) = await live(target.appkey, [target.user])
        return envelope(request, target.appkey, data=[_resource(each) for each in connections])

    return routes


def _status(connections: Sequence[Presence]) -> str:
    return "online" if connections else "offline"


def _resource(connection: Presence) -> dict[str, str]:
    device = {"device_uuid": connection.device_id} if connection.device_id else {}
    return {"res": connection.resource, **device}
