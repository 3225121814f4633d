"""``offline-push simulator``: fake APNs, FCM and Huawei on real sockets."""

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer


class Profile(str, Enum):
    """How the vendors behave."""

    PLAIN = "plain"
    HARD = "hard"


Port = Annotated[int, typer.Option(min=0, max=65_535, help="0: the system chooses.")]


def run(
    profile: Annotated[
        Profile,
        typer.Option(help="How the vendors behave: plain keeps to their documentation, hard adds their bad days."),
    ] = Profile.PLAIN,
    seed: Annotated[int, typer.Option(help="What the dice of the hard profile are thrown from.")] = 0,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    name: Annotated[
        list[str] | None,
        typer.Option(help="Host name that others use for this machine; repeatable. The first is printed."),
    ] = None,
    apns_port: Port = 0,
    fcm_port: Port = 0,
    huawei_port: Port = 0,
    control_port: Port = 0,
    data_dir: Annotated[
        Path | None, typer.Option(help="For the CA and the ready-made credentials. Default: temporary.")
    ] = None,
    ledger_payloads: Annotated[
        bool, typer.Option(help="Whether the ledger keeps what was pushed; without it long runs stay small.")
    ] = True,
) -> None:
    """Play the three vendors, to test push code of any kind without an account.

    Prints one line of JSON when ready: endpoints, the CA to trust, ready-made credentials, and the control API
    (GET /_sim/requests, GET /_sim/statistics, POST /_sim/tokens, POST /_sim/rules, POST /_sim/reset).
    """
    from providers.simulator.process import serve
    from providers.simulator.simulator import Simulator

    ports = {"apns": apns_port, "fcm": fcm_port, "huawei": huawei_port}
    try:
        simulator = Simulator(
            data_dir,
            host=host,
            ports=ports,
            control_port=control_port,
            profile=profile.value,
            seed=seed,
            names=name or (),
            keep_payloads=ledger_payloads,
        )
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--name") from None
    serve(simulator)
