"""Tables and texts on standard output."""

import sys
from io import StringIO
from typing import Any

from rich.console import Console


def say(*what: Any) -> None:
    """Print tables and texts, each on lines of its own."""
    if not what:
        return
    # Not to stdout itself: rich would take a reader who has seen enough for a failure.
    text = StringIO()
    Console(file=text, width=Console().width, highlight=False).print(*what, sep="\n")
    sys.stdout.write(text.getvalue())
