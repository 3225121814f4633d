"""What a person wants to see after the demo, and the same as data."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from worker.demo.sample import Sample
from worker.demo.screens import screen_of
from worker.demo.verdict import Evidence, Verdict

_PHONES, _DARK, _DIFFERENCES = 6, 8, 20
_ICONS = {"apns": "APNs", "fcm": "FCM", "huawei": "Huawei"}


@dataclass(frozen=True, slots=True)
class Report:
    """Everything the play found."""

    sample: Sample
    evidence: Evidence
    #: When each message was added to the stream, milliseconds since 1970.
    added_ms: dict[str, int]
    verdict: Verdict
    seconds: float


def data(report: Report) -> dict[str, Any]:
    """Return the report for ``--json``."""
    verdict = report.verdict
    return {
        "ok": verdict.is_exact,
        "seconds": round(report.seconds, 2),
        "events": len(report.sample.events),
        "malformed": len(report.sample.malformed),
        "dead_letters": len(report.evidence.dead_letters),
        "decisions": dict(reasons(report)),
        "vendors": vendors(report),
        "latency_ms": latency(report),
        "missing": verdict.missing,
        "twice": verdict.twice,
        "extra": verdict.extra,
        "phones": list(phones(report)),
        "dark": list(dark(report)),
        "pushes": [_push(entry) for entry in report.evidence.ledger],
    }


def show(report: Report, console: Console) -> None:
    """Print the report for people."""
    console.print(_reasons_table(report))
    console.print(_vendors_table(report))
    spread = latency(report)
    console.print(f"From XADD to the vendor: p50 {spread['p50']} ms, p99 {spread['p99']} ms\n")
    for phone in phones(report):
        console.print(_lock_screen(phone))
    console.print(_dark_table(report))
    console.print(_conclusion(report))


def reasons(report: Report) -> list[tuple[str, int]]:
    """Return how many receivers had each reason, the most frequent first."""
    return Counter(record["reason"] for record in report.evidence.records).most_common()


def vendors(report: Report) -> dict[str, dict[str, int]]:
    """Return for each vendor how many pushes it accepted and rejected, and how many tokens were retired."""
    names = {each["token"]: each["vendor"] for each in report.sample.tokens}
    retired = Counter(names.get(token, "") for token in report.evidence.retired)
    outcomes = Counter((entry["vendor"], entry["outcome"] == "accepted") for entry in report.evidence.ledger)
    return {
        vendor: {"accepted": outcomes[vendor, True], "rejected": outcomes[vendor, False], "retired": retired[vendor]}
        for vendor in _ICONS
    }


def latency(report: Report) -> dict[str, float]:
    """Return p50 and p99 from XADD to the request's arrival at the vendor, in milliseconds."""
    delays = sorted(
        entry["at"] * 1000 - report.added_ms[msg_id]
        for entry in report.evidence.ledger
        if (msg_id := screen_of(entry).msg_id) in report.added_ms
    )
    if not delays:
        return {"p50": 0.0, "p99": 0.0}
    return {name: round(delays[int(len(delays) * share)], 1) for name, share in (("p50", 0.5), ("p99", 0.99))}


def phones(report: Report) -> Iterator[dict[str, Any]]:
    """Yield lock screens: the first push in each language, on whatever phone it lit."""
    owners = _owners(report.sample)
    languages = {(push["msg_id"], push["user"]): push["language"] for push in report.sample.pushes}
    seen: set[str] = set()
    for entry in report.evidence.ledger:
        screen, (user, device) = screen_of(entry), owners[entry["token"]]
        language = languages.get((screen.msg_id, user), "original").lower()
        if language not in seen and entry["outcome"] == "accepted" and len(seen) < _PHONES:
            seen.add(language)
            shown = screen._asdict() | {"language": language}
            yield {"user": user, "device_id": device, "vendor": entry["vendor"]} | shown


def dark(report: Report) -> Iterator[dict[str, Any]]:
    """Yield one receiver for each reason that kept phones dark, with the deciding rule's because."""
    first: dict[str, dict[str, Any]] = {}
    for record in report.evidence.records:
        if record["outcome"] == "suppress":
            first.setdefault(record["reason"], record)
    for reason, record in islice(first.items(), _DARK):
        because = next(row["because"] for row in record["trace"] if row["verdict"] == "suppress")
        yield {"user": record["user"], "msg_id": record["msg_id"], "reason": reason, "because": because}


def _push(entry: dict[str, Any]) -> dict[str, Any]:
    members = ("vendor", "token", "outcome", "vendor_id", "collapse_id")
    return {name: entry[name] for name in members} | screen_of(entry)._asdict()


def _owners(sample: Sample) -> dict[str, tuple[str, str]]:
    return {
        device["token"]: (record["user"], device["device_id"])
        for record in sample.state
        for device in record.get("devices", [])
        if device["token"]
    }


def _reasons_table(report: Report) -> Table:
    table = Table("reason", "receivers", title="Decisions", title_justify="left")
    for reason, count in reasons(report):
        table.add_row(reason, str(count), style="green" if reason == "pushed" else None)
    return table


def _vendors_table(report: Report) -> Table:
    table = Table("vendor", "accepted", "rejected", "tokens retired", title="Vendors", title_justify="left")
    for vendor, counts in vendors(report).items():
        table.add_row(_ICONS[vendor], *(str(count) for count in counts.values()))
    return table


def _lock_screen(phone: dict[str, Any]) -> Panel:
    language = "" if phone["language"] == "original" else f", {phone['language']}"
    title = f"{phone['user']}'s {phone['device_id']} ({_ICONS[phone['vendor']]}{language})"
    text = f"[bold]{escape(phone['title'])}[/]\n{escape(phone['body'])}"
    return Panel(text, title=escape(title), subtitle=f"badge {phone['badge']}", title_align="left", width=60)


def _dark_table(report: Report) -> Table:
    table = Table("user", "reason", "because", title="Why not", title_justify="left")
    for row in dark(report):
        table.add_row(row["user"], row["reason"], escape(row["because"]))
    return table


def _conclusion(report: Report) -> str:
    verdict, pushes = report.verdict, len(report.evidence.ledger)
    if verdict.is_exact:
        return (
            f"[bold green]Exact:[/] {pushes} pushes of {len(report.sample.pushes)} expected, none missing, none twice, "
            f"none extra; {len(report.evidence.records)} decisions as expected, {len(report.evidence.dead_letters)} "
            f"malformed entries in the dead letters; {report.seconds:.1f} s"
        )
    differences = [
        f"{kind}: {item}"
        for kind, items in (("missing", verdict.missing), ("twice", verdict.twice), ("extra", verdict.extra))
        for item in items
    ]
    return "\n".join(["[bold red]Not as expected:[/]", *map(escape, differences[:_DIFFERENCES])])
