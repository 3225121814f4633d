"""The number on the icon: ``GET /users/{user}/offline_msg_count``.

https://doc.easemob.com/document/server-side/account_system.html
"""

from typing import Any

from fastapi import APIRouter, Request

from worker.api.answers import Answer, answers
from worker.api.callers import UserCaller
from worker.api.direct import direct_router
from worker.api.envelope import envelope
from worker.api.paths import USER
from worker.store.receivers import badge_of
from worker.store.settings import SettingsStore

_BADGE = "b"


class Badge(Answer[dict[str, int]]):
    """The number by user, and once more."""

    count: int


def router(store: SettingsStore) -> APIRouter:
    """Return the route."""
    routes = direct_router("presence")

    @routes.get(f"{USER}/offline_msg_count", **answers(Badge))
    async def count(target: UserCaller, request: Request) -> dict[str, Any]:
        """Return how many messages have come since the user was last online."""
        (text,) = await store.read(target.appkey, target.user, [_BADGE])
        messages = badge_of(text)
        return envelope(request, target.appkey, data={target.user: messages}, count=messages)

    return routes
