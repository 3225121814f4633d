"""pyfcm as its authors shipped it, requests and error mapping included, against the fake FCM."""

from collections.abc import Iterator

import pytest
from pyfcm import FCMNotification
from pyfcm.errors import FCMNotRegisteredError, FCMSenderIdMismatchError, InvalidDataError

from tests.crosscheck.place import Place


@pytest.fixture
def pyfcm(place: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[FCMNotification]:
    """The library, whose address is a class attribute; requests reads its authorities from the environment."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(place.ca_file))
    monkeypatch.setenv("NO_PROXY", "localhost")
    base = {"FCM_END_POINT_BASE": f"{place.simulator.endpoints['fcm']}/v1/projects"}
    known = place.credentials["fcm"]
    library = type("Client", (FCMNotification,), base)(known["service_account_file"], known["project_id"])
    yield library
    library.requests_session.close()


def test_an_accepted_message_has_the_ledger_s_name(place: Place, pyfcm: FCMNotification) -> None:
    """Google's own credentials library is given an access token, and the answer's name is the ledger's."""
    answer = pyfcm.notify(fcm_token="p-good", notification_title="A", notification_body="B", data_payload={"k": "v"})
    (entry,) = place.entries("fcm")
    assert (entry.token, entry.outcome, {"name": entry.vendor_id}) == ("p-good", "accepted", answer)
    assert entry.payload == {"notification": {"title": "A", "body": "B"}, "data": {"k": "v"}}


@pytest.mark.parametrize(
    ("fate", "error", "outcome"),
    [
        ("unregistered", FCMNotRegisteredError, "UNREGISTERED"),
        ("sender_id_mismatch", FCMSenderIdMismatchError, "SENDER_ID_MISMATCH"),
        ("invalid", InvalidDataError, "INVALID_ARGUMENT"),
    ],
)
def test_a_refusal_is_its_own_error(
    place: Place, pyfcm: FCMNotification, fate: str, error: type[Exception], outcome: str
) -> None:
    """Each refusal is told apart as the library's authors tell Google's."""
    token = place.set_token("fcm", f"p-{fate}", fate)
    with pytest.raises(error):
        pyfcm.notify(fcm_token=token, notification_body="B")
    assert place.outcomes("fcm") == {token: outcome}
