"""Child processes of tests: the project's programs are forked, everything else starts as in production."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.warm import WarmProcess, program_of
from worker.processes import Children, Output


class WarmChildren(Children):
    """Starts and ends like ``Children``, but programs of the project without their imports."""

    def start(
        self,
        args: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        stdout: Output = None,
        stderr: Output = None,
        cwd: Path | None = None,
        pass_fds: Sequence[int] = (),
    ) -> subprocess.Popen[bytes]:
        """Start a child; arguments as of ``Children.start``. Programs of the project write to files or descriptors."""
        program = program_of(args)
        if program is None:
            return super().start(args, env=env, stdout=stdout, stderr=stderr, cwd=cwd, pass_fds=pass_fds)
        variables = os.environ if env is None else env
        with Path(os.devnull).open("rb") as nothing:
            streams = nothing.fileno(), _descriptor(stdout, 1), _descriptor(stderr, 2)
            process = WarmProcess(program, env=variables, cwd=cwd or Path.cwd(), streams=streams)
        self._watch(process)
        return process


def _descriptor(output: Output, inherited: int) -> int:
    if output is None:
        return inherited
    return output if isinstance(output, int) else output.fileno()
