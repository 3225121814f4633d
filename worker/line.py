"""A provider that may be replaced while it is in use: who began with the old one ends with it, then it is closed."""

from dataclasses import dataclass, field

from providers.base import BatchProvider, PromptProvider, Provider


@dataclass(eq=False, slots=True)
class Held:
    """A provider, and how many are using it."""

    provider: Provider
    uses: int = 0
    #: The provider, if it takes many notifications in one request.
    batch: BatchProvider | None = field(init=False)
    #: The provider, if its sends can begin without a task.
    prompt: PromptProvider | None = field(init=False)

    def __post_init__(self) -> None:
        """Look once: Python compares all members with the protocol's."""
        self.batch = self.provider if isinstance(self.provider, BatchProvider) else None
        self.prompt = self.provider if isinstance(self.provider, PromptProvider) else None


class Line:
    """One channel's present provider."""

    def __init__(self, provider: Provider) -> None:
        """Begin with this one."""
        self._present = Held(provider)

    @property
    def batch(self) -> BatchProvider | None:
        """The present one, if it takes many notifications in one request."""
        return self._present.batch

    @property
    def prompt(self) -> PromptProvider | None:
        """The present one, if its sends can begin without a task."""
        return self._present.prompt

    def take(self) -> Held:
        """Use the present one; ``give`` it back."""
        self._present.uses += 1
        return self._present

    def give(self, held: Held) -> Provider | None:
        """Use it no more; return a provider that was replaced and that nobody uses any more: close it."""
        held.uses -= 1
        return held.provider if held is not self._present and not held.uses else None

    async def replace(self, provider: Provider) -> None:
        """Use this one from now on."""
        old, self._present = self._present, Held(provider)
        if not old.uses:
            await old.provider.aclose()

    async def aclose(self) -> None:
        """Close the present one; call when nothing is in flight."""
        await self._present.provider.aclose()
