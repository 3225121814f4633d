"""What a measurement needs and this machine has not."""


class Missing(Exception):  # noqa: N818 - no error of ours: the line says what to install
    """One line for a person: what is not here, and how to get it."""
