"""pyfcm as codec and credential holder: message bodies, the address, Google's credentials; never its transport.

Its transport blocks, retries for minutes and loses the vendor's error code (``tests/contract/test_pyfcm_facts.py``).
"""

import re
from typing import Any, Final
from urllib.parse import urlsplit

from google.auth.exceptions import GoogleAuthError
from google.oauth2.service_account import Credentials
from pyfcm import FCMNotification
from pyfcm.errors import FCMError

from providers.credentials import CredentialError
from providers.service_account import ServiceAccountSource, service_account

_SCOPE: Final = "https://www.googleapis.com/auth/firebase.messaging"


#: https://firebase.google.com/docs/projects/manage-installations; registration tokens are longer and hold a colon.
_INSTALLATION_ID: Final = re.compile(r"[c-f][0-9A-Za-z_-]{21}")


class FcmCodec(FCMNotification):  # type: ignore[misc]  # pyfcm carries no types
    """Builds messages for one Firebase project.

    Args:
        source: the JSON file Google issues, as a path or decoded.

    Raises:
        CredentialError: the file cannot be read, or is no service account with a project.
    """

    def __init__(self, source: ServiceAccountSource) -> None:
        super().__init__(credentials=_credentials(source))
        try:
            self.path = urlsplit(self.fcm_end_point).path
        except FCMError:
            raise CredentialError("the FCM service account names no project_id") from None

    def json_dumps(self, data: dict[str, Any]) -> dict[str, Any]:
        """Return the document itself, for it is measured before it is encoded, as FCM wants it today.

        ``parse_payload`` ends here; it adds an empty ``notification`` to messages which only have android options, and
        knows no ``fid``, which FCM wants for installation ids.
        """
        message = data["message"]
        if not message.get("notification", True):
            del message["notification"]
        if _INSTALLATION_ID.fullmatch(message["token"]):
            message["fid"] = message.pop("token")
        return {"message": message}


def _credentials(source: ServiceAccountSource) -> Credentials:
    info = service_account(source)
    try:
        credentials: Credentials = Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
            info, scopes=[_SCOPE]
        )
    except (GoogleAuthError, ValueError, TypeError):
        # What google-auth says may quote the key.
        raise CredentialError("the FCM service account lacks a member or holds no readable private key") from None
    return credentials
