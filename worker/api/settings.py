"""Notification settings: of the app and of each conversation.

https://doc.easemob.com/document/server-side/push_set_mode_dnd.html
"""

from typing import Any, Literal

from fastapi import APIRouter, Request

from policy.identifiers import bare_user
from worker.api.answers import Answer, answers
from worker.api.body import RestOfPath
from worker.api.callers import Target, UserCaller
from worker.api.direct import direct_router
from worker.api.envelope import envelope
from worker.api.features import Consoles, need_advanced
from worker.api.paths import USER
from worker.api.refusals import invalid
from worker.api.silent_mode import Shown, SilentMode, shown
from worker.clock import Clock
from worker.store.keys import conversation_field
from worker.store.settings import SETTINGS, Patch, SettingsStore, TooManyFieldsError

#: ``chatgroup`` is of groups and of chat rooms.
Kind = Literal["user", "chatgroup"]
_PATH = f"{USER}/notification/{{kind}}/{{key:path}}"


def router(store: SettingsStore, consoles: Consoles, clock: Clock) -> APIRouter:
    """Return the routes."""
    routes = direct_router("notification settings")

    @routes.put(_PATH, **answers(Answer[Shown]))
    async def change(
        target: UserCaller, kind: Kind, key: RestOfPath, body: SilentMode, request: Request
    ) -> dict[str, Any]:
        """Change what the body names and nothing else; answer the whole setting.

        `user/<own id>` is the setting of the app. In the answer `ignoreDuration` is when it ends, ms since 1970.
        """
        need_advanced(consoles, target.appkey)
        field, now_ms = field_of(target, kind, key), clock()
        if field == SETTINGS and body.type == "DEFAULT":
            raise invalid("type", "(DEFAULT is of conversations)")
        try:
            (text,) = await store.change(target.appkey, target.user, Patch(field, body.members(now_ms)))
        except TooManyFieldsError:
            raise invalid("key", "(too many conversations have settings)") from None
        return envelope(request, target.appkey, data=shown(text, now_ms))

    @routes.get(_PATH, **answers(Answer[Shown]))
    async def one(target: UserCaller, kind: Kind, key: RestOfPath, request: Request) -> dict[str, Any]:
        """Read one setting; what is not set, or over, is left out."""
        need_advanced(consoles, target.appkey)
        (text,) = await store.read(target.appkey, target.user, [field_of(target, kind, key)])
        return envelope(request, target.appkey, data=shown(text, clock()))

    return routes


def field_of(target: Target, kind: str, key: str) -> str:
    """Return the field of the user's hash that a conversation's setting is in; their own id means the app's."""
    if kind != "user":
        return conversation_field(f"group:{key}")
    other = bare_user(key, target.appkey)
    if not other:
        raise invalid("key")
    return SETTINGS if other == target.user else conversation_field(f"user:{other}")
