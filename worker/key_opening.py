"""A program that opens one credential which a stranger sent: ``python -m worker.key_opening``.

Standard input is a JSON object, the secrets by name in base64. Standard output is another: ``opened``, the same with
every key in a form that is read at once, or ``fault``. How much there is to compute is for whoever made the credential
to say: a key's primes are tested, a password is hashed as many million times as the file asks for, and nothing else
runs in a process meanwhile. So this is a process of its own, and the system ends it after some seconds.
"""

import base64
import json
import resource
import sys
from collections.abc import Mapping

from providers.credentials import CredentialError, identity_of, in_plain_form, load_p256_key, load_rsa_key

#: Of computing. A key of 4096 bits takes about one on a slow machine.
LIMIT_S = 4
_ACCOUNT, _KEY = "service_account", "private_key"


def opened(secrets: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the secrets with every key in plain form, and without the password that is not needed any more.

    Raises:
        CredentialError: one cannot be used.
    """
    found = dict(secrets)
    if "key" in found:
        found["key"] = in_plain_form(load_p256_key(found["key"], "key"), "key")
    if "cert" in found:
        password = found.pop("cert_password", b"").decode() or None
        found["cert"] = identity_of(found["cert"], "cert", password)
    if _ACCOUNT in found:
        members = json.loads(found[_ACCOUNT])
        name = f"{_ACCOUNT}.{_KEY}"
        plain = in_plain_form(load_rsa_key(members[_KEY].encode(), name), name)
        found[_ACCOUNT] = json.dumps({**members, _KEY: plain.decode()}).encode()
    return found


def main() -> None:
    """Read, open, and answer."""
    resource.setrlimit(resource.RLIMIT_CPU, (LIMIT_S, LIMIT_S))
    # Of a process that is ended so, the core would hold the key.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    secrets = {name: base64.b64decode(text) for name, text in json.load(sys.stdin).items()}
    try:
        answer = {"opened": {name: base64.b64encode(data).decode() for name, data in opened(secrets).items()}}
    except CredentialError as error:
        sys.stdout.write(json.dumps({"fault": str(error)}))
    else:
        sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
