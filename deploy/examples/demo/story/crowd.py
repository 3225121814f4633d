"""The crowds: many users of a few kinds, for the groups of 50, 51, 64 and 500."""

from itertools import cycle, islice, product
from typing import Any, Final

from story.clock import hours
from story.user import User

_FAMILY_NAMES = "chen wang zhang liu yang huang zhao wu zhou xu sun ma zhu hu guo he lin gao luo zheng liang song xie"
_GIVEN_NAMES = (
    "yutong zihan haoran xinyi yichen mengqi junjie ruoxi zixuan jiayi tianyu siqi wenbo keke xiaoyu ning lei "
    "yifan jing tong anqi rui"
)
_FIRST_NAMES = "alice bruno clara dario elsa finn greta hugo irma jakob karla liam nora oscar paula"
_SURNAMES = "fischer rossi novak"
RUNNER_COUNT: Final = 496
COLLEAGUE_COUNT: Final = 45

#: One row per kind of user; the crowd takes them in turns.
_KINDS: tuple[dict[str, Any], ...] = (
    {"devices": "iphone"},
    {"devices": "pixel"},
    {"devices": "mate", "view": "detail"},
    {"devices": "iphone", "view": "detail"},
    {"devices": "galaxy mate"},
    {"devices": "mate"},
    {"devices": "iphone", "usually": "not_mentioned", "settings": {"type": "AT"}},
    {"devices": "pixel", "view": "detail"},
    {"devices": ""},
    {"devices": "ipad matepad", "badge": 2},
    {"devices": "galaxy", "usually": "dnd_duration", "settings": {"ignoreDuration": hours(4)}},
    {"devices": "mate", "usually": "remind_none", "settings": {"type": "NONE"}},
    {"devices": "pixel", "view": "detail", "language": "en"},
)


def _crowd(families: str, given: str, count: int) -> tuple[User, ...]:
    names = (f"{first}_{last}" for first, last in product(given.split(), families.split()))
    return tuple(User(name, **kind) for name, kind in zip(islice(names, count), cycle(_KINDS), strict=False))


NIGHT_RUNNERS = _crowd(_FAMILY_NAMES, _GIVEN_NAMES, RUNNER_COUNT)
COLLEAGUES = _crowd(_SURNAMES, _FIRST_NAMES, COLLEAGUE_COUNT)
