"""What an examination of ``offline-push doctor`` found."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's answer. ``status`` is ok, warning or fault."""

    check: str
    status: str
    detail: str

    @property
    def is_fault(self) -> bool:
        """Whether the worker cannot do its work like this."""
        return self.status == "fault"

    def __str__(self) -> str:
        """Return one line for people."""
        return f"{self.status:8} {self.check:16} {self.detail}"
