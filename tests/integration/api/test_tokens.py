"""Getting tokens, using them, ending them."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import redis

from tests.integration.api.api_process import Api
from tests.integration.api.callers import BARE_APPKEY, CLIENT_ID, OLD_SECRET, OTHER_SECRET, SECRET, bearer, token
from worker.embedded import EmbeddedServer

PATH = "/org/app/token"
CREDENTIALS = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": SECRET}
OAUTH = "Unable to authenticate (OAuth)"


@pytest.fixture(autouse=True)
def clean(api: Api, redis_server: EmbeddedServer) -> Iterator[redis.Redis]:
    """An empty database for each test: nothing is revoked, no rate used, nobody guesses."""
    assert api.process.poll() is None
    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
        yield client


def said(answer: httpx.Response, status: int) -> str:
    """Return the description of a refusal; its shape is Easemob's."""
    body = answer.json()
    assert (answer.status_code, set(body)) == (
        status,
        {"error", "exception", "timestamp", "duration", "error_description"},
    )
    assert answer.headers["access-control-allow-origin"] == "*"
    return str(body["error_description"])


def inherit(api: Api, by: str, **members: Any) -> httpx.Response:
    """Ask for a user token."""
    return api.client.post(PATH, json={"grant_type": "inherit", **members}, headers=bearer(by))


def revoke(api: Api, by: str, path: str = PATH) -> httpx.Response:
    """Revoke what the path says."""
    return api.client.delete(path, headers=bearer(by))


def is_good(api: Api, text: str) -> bool:
    """Return whether a token is good: it can then revoke a user's, or is told that it may not."""
    answer = revoke(api, text, "/org/app/users/nobody/token")
    assert answer.status_code in {200, 401, 403}
    return answer.status_code != 401


def test_an_app_token(api: Api) -> None:
    """The credentials give one that works, for sixty days as Easemob's, with the app's id."""
    answer = api.client.post(PATH, json=CREDENTIALS)
    body = answer.json()
    assert (answer.status_code, set(body)) == (200, {"access_token", "expires_in", "application"})
    assert body["expires_in"] == 5_184_000
    assert is_good(api, body["access_token"])


def test_a_user_token(api: Api) -> None:
    """An app token gives one for a user, in lower case, for as long as asked; members we do not know are ignored."""
    answer = inherit(api, token(), username="Bob", ttl=90, autoCreateUser=True)
    body = answer.json()
    assert (answer.status_code, body["expires_in"], body["user"]) == (200, 90, {"username": "bob"})
    assert said(revoke(api, body["access_token"], "/org/app/users/bob/token"), 403) == "this needs an app token"


def test_the_secret_of_before(api: Api) -> None:
    """While it stands in the file it is accepted, and so are its tokens."""
    assert api.client.post(PATH, json=CREDENTIALS | {"client_secret": OLD_SECRET}).status_code == 200
    assert is_good(api, token(secret=OLD_SECRET))


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"client_secret": SECRET[:-1]}, PATH),
        ({"client_secret": ""}, PATH),
        ({"client_secret": OTHER_SECRET}, PATH),
        ({"client_id": "other"}, PATH),
        ({"client_id": ""}, PATH),
        ({}, "/org/other/token"),
        ({}, f"/{BARE_APPKEY.replace('#', '/')}/token"),
    ],
)
def test_wrong_credentials(api: Api, change: dict[str, str], path: str) -> None:
    """One answer for a wrong id, a wrong secret, another app's and an app without any."""
    answer = api.client.post(path, json=CREDENTIALS | change)
    assert said(answer, 401) == OAUTH
    assert SECRET not in api.log.read_text()


MALFORMED: dict[str, tuple[Any, str]] = {
    "no grant": ({}, "grant_type"),
    "another grant": ({"grant_type": "refresh_token"}, "grant_type"),
    "no ttl for ever": (CREDENTIALS | {"ttl": 0}, "ttl"),
    "too long": (CREDENTIALS | {"ttl": 31_536_001}, "ttl"),
    "half a second": (CREDENTIALS | {"ttl": 1.5}, "ttl"),
    "a flag": (CREDENTIALS | {"ttl": True}, "ttl"),
    "a number for a text": (CREDENTIALS | {"client_secret": 5}, "client_secret"),
    "a list": ([], "body"),
}


@pytest.mark.parametrize(("body", "field"), MALFORMED.values(), ids=list(MALFORMED))
def test_a_malformed_request(api: Api, body: Any, field: str) -> None:
    """400 with the name of the field, and without what was sent."""
    answer = api.client.post(PATH, json=body)
    text = said(answer, 400)
    assert text.startswith(f"parameters is invalid : {field} ")
    assert "refresh_token" not in text


@pytest.mark.parametrize("username", ["", " \n", "a\nb", "x" * 256, "org#app_"])
def test_nobody_is_called_so(api: Api, username: str) -> None:
    """A user token needs a user's name."""
    assert said(inherit(api, token(), username=username), 400).startswith("parameters is invalid : username")


def test_no_json(api: Api) -> None:
    """A body that is no JSON is told so in Easemob's words."""
    answer = api.client.post(PATH, content=b"{", headers={"content-type": "application/json"})
    assert said(answer, 400) == "Unexpected character."


def test_json_has_to_say_so(api: Api) -> None:
    """What curl makes of a body without the header is told what it lacks."""
    answer = api.client.post(PATH, content=json.dumps(CREDENTIALS), headers={"content-type": "text/plain"})
    assert "Content-Type: application/json" in said(answer, 400)


def test_the_methods_of_a_path(api: Api) -> None:
    """405 names all of them, whichever route has them."""
    answer = api.client.put(PATH)
    assert (said(answer, 405), answer.headers["allow"]) == ("Method Not Allowed", "DELETE, POST")


def test_passwords_are_refused(api: Api) -> None:
    """What the SDK sends when it opens with a password is answered with what to do instead."""
    body = {"grant_type": "password", "username": "bob", "password": "p", "timestamp": 1}
    answer = api.client.post(PATH, json=body)
    assert answer.json()["error"] == "unsupported_grant_type"
    assert "grant_type inherit" in said(answer, 400)


def test_only_an_app_token_inherits(api: Api) -> None:
    """A user can make no tokens, not even for itself; nor can nobody."""
    assert said(inherit(api, token("bob"), username="bob"), 403) == "this needs an app token"
    answer = api.client.post(PATH, json={"grant_type": "inherit", "username": "bob"})
    assert (said(answer, 401), answer.headers["www-authenticate"]) == (OAUTH, "Bearer")


def test_a_token_ends_itself(api: Api) -> None:
    """The token that asks is revoked, and no other."""
    mine, other = token("bob"), token("bob")
    assert revoke(api, mine).json() == {"status": "ok"}
    assert said(revoke(api, mine), 401) == OAUTH
    assert is_good(api, other)


def test_all_tokens_of_a_user_end(api: Api) -> None:
    """Those that were given until now, of that user; one that is given afterwards is good."""
    before, eve, admin = [token("bob"), token("bob", age_s=60)], token("eve"), token()
    assert revoke(api, admin, "/org/app/users/BOB/token").status_code == 200
    assert [is_good(api, text) for text in [*before, eve, admin]] == [False, False, True, True]
    assert is_good(api, inherit(api, admin, username="bob").json()["access_token"])


@pytest.mark.parametrize("user", ["a b", "a/b", "a?b", "a%2Fb", "鲍勃", "a#b"])
def test_any_user_has_a_path(api: Api, user: str) -> None:
    """An id is found in a path, URL-encoded, whatever it holds."""
    text = inherit(api, token(), username=user).json()["access_token"]
    assert revoke(api, token(), f"/org/app/users/{quote(user, safe='')}/token").status_code == 200
    assert not is_good(api, text)


def test_guesses_are_slowed_down(api: Api, clean: redis.Redis) -> None:
    """After twenty wrong secrets an address waits, even with the right one; another address does not."""
    wrong = CREDENTIALS | {"client_secret": "a-guess"}
    assert [api.client.post(PATH, json=wrong).status_code for _ in range(20)] == [401] * 20
    barred = api.client.post(PATH, json=CREDENTIALS)
    assert "The request has reached the maximum limit" in said(barred, 429)
    assert int(barred.headers["retry-after"]) >= 1
    elsewhere = {"x-forwarded-for": "192.0.2.7"}
    assert api.client.post(PATH, json=CREDENTIALS, headers=elsewhere).status_code == 200
    # As if the wait were over.
    (key,) = clean.keys("push:{p0}:attempts:*")
    clean.hset(key, "until", 0)
    assert api.client.post(PATH, json=CREDENTIALS).status_code == 200
    assert not clean.exists(key)


def test_a_network_is_one_caller(api: Api) -> None:
    """With IPv6 an address costs nothing, so that a whole /64 is slowed down."""
    wrong = CREDENTIALS | {"client_secret": "a-guess"}
    for number in range(20):
        api.client.post(PATH, json=wrong, headers={"x-forwarded-for": f"2001:db8::{number}"})
    assert api.client.post(PATH, json=wrong, headers={"x-forwarded-for": "2001:db8::ffff:1"}).status_code == 429
    assert api.client.post(PATH, json=wrong, headers={"x-forwarded-for": "2001:db8:0:1::1"}).status_code == 401


def test_the_rate_of_an_app(api: Api, clean: redis.Redis) -> None:
    """An app that has used up its requests is told so in the SDK's words and when to come again."""
    clean.set("push:{p0}:rate:org#app:token", 10**18, px=60_000)
    refused = revoke(api, token())
    assert "The request has reached the maximum limit" in said(refused, 429)
    assert int(refused.headers["retry-after"]) > 1
    other = token(appkey="org#other", secret=OTHER_SECRET)
    assert revoke(api, other, "/org/other/token").status_code == 200


def test_a_stranger_uses_no_rate(api: Api, clean: redis.Redis) -> None:
    """Requests without a genuine token are refused before they count."""
    for text in ("garbage", token(secret="another-secret-0000")):
        assert revoke(api, text).status_code == 401
    assert not clean.keys("*")


def test_requests_are_measured(api: Api) -> None:
    """By method, route and status, and never by what a caller can invent."""
    revoke(api, token(), "/org/app/users/some-user/token")
    api.client.request("PROPFIND", "/org/app/invented")
    text = api.client.get("/metrics").text
    route = 'offline_push_api_seconds_count{method="DELETE",route="/{org}/{app}/users/{user}/token",status="200"}'
    assert route in text
    assert 'offline_push_api_seconds_count{method="other",route="unknown",status="404"}' in text
    assert not [word for word in ("some-user", "PROPFIND", "invented") if word in text]


def test_tokens_stay_out_of_the_log(api: Api) -> None:
    """Neither what is given nor what is shown is written down, nor a query."""
    given = api.client.post(PATH, json=CREDENTIALS).json()["access_token"]
    shown = token("bob")
    api.client.delete(f"{PATH}?access_token={shown}", headers=bearer(shown))
    text = api.log.read_text()
    assert json.dumps(PATH) in text
    assert not [secret for secret in (given, shown, SECRET) if secret in text or secret.split(".")[-1] in text]
