"""One worker process: ``python -P -m worker --loglevel info``; the arguments are those of ``celery worker``.

``celery -A worker.app worker`` does the same, but looks for ``worker`` in the working directory first, where it may
find somebody else's package of that name. ``-P`` keeps the working directory off the path.
"""

import sys

from worker.app import app

if __name__ == "__main__":
    app.start(["-q", "worker", *sys.argv[1:]])
