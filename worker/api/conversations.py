"""Notification settings of several conversations at once, and the list of those that have a remind type of their own.

Only the Web SDK knows them: ``getSilentModeForConversations``, ``getSilentModeRemindTypeConversations``.
"""

from base64 import b64decode, urlsafe_b64encode
from typing import Annotated, Any, Literal
from urllib.parse import unquote

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from worker.api.answers import Answer, answers
from worker.api.body import absent
from worker.api.callers import Target, UserCaller
from worker.api.direct import direct_router
from worker.api.envelope import envelope
from worker.api.features import Consoles, need_advanced
from worker.api.paths import USER
from worker.api.refusals import invalid
from worker.api.settings import field_of
from worker.api.silent_mode import Shown, shown
from worker.clock import Clock
from worker.store.keys import conversation_field
from worker.store.settings import SettingsStore

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


class Several(BaseModel):
    """Settings by the ids as asked."""

    user: dict[str, Shown]
    group: dict[str, Shown]


class Typed(BaseModel):
    """The remind type of a conversation: with a user, or of a group."""

    user: str = absent()
    group: str = absent()
    value: Literal["ALL", "AT", "NONE"]


class Page(Answer[list[Typed]]):
    """Some of them."""

    cursor: str = absent(description="for the next page")


def router(store: SettingsStore, consoles: Consoles, clock: Clock) -> APIRouter:
    """Return the routes."""
    routes = direct_router("notification settings")

    @routes.get(f"{_PATH}/mute/type", **answers(Page))
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

    @routes.get(_PATH, openapi_extra=_BATCH_QUERY, **answers(Answer[Several]))
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

    return routes


def _asked(query: bytes, target: Target) -> list[tuple[str, str, str]]:
    """Return (member of the answer, id as asked, field) of each conversation that a batch asks for."""
    pairs = [part.partition("=") for part in query.decode("utf-8", "replace").split("&")]
    texts = [(name, unquote(value)) for name, _, value in pairs if name in _KINDS]
    keys = dict.fromkeys((name, key) for name, text in texts for key in text.split(",") if key)
    if len(keys) > _BATCH:
        raise invalid("user, group", f"(more than {_BATCH} ids)")
    return [(name, key, field_of(target, _KINDS[name], key)) for name, key in keys]


def _typed(fields: dict[str, bytes], now_ms: int) -> list[tuple[str, str]]:
    """Return (conversation, remind type) pairs in a lasting order."""
    settings = {
        name.removeprefix(_FIRST): shown(text, now_ms) for name, text in fields.items() if name.startswith(_FIRST)
    }
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
