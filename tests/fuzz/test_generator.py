"""The generator itself: a seed makes one flood, and the flood holds what it promises."""

from collections import Counter
from random import Random

from tests.fuzz.conftest import SHORT, SHORT_SEED
from tests.fuzz.generator import Generator
from tests.fuzz.recipes import RECIPES
from tests.fuzz.sample import LIMIT, Fate, Sample
from tests.fuzz.words import CANARIES

NOW, SEED, SAMPLES = 1_790_000_000_000, 11, 20_000


def samples(seed: int, *numbers: int) -> list[Sample]:
    """Return entries of a seed."""
    generator = Generator(seed, NOW)
    return [generator.sample(number) for number in numbers]


def written_by(sample: Sample) -> bytes:
    """Return all that an entry and its states hold."""
    states = [value for state in sample.states for value in state.fields.values()]
    return b" ".join([*(part for pair in sample.fields for part in pair), *states])


def test_a_seed_makes_one_flood() -> None:
    """An entry depends on its seed and its number alone, not on what was made before it."""
    numbers = range(2000)
    assert samples(SEED, *numbers) == samples(SEED, *reversed(numbers))[::-1]
    assert samples(SEED, *numbers) != samples(SEED + 1, *numbers)


def test_every_recipe_is_used_and_half_is_good() -> None:
    """A short flood has entries of every frequent kind, and in any run of entries some that must be decided."""
    made = samples(SEED, *range(SAMPLES))
    recipes = Counter(sample.recipe for sample in made)
    assert recipes.keys() >= {name for name, (weight, _) in RECIPES.items() if weight >= 0.1}
    good = [sample.fate is Fate.DECIDED for sample in made]
    assert sum(good) > SAMPLES / 2
    assert all(any(good[start : start + 50]) for start in range(0, SAMPLES, 50))


def test_the_short_form_has_everything() -> None:
    """The flood of make test holds an entry of every recipe, the rare ones too."""
    assert {sample.recipe for sample in samples(SHORT_SEED, *range(SHORT))} == {*RECIPES, "repeat"}


def test_texts_and_tokens_carry_canaries() -> None:
    """Both canaries are in thousands of entries and states, so that a leak would be seen."""
    written = [written_by(sample) for sample in samples(SEED, *range(2000))]
    assert all(sum(canary.encode() in text for text in written) > 100 for canary in CANARIES)


def test_rare_recipes_make_what_they_say() -> None:
    """Crowds and giants are legal to the last byte of the limit, whatever their number."""
    for name in ("crowd", "giant"):
        chances = [Random(number) for number in range(20)]  # noqa: S311 - reproducible, not secret
        drafts = [RECIPES[name][1](chance, 7, NOW) for chance in chances]
        sizes = [max(len(value) for _, value in draft.fields) for draft in drafts]
        assert max(sizes) > LIMIT / 10
        assert all((draft.fate is Fate.BURIED) == (size > LIMIT) for draft, size in zip(drafts, sizes, strict=True))
