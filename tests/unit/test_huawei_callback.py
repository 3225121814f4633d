"""Who may post delivery receipts: Huawei's signature, by Huawei's page and nobody else's code."""

import base64
import hashlib
import hmac

import pytest

from providers.huawei_callback import TOLERANCE_MS, Caller

NOW = 1_790_000_000_000
USER, NONCE = "im-receipts", "a07bfa17-6d82-4b53-a9a2-07cfef5ceef1"
#: Base64 too, as generated keys are.
SECRET = base64.b64encode(bytes(range(36))).decode()
CALLER = Caller(USER, SECRET)


def header(*, key: bytes = SECRET.encode(), at: int | str = NOW, user: str = USER, form: str = "{}; {}; {}") -> str:
    """Return a header as Huawei describes it."""
    value = base64.b64encode(hmac.new(key, f"{at}{NONCE}{user}".encode(), hashlib.sha256).digest()).decode()
    return form.format(f"timestamp={at}", f"nonce={NONCE}", f"value={value}")


@pytest.mark.parametrize("key", [SECRET.encode(), base64.b64decode(SECRET)], ids=["text", "base64"])
@pytest.mark.parametrize("form", ["{}; {}; {}", "{};{};{}", " {} ; {} ; {} ", "{1}; {2}; {0}"])
def test_a_signed_header_is_known(key: bytes, form: str) -> None:
    """Both meanings of a callback key count, in both spellings of Huawei's samples and in any order."""
    assert CALLER.has_signed(header(key=key, form=form), NOW)


def test_a_known_value() -> None:
    """The value is the one that openssl computes of the same text and key."""
    caller = Caller("user", "key")
    value = "AzdnnRbaPkUNsg7/r9yViFd1F56CL00Hf9NCMOIo8/o="
    text = f"timestamp={NOW}; nonce=n; value={value}"
    assert caller.has_signed(text, NOW)


def test_a_key_that_is_no_base64() -> None:
    """A key of the operator's own choice is taken as text, whatever its letters."""
    key = "回调密钥 !"
    assert Caller(USER, key).has_signed(header(key=key.encode()), NOW)


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "nonsense",
        "timestamp=; nonce=; value=",
        header(key=b"another"),
        header(user="another"),
        header().replace("a07b", "a07c"),
        header().replace(str(NOW), str(NOW + 1)),
        header().removesuffix("="),
        header(form="{}; {}"),
        header(form="{1}; {2}"),
        header(at=f"{NOW}.0"),
        header(at=f"+{NOW}"),
        header(at="١٧٩٠٠٠٠٠٠٠٠٠٠"),
        header(at="9" * 5000),
        header(form="{}; {}; value=\xe9"),
    ],
)
def test_anything_else_is_not(wrong: str) -> None:
    """A header that is missing, broken, of another key, user, nonce or time is refused, and never an exception."""
    assert not CALLER.has_signed(wrong, NOW)


@pytest.mark.parametrize(
    ("age_ms", "is_known"), [(0, True), (1, True), (TOLERANCE_MS, True), (TOLERANCE_MS + 1, False)]
)
@pytest.mark.parametrize("direction", [-1, 1])
def test_only_for_five_minutes(age_ms: int, is_known: bool, direction: int) -> None:
    """A header that was overheard is good for five minutes; clocks may be as far apart, either way."""
    assert CALLER.has_signed(header(at=NOW + direction * age_ms), NOW) is is_known


def test_the_key_is_in_no_text() -> None:
    """What is printed or logged of a caller does not hold its key."""
    assert SECRET not in repr(CALLER)
