"""What is kept of tokens that were found genuine, and what is not."""

from pydantic import SecretStr

from worker.tokens import Authority, Claims, TokenFault
from worker.verified_tokens import VerifiedTokens

NOW_MS, END_MS = 1_790_000_000_123, 1_790_000_060_123
SECRET = "the-first-secret-0000"


def authority(secret: str = SECRET) -> Authority:
    """Return an app's authority."""
    return Authority("org#app", "client", [SecretStr(secret)])


def test_a_token_that_is_shown_again_says_the_same() -> None:
    """Only its signature need not be looked at once more."""
    reader, text = authority(), authority().mint("bob", 60, NOW_MS)
    first = reader.read(text, NOW_MS)
    assert isinstance(first, Claims)
    assert reader.read(text, END_MS - 1) is first


def test_a_token_that_is_kept_ends_on_time_and_goes() -> None:
    """Having been genuine it is not good for a millisecond longer, nor does it stay in memory."""
    reader, text = authority(), authority().mint("bob", 60, NOW_MS)
    assert isinstance(reader.read(text, NOW_MS), Claims)
    assert reader.read(text, END_MS) is TokenFault.EXPIRED
    assert reader._verified.get(text) is None


def test_what_is_no_token_is_not_kept() -> None:
    """A stranger cannot fill the memory, and what was foreign once is judged anew."""
    reader = authority()
    for text in ("garbage", authority("another-secret-0000").mint("bob", 60, NOW_MS)):
        assert isinstance(reader.read(text, NOW_MS), TokenFault)
        assert reader._verified.get(text) is None


def test_it_holds_so_many() -> None:
    """The oldest makes way, and is simply judged anew."""
    kept: VerifiedTokens[int] = VerifiedTokens(most=3)
    for number in range(5):
        kept.add(f"token {number}", number)
    assert [kept.get(f"token {number}") for number in range(5)] == [None, None, 2, 3, 4]


def test_tokens_themselves_are_not_kept() -> None:
    """Whoever reads the memory of the process finds no token there that was shown before."""
    kept: VerifiedTokens[int] = VerifiedTokens()
    kept.add("a token", 1)
    assert "a token" not in str(vars(kept))
