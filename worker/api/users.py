"""A user as Easemob's older interface has it: ``/users/{user}``.

https://doc.easemob.com/document/server-side/push_nickname_single_set.html and the pages beside it.
"""

from typing import Any

from fastapi import APIRouter, Request

from worker.api.answers import Entities, answers
from worker.api.callers import Target, UserCaller
from worker.api.direct import direct_router
from worker.api.envelope import envelope
from worker.api.features import Consoles, need_advanced
from worker.api.paths import USER
from worker.api.refusals import invalid
from worker.api.user_body import UserBody
from worker.api.user_entity import UserEntity, entity
from worker.clock import Clock
from worker.store.bindings import BindingStore
from worker.store.settings import SettingsStore, TooManyFieldsError


def router(settings: SettingsStore, bindings: BindingStore, consoles: Consoles, clock: Clock) -> APIRouter:
    """Return the routes."""
    routes = direct_router("users")

    async def answer(target: Target, request: Request) -> dict[str, Any]:
        fields = await settings.whole(target.appkey, target.user)
        return envelope(request, target.appkey, entities=[entity(target.appkey, target.user, fields, clock())])

    @routes.put(USER, **answers(Entities[UserEntity]))
    async def change(target: UserCaller, body: UserBody, request: Request) -> dict[str, Any]:
        """Change what the body names: nickname, display style, a device's token, the old do-not-disturb and mutes."""
        parts = body.parts()
        patches = [patch for part in parts for patch in part.patches()]
        devices = [binding for part in parts if (binding := part.binding())]
        if any(part.is_advanced for part in parts):
            need_advanced(consoles, target.appkey)
        try:
            if patches:
                await settings.change(target.appkey, target.user, *patches)
        except TooManyFieldsError:
            raise invalid("notification_ignore", "(too many conversations have settings)") from None
        for binding in devices:
            await bindings.bind(target.appkey, target.user, *binding)
        return await answer(target, request)

    @routes.get(USER, **answers(Entities[UserEntity]))
    async def one(target: UserCaller, request: Request) -> dict[str, Any]:
        """Read the user: what is not set is left out. A user of whom nothing is known is like any other."""
        return await answer(target, request)

    return routes
