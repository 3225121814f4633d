"""Which dead letters are meant. Pure."""

from dataclasses import dataclass

from policy.identifiers import bare_user
from worker.dead_letters.contents import contents_of
from worker.dead_letters.reasons import kind_of
from worker.store.letter import ALWAYS, Letter, Period
from worker.store.letter_name import Stage


@dataclass(frozen=True, slots=True)
class Criteria:
    """What must hold of a letter; None holds of all."""

    app: str | None = None
    reason: str | None = None
    stage: Stage | None = None
    notifier: str | None = None
    user: str | None = None
    period: Period = ALWAYS

    @property
    def say_something(self) -> bool:
        """Return whether there is any letter that does not meet them."""
        return self != Criteria()

    def are_met_by(self, letter: Letter) -> bool:
        """Return whether all of it holds."""
        return (
            self.period.covers(letter)
            and (self.stage is None or letter.stage is self.stage)
            and (self.notifier is None or (letter.channel or ("", ""))[1] == self.notifier)
            and (self.reason is None or _says(letter.fault, self.reason))
            and ((self.app is None and self.user is None) or self._fits_contents(letter))
        )

    def _fits_contents(self, letter: Letter) -> bool:
        contents = contents_of(letter)
        is_app = self.app is None or contents.appkey == self.app
        return is_app and (self.user is None or bare_user(self.user, contents.appkey) in contents.users)


def _says(fault: str, text: str) -> bool:
    """Return whether a fault has a part that was copied from it or from its kind."""
    return text.casefold() in fault.casefold() or text.casefold() in kind_of(fault).casefold()
