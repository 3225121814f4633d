"""The interpreter of the peers that this project does not depend on: a virtual environment of their own, made once."""

import fcntl
import hashlib
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.missing import Missing

_FOLDER = Path(__file__).parent
_LOCK, _PLACE = _FOLDER / "requirements.txt", _FOLDER / ".venv"
#: Says which lock the installed packages came from.
_STAMP = _PLACE / ".lock-sha256"
_PATIENCE_S = 600
_PIP = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r", str(_LOCK)]


def interpreter() -> str:
    """Return the path of the peers' Python; the first call installs them.

    Raises:
        Missing: the package index cannot be reached.
    """
    path = str(_PLACE / "bin" / "python")
    with _LOCK.open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one benchmark installs, another finds it done
        digest = hashlib.sha256(lock.read()).hexdigest()
        if not (_STAMP.exists() and _STAMP.read_text() == digest):
            _install(path)
            _STAMP.write_text(digest)
    return path


def _install(path: str) -> None:
    sys.stderr.write(f"Making {_PLACE} (once) …\n")
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(_PLACE)], check=True, timeout=_PATIENCE_S)
    try:
        subprocess.run([path, *_PIP], check=True, capture_output=True, text=True, timeout=_PATIENCE_S)
    except subprocess.TimeoutExpired:
        raise Missing(f"pip did not end within {_PATIENCE_S} s") from None
    except subprocess.CalledProcessError as error:
        said = str(error.stderr).strip().splitlines() or ["pip said nothing"]
        raise Missing(f"pip could not install it: {said[-1]}") from None
