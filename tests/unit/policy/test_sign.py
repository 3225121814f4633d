"""What outcomes say about a channel."""

from hypothesis import given
from hypothesis import strategies as st

from policy.sign import PARTIAL, Sign, sign_of_refusal, sign_of_request


def test_a_refusal_blames_the_channel() -> None:
    """Credentials, rights and addresses are the whole channel's."""
    assert sign_of_refusal("apns", "InvalidProviderToken") is Sign.MISCONFIGURED
    assert sign_of_refusal("huawei", "80300002") is Sign.MISCONFIGURED


def test_a_refusal_about_a_part_leaves_the_rest_alone() -> None:
    """A wrong APNs key inside a Firebase project does not stop Android."""
    assert sign_of_refusal("fcm", "THIRD_PARTY_AUTH_ERROR") is Sign.GOOD
    assert {sign_of_refusal(*row) for row in PARTIAL} == {Sign.GOOD}


def test_a_request_with_one_good_answer_is_good() -> None:
    """A partial success shows a healthy channel; without one the most telling sign counts."""
    assert sign_of_request([Sign.FAILED, Sign.GOOD, Sign.MISCONFIGURED]) is Sign.GOOD
    assert sign_of_request([Sign.FAILED, Sign.THROTTLED]) is Sign.THROTTLED
    assert sign_of_request([Sign.UNKNOWN, Sign.FAILED]) is Sign.FAILED
    assert sign_of_request([]) is Sign.UNKNOWN


@given(signs=st.lists(st.sampled_from(Sign), min_size=1))
def test_the_order_of_the_pushes_does_not_matter(signs: list[Sign]) -> None:
    """The sign is one of those seen, whatever their order."""
    assert sign_of_request(signs) is sign_of_request(reversed(signs))
    assert sign_of_request(signs) in signs
