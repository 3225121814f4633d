"""The names that pushes show for senders, many at once: ``PUT /push/nickname``.

https://doc.easemob.com/document/server-side/push_nickname_batch_set.html
"""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import ConfigDict, RootModel

from worker.api.answers import Entities, answers
from worker.api.body import Body, Identifier
from worker.api.callers import AppCaller, user_id
from worker.api.direct import direct_router
from worker.api.envelope import envelope
from worker.api.paths import APP
from worker.api.refusals import Refusal
from worker.store.settings import SETTINGS, Patch, SettingsStore

_MOST_USERS, _LONGEST = 50, 100
_WORDS = "put user push nicknames"


class PushNickname(Body):
    """A user and the name, at most 100 characters; empty for none."""

    username: Identifier
    push_nickname: str


class PushNicknames(RootModel[list[PushNickname]]):
    """1 to 50 of them."""

    model_config = ConfigDict(json_schema_extra={"examples": [[{"username": "bob", "push_nickname": "Bob"}]]})


def router(store: SettingsStore) -> APIRouter:
    """Return the route."""
    routes = direct_router("users")

    @routes.put(f"{APP}/push/nickname", **answers(Entities[PushNickname]))
    async def change(appkey: AppCaller, body: PushNicknames, request: Request) -> dict[str, Any]:
        """Set the push nicknames of up to 50 users."""
        _judge(body.root)
        names = {user_id(each.username, appkey): each.push_nickname for each in body.root}
        patches = {user: Patch(SETTINGS, {"nickname": name or None}) for user, name in names.items()}
        await store.change_users(appkey, patches)
        return envelope(request, appkey, entities=[each.model_dump() for each in body.root])

    return routes


def _judge(asked: list[PushNickname]) -> None:
    if not asked:
        raise _refusal(f"{_WORDS} illegal empty request body")
    if len(asked) > _MOST_USERS:
        raise _refusal(f"{_WORDS} exceeds the limit")
    for each in asked:
        if len(each.push_nickname) > _LONGEST:
            raise _refusal(f"{each.username} push nickname length exceeds the limit")


def _refusal(description: str) -> Refusal:
    return Refusal(400, "illegal_argument", description, "IllegalArgumentException")
