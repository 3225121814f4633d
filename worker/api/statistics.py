"""How many pushes were accepted, failed and arrived, by day: ``GET /push/data/offline-push/…``.

https://doc.easemob.com/document/server-side/push_result_statistics.html
"""

from collections import Counter
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel

from worker.api.answers import Answer, answers
from worker.api.caller_first import CallerFirst
from worker.api.callers import AppCaller
from worker.api.envelope import envelope
from worker.api.forms import DAY
from worker.api.paths import APP
from worker.api.refusals import invalid
from worker.store.statistics import Counts, StatisticsStore

Platform = Literal["ALL", "APNS", "ANDROID", "XIAOMIPUSH", "HUAWEIPUSH", "MEIZUPUSH", "OPPOPUSH", "VIVOPUSH", "HONOR"]
#: Platforms as Easemob names them -> providers as we do. Of the others there is nothing to count.
_PROVIDERS = {"APNS": "apns", "ANDROID": "fcm", "HUAWEIPUSH": "huawei"}
#: First word of an outcome that ends a push -> what it counts as. The other outcomes end nothing, or nothing was sent.
_COUNTED = {
    "accepted": "successCount",
    "rejected": "failCount",
    "given_up": "failCount",
    "uncertain": "failCount",
    "delivered": "arriveCount",
}
_MOST_DAYS = 31
_PATH = f"{APP}/push/data/offline-push/begin/{{begin}}/end/{{end}}"
#: pydantic's own dates would be numbers of seconds, too.
Day = Annotated[str, Path(pattern=DAY, json_schema_extra={"format": "date"})]
_ALL = "ALL"


class Tally(BaseModel):
    """Of one day and platform."""

    successCount: int  # noqa: N815 - Easemob's
    failCount: int  # noqa: N815 - Easemob's
    arriveCount: int  # noqa: N815 - Easemob's


class Statistics(Answer[dict[str, dict[str, Tally]]]):
    """By day and platform."""

    status: Literal["OK"]


def router(store: StatisticsStore) -> APIRouter:
    """Return the route."""
    routes = APIRouter(tags=["statistics"], route_class=CallerFirst)

    @routes.get(_PATH, **answers(Statistics))
    async def of_days(
        appkey: AppCaller, begin: Day, end: Day, request: Request, platform: Platform = "ALL"
    ) -> dict[str, Any]:
        """Count the pushes of up to 31 days (UTC), both ends included. Only Huawei reports arrivals."""
        days = _days(begin, end)
        platforms = list(_PROVIDERS) if platform == _ALL else [platform]
        counts = await store.of_days(appkey, days)
        data = {day: {name: _tally(found, name) for name in platforms} for day, found in zip(days, counts, strict=True)}
        return envelope(request, appkey, data=data, status="OK")

    return routes


def _days(begin: str, end: str) -> list[str]:
    first = _date(begin, "begin")
    number = (_date(end, "end") - first).days + 1
    if not 1 <= number <= _MOST_DAYS:
        raise invalid("end", f"(must be 0 to {_MOST_DAYS - 1} days after begin)")
    return [(first + timedelta(day)).isoformat() for day in range(number)]


def _date(text: str, name: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise invalid(name, "(there is no such day)") from None


def _tally(counts: Counts, platform: str) -> dict[str, int]:
    totals = Counter(dict.fromkeys(_COUNTED.values(), 0))
    for name, count in counts.items():
        provider, _, outcome = name.partition(":")
        kind = _COUNTED.get(outcome.partition(":")[0])
        if kind and provider == _PROVIDERS.get(platform):
            totals[kind] += count
    return dict(totals)
