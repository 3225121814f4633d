"""One entry of the flood: what is added to the stream, and what must become of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

#: The default of ``worker.max_event_bytes``, and so that of a run.
LIMIT = 524_288

#: Names and values of one stream entry, as they are sent: a name may come twice.
Fields = tuple[tuple[bytes, bytes], ...]


class Fate(Enum):
    """What must become of an entry, whatever the product's own code thinks of it."""

    DECIDED = "decided"
    BURIED = "buried"
    #: One of the two: the generator does not know what its random change has left of the entry.
    EITHER = "either"


@dataclass(frozen=True, slots=True)
class UserState:
    """What some other program wrote about a user just before the entry came.

    ``fields`` are those of the user's hash. ``command`` is a Redis command that puts a value of another type in its
    place, the key left out.
    """

    user: str
    fields: Mapping[str, bytes] = field(default_factory=dict)
    command: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sample:
    """Entry ``number`` of a flood, made by ``recipe``."""

    number: int
    recipe: str
    fields: Fields
    fate: Fate
    states: tuple[UserState, ...] = ()
