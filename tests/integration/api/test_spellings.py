"""What is one user's or one app's is out of reach of all others, however they spell a name."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import redis

from tests.integration.api.api_process import Api
from tests.integration.api.callers import OTHER_APPKEY, OTHER_SECRET, bearer, token
from tests.integration.api.operations import operations
from tests.integration.configuration import APPKEY
from worker.store.keys import Keys

#: Bob's, and in no answer to anybody else.
SECRET = "bobs-own"
KEY = Keys().user(APPKEY, "bob")
#: Bob as a path may have him, or somebody who looks like him.
SPELLINGS = (
    "bob",
    "BOB",
    "%62ob",
    "%42%4f%42",
    "bob%20",
    "%20bob",
    "bob%00",
    "bob%0a",
    "bob%c2%a0",
    "b%c2%adob",
    "bob%e2%80%8b",
    "%ef%bd%82%ef%bd%8f%ef%bd%82",
    "bo%62%cc%81",
    "b%d0%beb",
    "%ff%fe",
    "org%23app_bob",
    "ORG%23APP_BOB",
    "org%23app_bob%40easemob.com",
    "org%23app_bob%40easemob.com%2Fweb_1",
    "org%23app_org%23app_bob",
    "org%23other_bob",
    "eve%2F..%2Fbob",
    "eve/../bob",
    "eve%2f%2e%2e%2fbob",
    "./bob",
    "eve%00bob",
    "eve%ee%80%afbob",
    "bob%2F",
    "bob;x=1",
    "bob%3Fx",
    "bob%23",
    "bob/",
)
#: The app as a path may have it.
APPS = (
    "/org/app",
    "/org/%61pp",
    "/ORG/APP",
    "/org/other/../app",
    "/org%2Fapp/x",
    "//org/app",
    "/org/app%20",
    "/org%23/app",
)


@pytest.fixture
def bobs(api: Api, database: redis.Redis) -> Iterator[dict[bytes, bytes]]:
    """All that bob has set; it must be the same afterwards."""
    own, base = bearer(token("bob")), "/org/app/users/bob"
    for path, body in (
        ("", {"nickname": SECRET, "notification_display_style": 1}),
        ("/notification/user/bob", {"type": "AT", "ignoreInterval": "22:00-07:00"}),
        (f"/notification/chatgroup/{SECRET}", {"type": "NONE"}),
        ("/notification/language", {"translationLanguage": "zh-Hans"}),
        ("/push/binding", {"device_id": SECRET, "device_token": SECRET, "notifier_name": SECRET}),
    ):
        assert api.client.put(f"{base}{path}", json=body, headers=own).status_code == 200
    before: Any = database.hgetall(KEY)
    assert len(before) == 3
    yield before
    assert database.hgetall(KEY) == before


def raw(api: Api, method: str, path: str, body: Any, headers: Any) -> httpx.Response:
    """Send a request whose path is not touched."""
    url = api.client.base_url.copy_with(raw_path=path.encode("ascii"))
    return api.client.request(method, url, json=body, headers=headers)


#: Bodies that would change something, by the end of the path.
BODIES: dict[str, Any] = {
    "/{user}": {"nickname": "taken", "device_id": "d", "device_token": "taken", "notifier_name": "n"},
    "/{key}": {"type": "NONE", "ignoreDuration": 1_000},
    "/language": {"translationLanguage": "en"},
    "/template": {"templateName": "taken"},
    "/binding": {"device_id": SECRET, "device_token": "", "notifier_name": ""},
}
#: Whose tokens are tried.
STRANGERS = {
    "another user": lambda: token("eve"),
    "another app": lambda: token(appkey=OTHER_APPKEY, secret=OTHER_SECRET),
    "another app's bob": lambda: token("bob", appkey=OTHER_APPKEY, secret=OTHER_SECRET),
}


@pytest.mark.usefixtures("bobs")
@pytest.mark.parametrize("stranger", STRANGERS)
def test_a_user_by_any_spelling(api: Api, stranger: str) -> None:
    """Every route of a user with every spelling: nobody else reads or changes anything of bob's."""
    headers = bearer(STRANGERS[stranger]())
    for operation in operations(api):
        for spelling in SPELLINGS if "{user}" in operation.template else ():
            path = operation.url.replace("/users/bob", f"/users/{spelling}", 1)
            body = next((each for end, each in BODIES.items() if operation.template.endswith(end)), operation.body)
            answer = raw(api, operation.method, path, body if operation.method == "PUT" else None, headers)
            assert SECRET not in answer.text, f"{operation.method} {path}"
            assert answer.status_code in {400, 401, 403, 404, 405}, f"{operation.method} {path}: {answer.text}"


@pytest.mark.usefixtures("bobs")
def test_an_app_by_any_spelling(api: Api) -> None:
    """A token of another app opens nothing of this one, whatever its path is called."""
    headers = bearer(token(appkey=OTHER_APPKEY, secret=OTHER_SECRET))
    for operation in operations(api):
        for app in APPS:
            path = operation.url.replace("/org/app", app, 1)
            answer = raw(api, operation.method, path, operation.body, headers)
            assert SECRET not in answer.text, f"{operation.method} {path}"
            assert answer.status_code in {401, 404, 405}, f"{operation.method} {path}: {answer.text}"


@pytest.mark.usefixtures("bobs")
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_conversation_is_never_its_other_side(api: Api, spelling: str) -> None:
    """What eve sets of a conversation with bob is eve's alone, and shows nothing of bob's."""
    headers = bearer(token("eve"))
    for kind in ("user", "chatgroup"):
        path = f"/org/app/users/eve/notification/{kind}/{spelling}"
        for method, body in (("PUT", {"type": "NONE"}), ("GET", None)):
            answer = raw(api, method, path, body, headers)
            assert SECRET not in answer.text
            assert answer.status_code in {200, 400}, answer.text
        batch = raw(
            api, "GET", f"/org/app/users/eve/notification?user={spelling}&group={spelling},{SECRET}", None, headers
        )
        assert batch.status_code == 200
        assert SECRET not in batch.text


#: Names that an app's server may ask tokens for -> whether they are bob's: case and JIDs are, nothing else.
NAMES = {
    "Bob": True,
    "org#app_bob@easemob.com/web_1": True,
    "bob ": False,
    "b\u00adob": False,
    "bob\u200d": False,
    "\uff42\uff4f\uff42": False,
    "b\u043eb": False,
    "bo\u0062\u0301": False,
    "org#other_bob": False,
    "bob/": False,
    "eve/../bob": False,
    "bob\ue02f": False,
}


@pytest.mark.usefixtures("bobs")
@pytest.mark.parametrize(("name", "is_bob"), NAMES.items())
def test_a_token_for_a_name_that_looks_alike(api: Api, name: str, is_bob: bool) -> None:
    """Whoever registers under such a name at the app's server gets no token for bob, or no token at all."""
    grant = {"grant_type": "inherit", "username": name}
    answer = api.client.post("/org/app/token", json=grant, headers=bearer(token()))
    if answer.status_code == 400:
        return
    given = bearer(answer.json()["access_token"])
    assert (SECRET in api.client.get("/org/app/users/bob", headers=given).text) is is_bob
    own = api.client.get(f"/org/app/users/{quote(name, safe='')}", headers=given)
    assert own.status_code == 200
    assert (SECRET in own.text) is is_bob


def test_names_in_two_forms_of_unicode_are_two_users(api: Api) -> None:
    """Composed and decomposed letters are as different as they are for the server that sends the messages."""
    composed, decomposed = "jos\u00e9", "jose\u0301"
    path = f"/org/app/users/{quote(composed)}"
    assert api.client.put(path, json={"nickname": SECRET}, headers=bearer(token(composed))).status_code == 200
    assert api.client.get(path, headers=bearer(token(decomposed))).status_code == 403
    other = api.client.get(f"/org/app/users/{quote(decomposed)}", headers=bearer(token()))
    assert SECRET not in other.text
