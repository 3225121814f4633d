"""Run the fake vendors as a process: ``python -m providers.simulator``.

Prints one line of JSON when ready: endpoints, the CA file to trust, the control API, and credentials.
"""

import argparse
from pathlib import Path

from providers.simulator.process import serve
from providers.simulator.profile import PROFILES
from providers.simulator.simulator import Simulator
from providers.simulator.vendors import KINDS


def main() -> None:
    """Serve until SIGINT or SIGTERM. Exit with status 2 when an address, a name or the directory cannot be used."""
    parser = _parser()
    options = parser.parse_args()
    try:
        serve(_simulator(options))
    except (OSError, ValueError) as error:
        parser.error(str(error))


def _simulator(options: argparse.Namespace) -> Simulator:
    return Simulator(
        options.data_dir,
        host=options.host,
        ports={name: getattr(options, f"{name}_port") for name in KINDS},
        control_port=options.control_port,
        profile=options.profile,
        seed=options.seed,
        names=options.name,
        keep_payloads=options.ledger_payloads == "on",
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="simulator", description="Fake APNs, FCM and Huawei Push Kit on real sockets."
    )
    parser.add_argument("--profile", choices=[*PROFILES], default="plain", help="how the vendors behave")
    parser.add_argument("--seed", type=int, default=0, help="what the hard profile's dice are thrown from")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    parser.add_argument(
        "--name", action="append", default=[], help="a host name others use; repeatable, the first is printed"
    )
    for name in (*KINDS, "control"):
        parser.add_argument(f"--{name}-port", type=int, default=0, help="0: the system chooses")
    parser.add_argument("--data-dir", type=Path, help="for the CA and the credentials; default: temporary")
    parser.add_argument("--ledger-payloads", choices=["on", "off"], default="on", help="off saves memory in long runs")
    return parser


if __name__ == "__main__":
    main()
