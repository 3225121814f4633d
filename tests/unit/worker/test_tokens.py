"""Tokens: who can make them, who can read them, when they end."""

import base64
import json
from pathlib import Path

import jwt
import pytest
from pydantic import SecretStr

from worker.config import load_config
from worker.config_faults import ConfigError
from worker.tokens import Authority, Claims, TokenFault, authorities

NOW_MS = 1_790_000_000_123
FIRST, SECOND = "the-first-secret-0000", "the-second-secret-000"


def of(appkey: str = "org#app", *secrets: str) -> Authority:
    """Return an app's authority."""
    return Authority(appkey, "client", [SecretStr(text) for text in secrets or (FIRST,)])


def claims(authority: Authority, text: str, now_ms: int = NOW_MS) -> Claims:
    """Return the claims of a token that must be genuine."""
    found = authority.read(text, now_ms)
    assert isinstance(found, Claims)
    return found


@pytest.mark.parametrize("user", [None, "bob", "鲍勃", ""])
def test_a_token_says_what_it_was_made_of(user: str | None) -> None:
    """App, user, and both times to the millisecond, which revocation compares."""
    found = claims(of(), of().mint(user, 60, NOW_MS))
    assert (found.appkey, found.user) == ("org#app", user)
    assert (found.issued_ms, found.expires_ms) == (NOW_MS, NOW_MS + 60_000)


def test_each_token_is_one_of_its_own() -> None:
    """Two of the same moment have different names: one can be revoked without the other."""
    first, second = (claims(of(), of().mint("bob", 60, NOW_MS)) for _ in range(2))
    assert first.identifier != second.identifier


def test_a_token_ends_on_time() -> None:
    """It is good for its last millisecond, and not for the next."""
    text = of().mint(None, 60, NOW_MS)
    assert claims(of(), text, NOW_MS + 59_999).expires_ms == NOW_MS + 60_000
    assert of().read(text, NOW_MS + 60_000) is TokenFault.EXPIRED


def test_the_secret_rotates() -> None:
    """With the new secret in front both are read and the new one signs; once the old one has gone its tokens have."""
    old, both, new = of("org#app", FIRST), of("org#app", SECOND, FIRST), of("org#app", SECOND)
    text = old.mint("bob", 60, NOW_MS)
    assert claims(both, text).user == "bob"
    assert claims(new, both.mint("bob", 60, NOW_MS)).user == "bob"
    assert new.read(text, NOW_MS) is TokenFault.FOREIGN


def test_another_app_s_token_is_foreign() -> None:
    """Even where both apps have the same secret: the key is made of the app key, too."""
    assert of("org#other").read(of().mint(None, 60, NOW_MS), NOW_MS) is TokenFault.FOREIGN


def test_the_secret_itself_signs_nothing() -> None:
    """What is signed with the client secret as it is, is foreign: the key is derived."""
    payload = {"app": "org#app", "jti": "x", "iat": NOW_MS / 1000, "exp": NOW_MS / 1000 + 60}
    text = jwt.encode(payload, FIRST.ljust(32, "0"), algorithm="HS256")
    assert of().read(text, NOW_MS) is TokenFault.FOREIGN


def unsigned(header: dict[str, str]) -> str:
    """Return a token with another header, and no signature or that of a genuine one."""
    _, payload, signature = of().mint(None, 60, NOW_MS).split(".")
    head = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()
    return f"{head}.{payload}." + ("" if header["alg"] == "none" else signature)


@pytest.mark.parametrize("algorithm", ["none", "None", "HS384", "HS512", "RS256", "nonsense"])
def test_no_other_algorithm_is_taken(algorithm: str) -> None:
    """The header cannot choose how it is judged."""
    assert isinstance(of().read(unsigned({"alg": algorithm, "typ": "JWT"}), NOW_MS), TokenFault)


@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_changed_token_is_none(part: int) -> None:
    """Whichever of the three parts another genuine token lends, the signature does not fit."""
    mine, other = (of().mint(user, 60, NOW_MS).split(".") for user in ("bob", "eve"))
    if part == 0:
        mine[0] = base64.urlsafe_b64encode(b'{"typ":"JWT","alg":"HS256"}').rstrip(b"=").decode()
    else:
        mine[part] = other[part]
    assert of().read(".".join(mine), NOW_MS) is TokenFault.FOREIGN


GARBAGE = ["", " ", "x", "..", "a.b.c", "eyJ.eyJ.eyJ", "\x00", "ü.ü.ü", "x" * 10_000, "YWMtA1B2C3D4.E5F6"]


@pytest.mark.parametrize("text", GARBAGE)
def test_garbage_is_no_token(text: str) -> None:
    """Whatever stands in the header is judged, and never an error of ours."""
    assert of().read(text, NOW_MS) is TokenFault.CORRUPT


STRANGE = [{}, {"exp": "soon"}, {"iat": -1}, {"exp": True}, {"user": 5}, {"jti": None}, {"app": ["org#app"]}]


@pytest.mark.parametrize("change", STRANGE, ids=str)
def test_strange_claims_are_no_token(change: dict[str, object]) -> None:
    """Claims of other types are refused although the signature is right."""
    payload = {"app": "org#app", "jti": "x", "iat": 1.0, "exp": 2e10} | change
    if not change:
        payload = {"app": "org#app"}
    text = jwt.encode(payload, of()._keys[0], algorithm="HS256")
    assert of().read(text, NOW_MS) is TokenFault.CORRUPT


@pytest.mark.parametrize(
    ("client_id", "secret", "is_right"),
    [
        ("client", FIRST, True),
        ("client", SECOND, True),
        ("client", FIRST + " ", False),
        ("client", "", False),
        ("clien", FIRST, False),
        ("", FIRST, False),
        ("客户", "秘密", False),
    ],
)
def test_credentials(client_id: str, secret: str, is_right: bool) -> None:
    """Id and one of the secrets, both whole."""
    assert of("org#app", FIRST, SECOND).is_client(client_id, secret) is is_right


def configured(folder: Path, secret: str) -> Path:
    """Write a configuration with a secret file."""
    (folder / "secret").write_text(secret)
    text = '[apps."org#app"]\nclient_id = "client"\nclient_secret_file = "secret"\n[apps."org#bare"]\n'
    (folder / "config.toml").write_text(text)
    return folder / "config.toml"


def test_authorities_come_from_secret_files(tmp_path: Path) -> None:
    """Each line is a secret, blank ones are nothing; an app without credentials has no authority."""
    found = authorities(load_config(configured(tmp_path, f"{FIRST}\n\n{SECOND}\n"), {}))
    assert list(found) == ["org#app"]
    assert found["org#app"].is_client("client", SECOND)


@pytest.mark.parametrize("secret", ["short", f"{FIRST}\nshort\n", " \n \n", "\n"])
def test_a_guessable_secret_is_refused(tmp_path: Path, secret: str) -> None:
    """One line with the file's name and without the secret."""
    with pytest.raises(ConfigError) as caught:
        authorities(load_config(configured(tmp_path, secret), {}))
    (fault,) = caught.value.faults
    assert "secret: " in fault
    assert "short" not in fault
