"""A real browser without a window, which opens one page, and the listener to which the page reports."""

import json
import os
import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from typing import Any, Self

import pytest

from tests.compatibility.sdk import FOLDER
from worker.processes import Children

#: Debian's name, and that of others.
_NAMES = ("chromium", "chromium-browser", "google-chrome")
_OPTIONS = (
    "--headless=new",
    "--disable-gpu",
    "--no-first-run",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    # Nothing but this machine is there.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)
#: A browser's first start on a busy machine.
_PATIENCE_S = 60.0


def program() -> str:
    """Return the browser; skip when there is none."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        pytest.skip("chromium is not installed: no real browser to test with")
    return found


class Listener:
    """Serves a folder, as an origin of its own, and takes the page's report."""

    def __init__(self, folder: Path) -> None:
        self.reports = reports = Queue[Any]()

        class Handler(SimpleHTTPRequestHandler):
            """One request of the browser."""

            def __init__(self, *given: Any) -> None:
                super().__init__(*given, directory=str(folder))

            def do_POST(self) -> None:
                """Take a report."""
                reports.put(json.loads(self.rfile.read(int(self.headers["content-length"]))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://localhost:{self._server.server_port}"
        self.report = f"http://127.0.0.1:{self._server.server_port}/report"

    def __enter__(self) -> Self:
        """Take connections."""
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Take none any more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def browsing(children: Children, folder: Path, address: str) -> Iterator[None]:
    """Open a page for the length of the block, in a profile of its own."""
    profile = folder / "profile"
    # Only root needs to do without the sandbox, and only root is refused with it.
    options = [*_OPTIONS, f"--user-data-dir={profile}", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with (folder / "browser.log").open("wb") as log:
        process = children.start([program(), *options, address], stdout=log, stderr=log)
    try:
        yield
    finally:
        children.stop(process)


def reported(
    children: Children, folder: Path, place: str, package: str, calls: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """Open the page from ``place`` ("file" or "http"), which makes the calls; return its report."""
    site = folder / "site"
    site.mkdir()
    (script,) = (FOLDER / "node_modules" / package).glob("*-chat.js")
    for source, name in ((script, "sdk.js"), *((FOLDER / name, name) for name in ("page.html", "login.js", "page.js"))):
        shutil.copy(source, site / name)
    with Listener(site) as listener:
        (site / "job.js").write_text(f"const job = {json.dumps({'calls': calls, 'report': listener.report})};")
        root = site.as_uri() if place == "file" else listener.origin
        with browsing(children, folder, f"{root}/page.html"):
            found: dict[str, Any] = listener.reports.get(timeout=_PATIENCE_S)
            return found
