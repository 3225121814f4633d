"""One worker process: ``python -P -m worker --loglevel info``; the arguments are those of ``celery worker``.

``celery -A worker.app worker`` does the same, but looks for ``worker`` in the working directory first, where it may
find somebody else's package of that name. ``-P`` keeps the working directory off the path.
"""

import sys

from celery.bin.celery import celery

from worker.app import app
from worker.config_faults import ConfigError

if __name__ == "__main__":
    # As Celery.start does, which forgets the exit status: a worker that could not start would seem to have ended well.
    celery.params[0].default = app
    try:
        celery.main(args=["-q", "worker", *sys.argv[1:]], prog_name="worker")
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)
