"""Whom the fake Push Kit lets in."""

from pathlib import Path
from typing import Any

import pytest

from providers.simulator.exchange import Reply
from tests.unit.simulator_huawei.bench import JSON, NOW, ORIGIN, Bench, answer


def test_an_access_token_expires_by_the_clock(tmp_path: Path) -> None:
    """An access token works until its last second, also beside a newer one, and is then 80200003."""
    bench = Bench(tmp_path, expires_in=3)
    document = {"message": {"token": ["a"], "data": "d"}}
    first = bench.bearer()
    bench.now = NOW + 2.9
    bench.bearer()
    assert answer(bench.post(document, authorization=first)) == (200, "80000000")
    bench.now = NOW + 3
    assert answer(bench.post(document, authorization=first)) == (401, "80200003")


def test_v3_takes_no_access_token(bench: Bench) -> None:
    """OAuth is for v1 and v2: under v3 a good access token is 80200001."""
    document = {"payload": {"x": 1}, "target": {"token": ["a"]}}
    assert answer(bench.post_v3(document, authorization=bench.usual_bearer)) == (401, "80200001")


@pytest.mark.parametrize("version", ["v1", "v2", "v3"])
@pytest.mark.parametrize("authorization", ["", "Bearer strange", "Bearer a.b.c", "Basic abc"])
def test_a_stranger_is_not_authenticated(bench: Bench, version: str, authorization: str) -> None:
    """Without a token of ours a send is 80200001 and nothing is written."""
    assert answer(bench.post({}, version, authorization=authorization)) == (401, "80200001")
    assert bench.ledger.entries() == []


def test_a_foreign_owner_in_the_url_is_not_authenticated(bench: Bench) -> None:
    """The URL names the app (v1) or the project (v2, v3) of the bearer, else 80200001."""
    app, project = bench.credentials["app_id"], bench.credentials["project_id"]
    for path in (f"/v1/{project}", f"/v2/{app}", f"/v3/{app}", "/v1/1"):
        reply = bench.call(f"{path}/messages:send", b"{}", authorization=bench.usual_jwt, content_type=JSON)
        assert answer(reply) == (401, "80200001")


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({"iat": NOW - 3600, "exp": NOW}, (401, "80200005")),
        ({"exp": NOW + 86_400}, (200, "80000000")),
        ({"exp": NOW + 86_401}, (400, "80300036")),
        ({"aud": f"{ORIGIN}/oauth2/v3/token"}, (401, "80200001")),
        ({"iss": "other"}, (401, "80200001")),
        ({"header": {"kid": "other"}}, (401, "80200001")),
        ({"algorithm": "RS256"}, (401, "80200001")),
    ],
)
def test_a_jwt_is_judged_by_its_claims(bench: Bench, claims: dict[str, Any], expected: tuple[int, str]) -> None:
    """Expired is 80200005, over a day 80300036, and a wrong issuer, audience, key or algorithm 80200001."""
    document = {"payload": {"x": 1}, "target": {"token": ["a"]}}
    assert answer(bench.post_v3(document, authorization=bench.jwt(**claims))) == expected


def test_an_unknown_path_or_method_is_404(bench: Bench) -> None:
    """Other paths, versions and methods are 404 without a body."""
    paths = ("/v4/1/messages:send", "/v1/1/messages", "/oauth2/v2/token")
    replies = [bench.call(path, b"") for path in paths]
    replies.append(bench.call(f"/v1/{bench.credentials['app_id']}/messages:send", b"", "GET"))
    assert replies == [Reply(404)] * 4
