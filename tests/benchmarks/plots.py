"""The newest results of growth and memory as pictures, in plots/.

``python -m tests.benchmarks.plots``; matplotlib is installed by ``make bench-plots``.
"""

import sys
from pathlib import Path

from tests.benchmarks import newest, options
from tests.benchmarks.missing import Missing

FOLDER = Path(__file__).parent / "plots"


def main() -> int:
    """Draw, and print what was drawn."""
    try:
        from tests.benchmarks import drawing
    except ModuleNotFoundError as error:
        if not str(error.name).startswith("matplotlib"):
            raise
        sys.stderr.write("matplotlib is not installed: make bench-plots installs it\n")
        return 1
    try:
        rows, found = newest.growth(), newest.memory()
    except Missing as reason:
        sys.stderr.write(f"{reason}\n")
        return 1
    FOLDER.mkdir(exist_ok=True)
    for path in drawing.all_of(rows, found, FOLDER):
        sys.stdout.write(f"{path}: {path.stat().st_size:,} bytes\n")
    return 0


if __name__ == "__main__":
    options.none(__doc__)
    sys.exit(main())
