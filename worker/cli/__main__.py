"""``python -m worker.cli`` is ``offline-push``."""

from worker.cli import main

main()
