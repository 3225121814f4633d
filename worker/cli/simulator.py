"""``offline-push simulator``: fake APNs, FCM and Huawei on real sockets."""

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer


class Profile(str, Enum):
    """How the vendors behave."""

    PLAIN = "plain"


Port = Annotated[int, typer.Option(min=0, max=65_535, help="0: the system chooses.")]


def run(
    profile: Annotated[
        Profile, typer.Option(help="How the vendors behave: plain keeps to their documentation.")
    ] = Profile.PLAIN,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    apns_port: Port = 0,
    fcm_port: Port = 0,
    huawei_port: Port = 0,
    control_port: Port = 0,
    data_dir: Annotated[
        Path | None, typer.Option(help="For the CA and the ready-made credentials. Default: temporary.")
    ] = None,
) -> None:
    """Play the three vendors, to test push code of any kind without an account.

    Prints one line of JSON when ready: endpoints, the CA to trust, ready-made credentials, and the control API
    (GET /_sim/requests, POST /_sim/tokens, POST /_sim/reset).
    """
    from providers.simulator.process import serve
    from providers.simulator.simulator import Simulator

    ports = {"apns": apns_port, "fcm": fcm_port, "huawei": huawei_port}
    del profile  # one so far; the option is part of the contract
    serve(Simulator(data_dir, host=host, ports=ports, control_port=control_port))
