"""The advanced features of an app: remind types, do-not-disturb, templates. Where they are off, their routes say so."""

from collections.abc import Mapping

from worker.api.refusals import feature_off
from worker.console import Console, unknown_console

Consoles = Mapping[str, Console]


def need_advanced(consoles: Consoles, appkey: str) -> None:
    """Refuse the request of an app whose advanced features are off.

    Raises:
        Refusal: they are.
    """
    if not (consoles.get(appkey) or unknown_console(appkey)).policy.advanced:
        raise feature_off()
