"""A page in a real browser changes a setting across origins, and the worker keeps to it."""

from pathlib import Path
from typing import Any

import pytest

from tests.compatibility import browser
from tests.compatibility.phone import phone_of
from tests.compatibility.sdk import Client
from tests.compatibility.server import Server
from tests.compatibility.test_silent_mode import duration
from tests.integration.api.api_process import Api
from tests.integration.deployment import Deployment, fresh
from worker.processes import Children


@pytest.fixture(autouse=True)
def _chromium() -> None:
    """Nothing is started in vain."""
    browser.program()


def calls(client: Client, *wanted: tuple[str, *tuple[Any, ...]]) -> list[dict[str, Any]]:
    """Return calls as the page takes them."""
    return [{"login": client.login, "method": method, "args": args} for method, *args in wanted]


@pytest.mark.parametrize("place", ["file", "http"])
def test_a_page_silences_the_worker(
    bob: Client, server: Server, deployment: Deployment, session_children: Children, tmp_path: Path, place: str
) -> None:
    """From a local file (which is of no origin at all) and from another origin: set, read back, and no push comes."""
    phone = phone_of(bob, server, deployment)
    phone.meets("loud")
    wanted = calls(bob, ("setSilentModeForAll", duration(3_600_000)), ("getSilentModeForAll",))
    report = browser.reported(session_children, tmp_path, place, bob.sdk.package, wanted)
    written, read = (answer["value"]["data"] for answer in report["answers"])
    assert written == read == bob.done("getSilentModeForAll")
    assert report["origin"] == "null" if place == "file" else report["origin"].startswith("http://localhost:")
    phone.meets("silent")
    assert phone.texts == ["alice: loud"]


def test_a_page_learns_why_it_is_refused(
    bob: Client, server: Server, session_children: Children, tmp_path: Path
) -> None:
    """A browser hides an answer without CORS headers, the SDK then hangs or says nothing: refusals have them too."""
    eve = bob.on(token=server.user_token(fresh("eve")))
    nowhere, nobody = bob.on(appkey="org#nowhere"), bob.on(token="garbage")
    setting = ("setSilentModeForAll", duration(-5))
    wanted = [call for client in (bob, eve, nowhere, nobody) for call in calls(client, setting)]
    wanted += calls(bob, ("updateCurrentUserNick", "x" * 3_000_000))
    report = browser.reported(session_children, tmp_path, "file", bob.sdk.package, wanted)
    invalid, denied, unknown, unauthorized, too_long = (answer["value"] for answer in report["answers"])
    assert (invalid["type"], denied["type"], too_long["type"]) == (17, 603, 17)
    assert "ignoreDuration" in invalid["message"]
    assert "org/nowhere" in unknown["message"]
    assert unauthorized["type"] in (17, 52)


def test_the_browser_asks_first(bob: Client, api_process: Api, session_children: Children, tmp_path: Path) -> None:
    """It sends the preflight that CORS demands, once for several calls of one kind: it is told how long it holds."""
    seen = api_process.log.read_text().count('"OPTIONS"')
    wanted = calls(bob, *[("getSilentModeForAll",)] * 5)
    browser.reported(session_children, tmp_path, "http", bob.sdk.package, wanted)
    assert api_process.log.read_text().count('"OPTIONS"') - seen == 1
