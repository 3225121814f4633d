"""The devices a fake vendor knows: push token -> what became of it."""

from collections.abc import Set as AbstractSet

VALID = "valid"


class TokenStates:
    """The states of push tokens.

    Args:
        states: the closed list of state names of this vendor.
        unknown: the state of a token nobody set; ``VALID`` accepts strangers.
    """

    def __init__(self, states: AbstractSet[str], unknown: str) -> None:
        self._states = states
        self._unknown = unknown
        self._tokens: dict[str, str] = {}

    def put(self, token: str, state: str) -> None:
        """Remember a token's state; raise ValueError for a state this vendor does not have."""
        if state not in self._states:
            raise ValueError(f"unknown token state {state!r}; one of {', '.join(sorted(self._states))}")
        self._tokens[token] = state

    def of(self, token: str) -> str:
        """Return a token's state."""
        return self._tokens.get(token, self._unknown)
