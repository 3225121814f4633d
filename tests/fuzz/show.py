"""Print entries of a flood again: ``python -m tests.fuzz.show SEED BASE_MS NUMBER…``, as a failed run names them."""

import sys

from tests.fuzz.generator import Generator


def main(seed: str, base_ms: str, *numbers: str) -> None:
    """Print each entry with its states, as Python writes them."""
    generator = Generator(int(seed), int(base_ms))
    for number in numbers:
        sample = generator.sample(int(number))
        sys.stdout.write(f"entry {sample.number}: {sample.recipe}, {sample.fate.value}\n")
        for state in sample.states:
            sys.stdout.write(f"  state of {state.user}: {state.command or dict(state.fields)}\n")
        for name, value in sample.fields:
            sys.stdout.write(f"  {name!r}: {value!r}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
