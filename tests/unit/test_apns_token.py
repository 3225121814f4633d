import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from providers.apns_token import WINDOW_S, ProviderToken
from providers.credentials import CredentialError

KEY = ec.generate_private_key(ec.SECP256R1())
START = 1_790_400_000 // WINDOW_S * WINDOW_S


def pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    """Return a key as Apple ships it."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def token(now: float) -> ProviderToken:
    """Return a fresh holder, as a new process would have."""
    return ProviderToken(pem(KEY), "KEYID12345", "TEAM123456", clock=lambda: now)


def test_a_foreign_library_verifies_it() -> None:
    """A token is ES256, names key and team, and carries iat as a number of seconds."""
    scheme, value = token(START + 5)().split(" ")
    assert scheme == "bearer"
    assert jwt.get_unverified_header(value) == {"alg": "ES256", "kid": "KEYID12345"}
    assert jwt.decode(value, KEY.public_key(), algorithms=["ES256"], options={"verify_iat": False}) == {
        "iss": "TEAM123456",
        "iat": START,
    }


def test_every_process_makes_the_same_bytes() -> None:
    """Two holders that never spoke make byte-identical tokens throughout a window."""
    assert token(START)() == token(START + WINDOW_S - 0.001)()


def test_a_new_window_makes_a_new_token() -> None:
    """A token changes exactly at the window's end, so it is never 60 minutes old nor renewed within 20."""
    now = [float(START)]
    holder = ProviderToken(pem(KEY), "KEYID12345", "TEAM123456", clock=lambda: now[0])
    first = holder()
    now[0] = START + WINDOW_S
    assert holder() != first
    assert holder() == token(START + WINDOW_S)()
    assert 20 * 60 <= WINDOW_S < 60 * 60


def test_it_is_signed_once_a_window() -> None:
    """Within a window the very same string object is handed out."""
    holder = token(START)
    assert holder() is holder()


def test_unknown_keys_are_refused() -> None:
    """A key of another kind, another curve or no key at all is a clear error that shows nothing of it."""
    wrong = [pem(rsa.generate_private_key(65537, 2048)), pem(ec.generate_private_key(ec.SECP384R1())), b"s3cret"]
    for key in wrong:
        with pytest.raises(CredentialError, match=r"^APNs key: ") as caught:
            ProviderToken(key, "K", "T")
        assert "s3cret" not in str(caught.value)
        assert "\n" not in str(caught.value)
