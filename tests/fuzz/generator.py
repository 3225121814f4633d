"""The flood: entry ``number`` of a seed is always the same, and can be made without those before it."""

from dataclasses import replace
from itertools import accumulate
from random import Random

from tests.fuzz.recipes import RECIPES
from tests.fuzz.sample import Sample

#: How far back a repeated entry may lie, and how often one comes.
_REPEATED_WITHIN, _REPEATED = 2000, 0.04
_NAMES = tuple(RECIPES)
_CUMULATED = tuple(accumulate(weight for weight, _ in RECIPES.values()))


class Generator:
    """Makes the entries of one flood. ``now_ms`` is the time that its timestamps lie around."""

    def __init__(self, seed: int, now_ms: int) -> None:
        """Bind; ``sample`` depends on nothing else."""
        self._seed, self._now_ms = seed, now_ms

    def sample(self, number: int) -> Sample:
        """Return entry ``number``."""
        chance = Random(f"{self._seed}:{number}")  # noqa: S311 - reproducible, not secret
        if number and chance.random() < _REPEATED:
            return self._repeated(chance, number)
        recipe = chance.choices(_NAMES, cum_weights=_CUMULATED)[0]
        draft = RECIPES[recipe][1](chance, number, self._now_ms)
        return Sample(number, recipe, draft.fields, draft.fate, draft.states)

    def _repeated(self, chance: Random, number: int) -> Sample:
        """Return an earlier entry again: a producer that was not sure whether it was taken repeats itself."""
        source = chance.randrange(max(0, number - _REPEATED_WITHIN), number)
        return replace(self.sample(source), number=number, recipe="repeat", states=())
