"""Notification settings: of the app and of each conversation, one, several at once, and the list of the muted.

https://doc.easemob.com/document/server-side/push_set_mode_dnd.html and, for the last two, the Web SDK.
"""

from base64 import b64decode, urlsafe_b64encode
from typing import Annotated, Any, Literal
from urllib.parse import unquote

from fastapi import APIRouter, Query, Request

from policy.identifiers import bare_user
from worker.api.body import RestOfPath
from worker.api.callers import Target, UserCaller
from worker.api.envelope import envelope
from worker.api.features import Consoles, need_advanced
from worker.api.paths import USER
from worker.api.refusals import invalid
from worker.api.silent_mode import SilentMode, shown
from worker.clock import Clock
from worker.store.keys import conversation_field
from worker.store.settings import SETTINGS, Patch, SettingsStore, TooManyFieldsError

#: ``chatgroup`` is of groups and of chat rooms.
Kind = Literal["user", "chatgroup"]
_PATH = f"{USER}/notification"
_BATCH = 20
_KINDS = {"user": "user", "group": "chatgroup"}
#: Read from the query as it came: in an id that is not encoded a plus is no space.
_BATCH_QUERY = {
    "parameters": [
        {"name": name, "in": "query", "required": False, "schema": {"type": "string"}, "example": example}
        for name, example in (("user", "alice,bob"), ("group", "1234567"))
    ]
}
_FIRST = conversation_field("")


def router(store: SettingsStore, consoles: Consoles, clock: Clock) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(tags=["notification settings"])

    @routes.get(f"{_PATH}/mute/type")
    async def muted(
        target: UserCaller,
        request: Request,
        limit: Annotated[int, Query(ge=1, le=100)] = 10,
        cursor: Annotated[str, Query(max_length=2_000)] = "",
    ) -> dict[str, Any]:
        """List the conversations that have a remind type of their own; `cursor` is there while more follow."""
        need_advanced(consoles, target.appkey)
        fields = await store.whole(target.appkey, target.user)
        page, following = _page(_typed(fields, clock()), _after(cursor), limit)
        return envelope(request, target.appkey, data=page, **following)

    @routes.get(_PATH, openapi_extra=_BATCH_QUERY)
    async def several(target: UserCaller, request: Request) -> dict[str, Any]:
        """Read the settings of up to 20 conversations; those that have none of their own are left out."""
        need_advanced(consoles, target.appkey)
        asked = _asked(request.scope["query_string"], target)
        texts = await store.read(target.appkey, target.user, [field for _, _, field in asked])
        data: dict[str, dict[str, Any]] = {name: {} for name in _KINDS}
        for (name, key, _), text in zip(asked, texts, strict=True):
            if setting := shown(text, clock()):
                data[name][key] = setting
        return envelope(request, target.appkey, data=data)

    @routes.put(f"{_PATH}/{{kind}}/{{key:path}}")
    async def change(
        target: UserCaller, kind: Kind, key: RestOfPath, body: SilentMode, request: Request
    ) -> dict[str, Any]:
        """Change what the body names and nothing else; answer the whole setting.

        `user/<own id>` is the setting of the app. In the answer `ignoreDuration` is when it ends, ms since 1970.
        """
        need_advanced(consoles, target.appkey)
        field, now_ms = _field(target, kind, key), clock()
        if field == SETTINGS and body.type == "DEFAULT":
            raise invalid("type", "(DEFAULT is of conversations)")
        try:
            (text,) = await store.change(target.appkey, target.user, Patch(field, body.members(now_ms)))
        except TooManyFieldsError:
            raise invalid("key", "(too many conversations have settings)") from None
        return envelope(request, target.appkey, data=shown(text, now_ms))

    @routes.get(f"{_PATH}/{{kind}}/{{key:path}}")
    async def one(target: UserCaller, kind: Kind, key: RestOfPath, request: Request) -> dict[str, Any]:
        """Read one setting; what is not set, or over, is left out."""
        need_advanced(consoles, target.appkey)
        (text,) = await store.read(target.appkey, target.user, [_field(target, kind, key)])
        return envelope(request, target.appkey, data=shown(text, clock()))

    return routes


def _field(target: Target, kind: str, key: str) -> str:
    """Return the field of the user's hash that a conversation's setting is in; their own id means the app's."""
    if kind != "user":
        return conversation_field(f"group:{key}")
    other = bare_user(key, target.appkey)
    if not other:
        raise invalid("key")
    return SETTINGS if other == target.user else conversation_field(f"user:{other}")


def _asked(query: bytes, target: Target) -> list[tuple[str, str, str]]:
    """Return (member of the answer, id as asked, field) of each conversation that a batch asks for."""
    pairs = [part.partition("=") for part in query.decode("utf-8", "replace").split("&")]
    texts = [(name, unquote(value)) for name, _, value in pairs if name in _KINDS]
    keys = dict.fromkeys((name, key) for name, text in texts for key in text.split(",") if key)
    if len(keys) > _BATCH:
        raise invalid("user, group", f"(more than {_BATCH} ids)")
    return [(name, key, _field(target, _KINDS[name], key)) for name, key in keys]


def _typed(fields: dict[str, bytes], now_ms: int) -> list[tuple[str, str]]:
    """Return (conversation, remind type) pairs in a lasting order."""
    settings = {name.removeprefix(_FIRST): shown(text, now_ms) for name, text in fields.items() if _FIRST in name[:2]}
    return sorted((name, setting["type"]) for name, setting in settings.items() if "type" in setting)


def _page(found: list[tuple[str, str]], after: str, limit: int) -> tuple[list[dict[str, str]], dict[str, str]]:
    rest = [(name, value) for name, value in found if name > after]
    page = rest[:limit]
    more = {"cursor": urlsafe_b64encode(page[-1][0].encode()).decode()} if len(rest) > limit else {}
    pairs = [(name.partition(":"), value) for name, value in page]
    return [{kind: key, "value": value} for (kind, _, key), value in pairs], more


def _after(cursor: str) -> str:
    try:
        return b64decode(cursor, altchars=b"-_", validate=True).decode()
    except ValueError:  # its padding, its alphabet, or what it holds
        raise invalid("cursor") from None
