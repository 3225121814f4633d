"""What a command line may say: what cannot be measured, or is not known, is refused in one line."""

import argparse


def none(description: str | None) -> None:
    """Take no options but ``--help``."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args()


def positive(text: str) -> int:
    """Read a whole number above 0."""
    number = int(text)
    if number <= 0:
        raise argparse.ArgumentTypeError(f"not above 0: {text}")
    return number


def natural(text: str) -> int:
    """Read a whole number that may be 0."""
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"not 0 or above: {text}")
    return number


def amount(text: str) -> float:
    """Read a number above 0."""
    number = float(text)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"not above 0: {text}")
    return number


def percents(text: str) -> tuple[int, ...]:
    """Read percentages of a whole, by commas."""
    return tuple(_percent(part) for part in text.split(","))


def _percent(text: str) -> int:
    if not (text.isdecimal() and 0 < int(text) <= 100):
        raise argparse.ArgumentTypeError(f"not a percentage from 1 to 100: {text}")
    return int(text)
