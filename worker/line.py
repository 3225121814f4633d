"""A provider that may be replaced while it is in use: who began with the old one ends with it, then it is closed."""

from dataclasses import dataclass

from providers.base import Provider


@dataclass(eq=False, slots=True)
class Held:
    """A provider, and how many are using it."""

    provider: Provider
    uses: int = 0


class Line:
    """One channel's present provider."""

    def __init__(self, provider: Provider) -> None:
        """Begin with this one."""
        self._present = Held(provider)

    @property
    def provider(self) -> Provider:
        """The present one."""
        return self._present.provider

    def take(self) -> Held:
        """Use the present one; ``give`` it back."""
        self._present.uses += 1
        return self._present

    async def give(self, held: Held) -> None:
        """Use it no more. The last to use one that was replaced closes it."""
        held.uses -= 1
        if held is not self._present and not held.uses:
            await held.provider.aclose()

    async def replace(self, provider: Provider) -> None:
        """Use this one from now on."""
        old, self._present = self._present, Held(provider)
        if not old.uses:
            await old.provider.aclose()

    async def aclose(self) -> None:
        """Close the present one; call when nothing is in flight."""
        await self._present.provider.aclose()
