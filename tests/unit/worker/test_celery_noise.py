"""What of Celery's words about its broker gets into the log."""

import logging

from tests.unit.worker.clocks import Hand
from worker.celery_noise import LessNoise


def record(text: str, *arguments: object) -> logging.LogRecord:
    """Return a record as Celery makes it."""
    return logging.LogRecord("celery.worker.consumer.consumer", logging.ERROR, "", 0, text, arguments, None)


REFUSED = record("consumer: Cannot connect to %s: %s.\n%s\n", "redis://h", "refused", "Trying again in 2.00 seconds...")


def test_a_broker_that_is_away_is_said_once_a_minute() -> None:
    """Celery tries again and again, and says so each time."""
    clock = Hand()
    noise = LessNoise(clock)
    passed = []
    for _ in range(90):
        passed.append(noise.filter(REFUSED))
        clock.moves(2)
    assert passed.count(True) == 3
    assert passed[0]


def test_everything_else_passes() -> None:
    """Lost connections, unknown tasks and whatever Celery will think of."""
    noise = LessNoise(Hand())
    lost = record("consumer: Connection to broker lost. Trying to re-establish the connection...")
    assert [noise.filter(lost) for _ in range(3)] == [True] * 3


def test_a_warning_about_our_own_setting_does_not() -> None:
    """It comes with each reconnection and asks for what is set already."""
    warning = record("%s", "consumer.py:427: CPendingDeprecationWarning: \nIn Celery 5.1 we introduced")
    assert not LessNoise(Hand()).filter(warning)
