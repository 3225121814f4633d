"""Callers of the API: two apps with credentials, one without, and the tokens of all of them."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr

from tests.integration.configuration import APPKEY
from worker.clock import wall_clock
from worker.tokens import Authority

#: The current secret, and the one before, which is still accepted.
SECRET, OLD_SECRET = "YXA6-the-current-secret", "YXA6-the-secret-of-before"
CLIENT_ID = "YXA6-the-client"
OTHER_APPKEY, OTHER_SECRET = "org#other", "YXA6-the-secret-of-another-app"
#: Configured, and nobody's credentials.
BARE_APPKEY = "org#bare"


def credentials(folder: Path) -> dict[str, str]:
    """Write the secret files; return the keys of the app."""
    (folder / "client-secret").write_text(f"{SECRET}\n{OLD_SECRET}\n")
    (folder / "other-client-secret").write_text(f"{OTHER_SECRET}\n")
    return {"client_id": CLIENT_ID, "client_secret_file": "client-secret"}


def add_other_apps(configuration: Path) -> None:
    """Add an app with credentials of its own, and one without."""
    with configuration.open("a") as file:
        file.write(f'[apps."{OTHER_APPKEY}"]\nclient_id = "other"\nclient_secret_file = "other-client-secret"\n')
        file.write(f'[apps."{BARE_APPKEY}"]\n')


def lift_the_rate(configuration: Path) -> None:
    """Let a test ask as quickly as it can."""
    with configuration.open("a") as file:
        file.write("[api]\nrate_per_s = 100000\n")


def token(
    user: str | None = None, *, appkey: str = APPKEY, secret: str = SECRET, ttl_s: int = 600, age_s: int = 0
) -> str:
    """Return a token as the API would have given it ``age_s`` ago."""
    return Authority(appkey, CLIENT_ID, [SecretStr(secret)]).mint(user, ttl_s, wall_clock() - age_s * 1000)


def bearer(text: str) -> Mapping[str, str]:
    """Return the header that carries a token."""
    return {"authorization": f"Bearer {text}"}
