#!/usr/bin/env python3
"""Write the demo's sample capture. The same story gives the same bytes, on every machine and Python."""

import argparse
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from story.app import CHAT, TEAMS
from story.capture import record
from story.clock import BASE_MS
from story.malformed import MALFORMED

_APPS = (CHAT, TEAMS)


def files() -> dict[str, str]:
    """Return the content of every file of the sample by name."""
    sample = record()
    return {
        "apps.json": _document({"base_ms": BASE_MS, "apps": [app.policy() for app in _APPS]}),
        "templates.json": _document({app.appkey: app.console["templates"] for app in _APPS}),
        "state.jsonl": _lines(sample.state),
        "events.jsonl": _lines(sample.events),
        "malformed.jsonl": _lines(MALFORMED),
        "tokens.jsonl": _lines(sample.tokens),
        "expected.jsonl": _lines(sample.expected),
        "skipped.jsonl": _lines(sample.skipped),
    }


def _document(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _lines(records: Iterable[Any]) -> str:
    return "".join(json.dumps(entry, ensure_ascii=False, separators=(",", ":")) + "\n" for entry in records)


def main() -> None:
    """Write the files into a folder, by default the one this program is in."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="folder to write to")
    folder = parser.parse_args().out
    for name, content in files().items():
        (folder / name).write_bytes(content.encode())


if __name__ == "__main__":
    main()
