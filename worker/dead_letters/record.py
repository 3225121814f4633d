"""A dead letter as one JSON object: what ``--json`` prints, and what the tables are made from."""

from typing import Any

from worker.dead_letters.contents import contents_of, identifier
from worker.dead_letters.redacted import field_content, field_name
from worker.store.letter import Letter


def summary(letter: Letter) -> dict[str, Any]:
    """Return all but the content. ``at`` is when it was buried, milliseconds since 1970."""
    contents, (appkey, notifier) = contents_of(letter), letter.channel or ("", "")
    return {
        "id": str(letter.name),
        "at": letter.buried_ms,
        "stage": letter.stage,
        "stream": letter.stream,
        "entry": letter.entry_id,
        "app": identifier(appkey or contents.appkey),
        "notifier": notifier,
        "fields": [field_name(name) for name in letter.fields],
        "users": [identifier(user) for user in contents.users],
        "msg_id": identifier(contents.msg_id),
        "path": letter.path,
        "reason": letter.reason,
        "bytes": sum(map(len, letter.fields.values())),
    }


def whole(letter: Letter, ends_ms: int | None) -> dict[str, Any]:
    """Return the summary with the content, its text redacted. ``retry_until`` is milliseconds since 1970 or null."""
    content = {field_name(name): field_content(letter, name) for name in letter.fields}
    return {**summary(letter), "retry_until": ends_ms, "content": content}
