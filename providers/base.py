"""The port every vendor adapter implements."""

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

from providers.notification import Notification
from providers.result import Result


class Provider(Protocol):
    """One channel of one vendor: a certificate, a key or a service account.

    ``send`` always returns a Result within ``deadline`` seconds (plus scheduling); it never retries by itself,
    except for one refresh of an expired access token. It may be called concurrently on the loop it was made on.
    Cancelling it does not stop the request: shut down by awaiting what is in flight, then ``aclose``.
    """

    async def send(self, notification: Notification, deadline: float) -> Result:
        """Send once. ``deadline`` is seconds from now."""
        ...

    async def aclose(self) -> None:
        """Close connections; call when nothing is in flight."""
        ...


@runtime_checkable
class PromptProvider(Provider, Protocol):
    """A vendor whose sends can begin without a task, which costs a push more than its request does."""

    def begin(self, notification: Notification, deadline: float, tell: Callable[[Result], None]) -> bool:
        """Begin to send if nothing has to be waited for before; return whether it was begun: else ``send`` it.

        ``tell`` is given what ``send`` would return, once, in a later turn of the loop. Nobody can cancel it. When
        this raises, nothing was begun.
        """
        ...


@runtime_checkable
class BatchProvider(Provider, Protocol):
    """A vendor that takes one message for many tokens in one request."""

    #: Tokens in one request.
    batch_size: int

    def may_share(self, notification: Notification) -> bool:
        """Return whether what is not addressed yet may be sent to many in one request."""
        ...

    async def send_batch(self, notification: Notification, tokens: Sequence[str], deadline: float) -> Sequence[Result]:
        """Send one notification to up to ``batch_size`` tokens; return a result for each, in their order."""
        ...
