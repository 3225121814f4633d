"""The stock pyfcm, which blocks, in threads."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pyfcm import FCMNotification
from pyfcm.errors import FCMError

from tests.benchmarks.peers.control import job, serve
from tests.benchmarks.turn import BODY, TITLE

_THREADS = 32


def client(options: dict[str, Any]) -> FCMNotification:
    """Return a client whose address, a class attribute in this library, is the sink's."""
    members = {"FCM_END_POINT_BASE": f"{options['endpoint']}/v1/projects"}
    made: FCMNotification = type("Client", (FCMNotification,), members)(options["service_account_file"])
    # Reads the account. Threads that do so at the same time trip over each other.
    assert made.fcm_end_point
    return made


def main() -> None:
    """Serve turns."""
    options = job()
    library = client(options)

    def is_refused(notification: tuple[str, dict[str, str]]) -> bool:
        token, data = notification
        android = {
            "priority": "HIGH",
            "ttl": "86400s",
            "notification": {"sound": "default", "tag": f"{data['m']:0>32}"},
        }
        try:
            library.notify(token, TITLE, BODY, data_payload=data, android_config=android)
        except FCMError:
            return True
        return False

    with ThreadPoolExecutor(_THREADS) as pool:
        serve(options["control"], lambda turn: sum(pool.map(is_refused, turn.notifications())))


if __name__ == "__main__":
    main()
