"""Promises about the curves: what is sent, and what is said of it."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.benchmarks.growth import mails
from tests.benchmarks.growth.__main__ import report
from tests.benchmarks.growth.connections import Alone
from tests.benchmarks.growth.dimensions import DIMENSIONS
from tests.benchmarks.growth.mail import Mail
from tests.benchmarks.growth.table import Samples, growths, lines, rows, target_lines
from tests.benchmarks.markdown import growth_lines
from tests.benchmarks.measure import Sample
from tests.benchmarks.sinks.book import Arrivals

_EXACT, _LOST = Arrivals(100, 0, 0, 0), Arrivals(99, 1, 0, 0)
_USERS = range(500, 540)
_MAILS: dict[str, Callable[[int, int], Mail]] = {
    "users": partial(mails.anywhere, 30),
    "overrides": partial(mails.singly, _USERS),
    "group": partial(mails.to_groups, _USERS, 12),
    "devices": partial(mails.to_devices, _USERS, 12),
    "apps": partial(mails.to_apps, ("org#a", "org#b", "org#c"), 5),
    "backlog": partial(mails.singly, _USERS),
    "translations": partial(mails.translated, _USERS, 10),
}


def _sample(cpu_us: float, redis_us: float = 0.0, arrivals: Arrivals = _EXACT) -> Sample:
    return Sample("users 1", 100, cpu_us, redis_us, 9.0, 0.5, 80_000_000, arrivals)


def _users(*last: Sample) -> Samples:
    return {"users": {10: [_sample(100.0), _sample(200.0)], 1000: list(last)}}


@pytest.mark.parametrize("name", DIMENSIONS)
def test_no_two_pushes_of_a_point_are_alike(name: str) -> None:
    """A turn has the notifications that were asked for, rounded up to whole messages, and none twice."""
    mail = _MAILS[name](3, 120)
    pushes = Counter(mail.pushes())
    assert pushes.total() == mail.count == 120
    assert set(pushes.values()) == {1}
    assert not set(pushes) & set(_MAILS[name](4, 120).pushes())
    assert _MAILS[name](3, 115).count in {115, 120}


def test_users_are_written_to_all_over() -> None:
    """Few of many users come twice in a turn, and they are far apart: neither caches nor order help."""
    tokens = [push.token for push in mails.anywhere(1_000_000, 7, 2_000).pushes()]
    numbers = sorted(int(token.removeprefix("01"), base=16) for token in set(tokens))
    assert len(numbers) > 1_950
    assert numbers[0] < 10_000
    assert numbers[-1] > 990_000


def test_a_ratio_is_to_the_smallest_in_the_same_round() -> None:
    """A round that was slow for both makes no growth; Redis counts in the second ratio only."""
    _, row = rows(_users(_sample(110.0, 40.0), _sample(220.0, 80.0)))
    assert row.ratio.median == pytest.approx(1.1)
    assert row.ratio_with_redis.median == pytest.approx(1.5)


@pytest.mark.parametrize(
    ("last", "verdict"),
    [
        (_sample(120.0), ""),
        (_sample(121.0), "missed"),
        (_sample(100.0, 21.0), "missed"),
        (_sample(100.0, arrivals=_LOST), "not exact"),
    ],
)
def test_growth_is_judged(last: Sample, verdict: str) -> None:
    """Beyond the target it is missed, by the worker or together with Redis; an inexact run says nothing good."""
    (growth,) = growths(rows({"users": {10: [_sample(100.0)], 1000: [last]}}))
    assert growth.verdict == verdict
    assert list(target_lines([growth.first, growth.last]))[1].endswith(verdict)


def test_markdown_gives_no_figure_of_an_inexact_run() -> None:
    """A table for readers has the ratio of exact runs, and of others that they were not."""
    exact, inexact = _users(_sample(105.0), _sample(210.0)), _users(_sample(1.0, arrivals=_LOST), _sample(2.0))
    assert "1.05 (1.05-1.05)" in list(growth_lines(rows(exact)))[2]
    assert list(growth_lines(rows(inexact)))[2].split(" | ")[3:] == ["not exact", "", "", " |"]


def test_the_tables_fit_into_eighty_columns() -> None:
    """Also with the largest figures that there are."""
    worst = [_sample(99_999.9, 9_999.9, _LOST)]
    samples = {name: dict.fromkeys(each.sizes, worst) for name, each in DIMENSIONS.items()}
    assert max(len(line) for line in [*lines(rows(samples)), *target_lines(rows(samples))]) <= 80


def test_what_was_left_out_is_named() -> None:
    """A point without samples is in the report with the reason."""
    assert "users 1,000: left out, no memory" in report(
        _users(_sample(1.0), _sample(1.0)), None, {"users 1,000": "no memory"}
    )


def test_what_no_worker_can_save_is_told_beside_the_apps() -> None:
    """What connections cost by themselves is a line of the report, which fits as well."""
    alone = Alone(200, [7.0, 8.0, 7.5], [30.0, 34.0, 32.0])
    (told,) = [line for line in report({}, alone, {}) if line.startswith("connections alone")]
    assert told == "connections alone, 1 to 200 (h2load): 7.5 → 32.0 µs a push, 4.27 times"
    assert len(told) <= 80


def test_every_dimension_is_in_the_readme() -> None:
    """The table of the README has the dimensions in the order of the run, their sizes and targets."""
    text = (Path(__file__).parents[2] / "benchmarks" / "README.md").read_text("utf-8")
    section = text.split("## As the work grows\n", 1)[1].split("\n## ", 1)[0].splitlines()
    told = [line.strip("| ").split(" | ")[:3] for line in section if line.startswith("| `")]
    assert told == [
        [f"`{name}`", "; ".join(f"{size:,}" for size in each.sizes), f"{each.most or '-'}"]
        for name, each in DIMENSIONS.items()
    ]
