"""What is set of an app over HTTP: its policy, templates and channels. One hash for each app, all in partition 0.

Fields: ``policy``, ``t:<name>`` a template, ``n:<notifier>`` a channel, all JSON objects; ``clearing`` is there while
the settings of the app's users are deleted, because its advanced features were switched off: since when.
Whoever changes something reads the whole, and writes if nobody has written in between: merging needs no script then.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec
from redis.asyncio import Redis

from worker.codec import Fault, decode
from worker.store.keys import Keys
from worker.store.scripts import Argument, Scripts

POLICY, CLEARING, TEMPLATE, CHANNEL = "policy", "clearing", "t:", "n:"
#: An app's hash is read as a whole by every process after each change.
TEMPLATES_AT_MOST = 200
CHANNELS_AT_MOST = 50
_KEYS = Keys()
_JSON = msgspec.json.Encoder()
Value = TypeVar("Value")


class FullError(Exception):
    """The app has as many templates or channels as it may have."""


class StoredTemplate(msgspec.Struct, frozen=True):
    """A template; ``created`` and ``updated`` are milliseconds since 1970."""

    title_pattern: str
    content_pattern: str
    created: int
    updated: int


@dataclass(frozen=True, slots=True)
class AppRecord:
    """An app's hash as it was read. ``version`` is another one after each change; empty: nothing was ever set."""

    version: bytes = b""
    fields: Mapping[str, bytes] = field(default_factory=dict)

    def named(self, prefix: str) -> dict[str, bytes]:
        """Return the fields of a kind by their names without the prefix."""
        return {name.removeprefix(prefix): text for name, text in self.fields.items() if name.startswith(prefix)}

    def template(self, name: str) -> StoredTemplate | None:
        """Return a template; one that cannot be read is as good as none."""
        found = decode(self.fields.get(f"{TEMPLATE}{name}", b""), StoredTemplate)
        return None if isinstance(found, Fault) else found


def clearing_since(record: AppRecord) -> int | None:
    """Return when it was asked to delete an app's settings, milliseconds since 1970; None: nothing is to be done."""
    text = record.fields.get(CLEARING, b"")
    return int(text) if text.isdigit() else None


#: What a change sets, by field; None removes the field.
Changes = Mapping[str, bytes | None]
#: From what is there to the changes and what the caller is told; no changes: nothing is written.
Edit = Callable[[AppRecord], tuple[Changes, Value]]


class ConsoleStore:
    """Reads and changes the hashes."""

    def __init__(self, client: Redis) -> None:
        """Bind; nothing is sent before the first call."""
        self._client, self._scripts = client, Scripts(client)

    async def versions(self) -> dict[str, bytes]:
        """Return the version of each app of which something was ever set."""
        found: Any = await self._client.hgetall(_KEYS.apps)
        return {appkey.decode("utf-8", "replace"): version for appkey, version in found.items()}

    async def read(self, appkey: str) -> AppRecord:
        """Return an app's hash."""
        version, flat = await self._scripts.run("console", _keys(appkey), [appkey])
        names = [name.decode("utf-8", "replace") for name in flat[::2]]
        return AppRecord(version, dict(zip(names, flat[1::2], strict=True)))

    async def change(self, appkey: str, edit: Edit[Value]) -> Value:
        """Apply an edit to what is there; it is called again when somebody else was quicker."""
        while True:
            record = await self.read(appkey)
            changes, value = edit(record)
            if not changes or await self._write(appkey, record.version, changes):
                return value

    async def templates(self, appkey: str) -> dict[str, StoredTemplate]:
        """Return the app's templates by name."""
        record = await self.read(appkey)
        found = {name: record.template(name) for name in record.named(TEMPLATE)}
        return {name: template for name, template in found.items() if template}

    async def put_template(
        self, appkey: str, name: str, title: str, content: str, now_ms: int, *, exists: bool | None = None
    ) -> StoredTemplate | None:
        """Write a template, and return it; its creation is kept.

        Args:
            appkey: the app.
            name: the template's.
            title: its ``title_pattern``.
            content: its ``content_pattern``.
            now_ms: milliseconds since 1970.
            exists: write only if there is such a template (True), or only if there is none (False); otherwise return
                None and write nothing.

        Raises:
            FullError: the app has ``TEMPLATES_AT_MOST`` others.
        """

        def edit(record: AppRecord) -> tuple[Changes, StoredTemplate | None]:
            before = record.template(name)
            if exists is not None and exists is not bool(before):
                return {}, None
            if before is None and len(record.named(TEMPLATE)) >= TEMPLATES_AT_MOST:
                raise FullError
            after = StoredTemplate(title, content, before.created if before else now_ms, now_ms)
            return {f"{TEMPLATE}{name}": _JSON.encode(after)}, after

        return await self.change(appkey, edit)

    async def delete_template(self, appkey: str, name: str) -> StoredTemplate | None:
        """Remove a template, and return it; None: there was none."""

        def edit(record: AppRecord) -> tuple[Changes, StoredTemplate | None]:
            before = record.template(name)
            return ({f"{TEMPLATE}{name}": None} if before else {}), before

        return await self.change(appkey, edit)

    async def _write(self, appkey: str, version: bytes, changes: Changes) -> bool:
        kept: list[Argument] = [part for name, value in changes.items() if value is not None for part in (name, value)]
        gone: list[Argument] = [name for name, value in changes.items() if value is None]
        arguments = [appkey, version, len(kept) // 2, *kept, len(gone), *gone]
        return bool(await self._scripts.run("change", _keys(appkey), arguments))


def _keys(appkey: str) -> list[str]:
    return [_KEYS.app(appkey), _KEYS.apps]
