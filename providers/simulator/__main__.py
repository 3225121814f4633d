"""Run the fake vendors as a process: ``python -m providers.simulator``.

Prints one line of JSON when ready: endpoints, the CA file to trust, the control API, and credentials.
"""

import argparse
from pathlib import Path

from providers.simulator.process import serve
from providers.simulator.simulator import Simulator
from providers.simulator.vendors import KINDS


def main() -> None:
    """Serve until SIGINT or SIGTERM. Exit with status 2 when an address or the directory cannot be used."""
    parser = _parser()
    options = parser.parse_args()
    ports = {name: getattr(options, f"{name}_port") for name in KINDS}
    simulator = Simulator(options.data_dir, host=options.host, ports=ports, control_port=options.control_port)
    try:
        serve(simulator)
    except OSError as error:
        parser.error(str(error))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="simulator", description="Fake APNs, FCM and Huawei Push Kit on real sockets."
    )
    parser.add_argument("--profile", choices=["plain"], default="plain", help="how the vendors behave")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    for name in (*KINDS, "control"):
        parser.add_argument(f"--{name}-port", type=int, default=0, help="0: the system chooses")
    parser.add_argument("--data-dir", type=Path, help="for the CA and the credentials; default: temporary")
    return parser


if __name__ == "__main__":
    main()
