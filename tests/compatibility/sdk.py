"""A Web SDK in a process of its own, and users who are logged in to it."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.integration.eventually import eventually
from tests.loopback import ask
from worker.processes import Children

FOLDER = Path(__file__).parent
#: Whose page the SDK believes to be on: every request of it crosses origins.
ORIGIN = "http://page.example"
#: The SDK gives up after 15 s; a call that takes longer never settles.
_PATIENCE_S = 20.0


@dataclass(frozen=True, slots=True)
class Answer:
    """How a call ended: ``resolved``, ``rejected`` or ``threw``; and with what."""

    outcome: str
    value: Any


@dataclass(frozen=True, slots=True)
class Sdk:
    """One package; it takes calls of any number of users."""

    package: str
    port: int

    def call(self, login: dict[str, str], method: str, *args: Any) -> Answer:
        """Call a method of a connection.

        Raises:
            httpx.ReadTimeout: the SDK's promise did not settle.
        """
        job = {"login": login, "method": method, "args": args}
        answer = ask("POST", f"http://127.0.0.1:{self.port}", json=job, timeout=_PATIENCE_S)
        return Answer(**answer.json())


@dataclass(frozen=True, slots=True)
class Client:
    """One user's app."""

    sdk: Sdk
    api: str
    user: str
    token: str
    appkey: str = "org#app"
    resource: str = "webim_device_1"

    @property
    def login(self) -> dict[str, str]:
        """What login.js takes."""
        names = ("api", "user", "token", "appkey", "resource")
        return {name: getattr(self, name) for name in names}

    def call(self, method: str, *args: Any) -> Answer:
        """Call a method; return how it ended."""
        return self.sdk.call(self.login, method, *args)

    def many(self, number: int, method: str, *args: Any) -> list[Answer]:
        """Call a method many times at once; return how each call ended."""
        with ThreadPoolExecutor(number) as callers:
            return list(callers.map(lambda _: self.call(method, *args), range(number)))

    def done(self, method: str, *args: Any) -> Any:
        """Call a method that must resolve as the SDK's own success; return its ``data``, which some have not."""
        answer = self.call(method, *args)
        assert answer.outcome == "resolved", answer
        assert answer.value["type"] == 0
        return answer.value.get("data")

    def rejected(self, method: str, *args: Any) -> tuple[int, str]:
        """Call a method that must be rejected; return the SDK's error type and message."""
        answer = self.call(method, *args)
        assert answer.outcome == "rejected", answer
        return answer.value["type"], answer.value["message"]

    def threw(self, method: str, *args: Any) -> str:
        """Call a method that the SDK must refuse by itself, without a request; return its message."""
        answer = self.call(method, *args)
        assert answer.outcome == "threw", answer
        return str(answer.value["message"])

    def on(self, **changes: Any) -> "Client":
        """Return the same user elsewhere: another device, another server, another token."""
        return replace(self, **changes)


@contextmanager
def running_sdk(children: Children, package: str, folder: Path) -> Iterator[Sdk]:
    """Run an SDK for the length of the block."""
    log = folder / f"{package}.log"
    # A proxy would be asked for addresses that exist only here.
    kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    with log.open("wb") as output:
        command = ["node", str(FOLDER / "sdk.cjs"), package, ORIGIN]
        process = children.start(command, stdout=output, stderr=output, env=kept)
    try:
        yield Sdk(package, int(eventually(log.read_text, lambda text: text.endswith("\n"), 30)))
    finally:
        children.stop(process)
