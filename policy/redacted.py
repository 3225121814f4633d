"""Records whose values stay out of logs and tracebacks: what people wrote, and device tokens."""

from typing import Any


class Redacted:
    """Mixed into a record, prints its type only: in ``repr`` and in rich's tracebacks."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Return the type's name."""
        return f"{type(self).__name__}(...)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Return nothing."""
        return []
