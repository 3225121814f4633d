"""The keys that seal secrets: none, another, and how they are changed."""

import base64
import os
from pathlib import Path

from tests.integration.api.api_process import running_api
from tests.integration.cli.command import offline_push, refused
from tests.integration.configuration import APPKEY
from tests.integration.console.console import KEY_FILE, Console, apns_body, write_console_configuration
from tests.integration.deployment import Deployment, fresh
from tests.integration.eventually import eventually
from worker.embedded import EmbeddedServer
from worker.processes import Children
from worker.store.keys import Keys

KEYS = Keys()


def new_key() -> str:
    """Return a line for the file of keys."""
    return base64.b64encode(os.urandom(32)).decode()


def test_without_a_key_there_are_no_secrets(
    redis_server: EmbeddedServer, idle: Deployment, session_children: Children, tmp_path: Path
) -> None:
    """No channel can be made, with words that say why; policy and templates need no key."""
    path = tmp_path / "config.toml"
    write_console_configuration(path, redis_server.url, idle.vendors, keys=False)
    with running_api(session_children, path, tmp_path / "log") as api:
        console = Console(api.client)
        text = console.refused(409, "POST", "channels", apns_body(idle.vendors, "n"))
        assert "api.secrets_key_file" in text
        assert console.data("PUT", "policy", {"group_limit": 9})["policy"]["group_limit"] == 9
        assert [channel["source"] for channel in console.channels("GET")] == ["file"]


def test_a_file_of_no_keys(idle: Deployment, redis_server: EmbeddedServer, tmp_path: Path) -> None:
    """API, worker and command refuse to start with it: one line with its place."""
    path = tmp_path / "config.toml"
    write_console_configuration(path, redis_server.url, idle.vendors)
    (tmp_path / KEY_FILE).write_text("not a key")
    for command in ("api", "worker", "reseal"):
        refused(offline_push(command, "--config", path), "api.secrets_key_file", KEY_FILE)


def test_a_worker_without_the_key_lets_pushes_wait(
    idle: Deployment, configuration: Path, redis_server: EmbeddedServer, console: Console
) -> None:
    """Nothing is lost for want of a key: they are planned, it is said, and a worker that has the key sends them."""
    notifier, user = fresh("made"), fresh("bob")
    console.channels("POST", body=apns_body(idle.vendors, notifier))
    token = idle.bind(user, notifier=notifier)
    write_console_configuration(configuration, redis_server.url, idle.vendors, keys=False, lease_s=2)
    idle.worker.started()
    msg_id = idle.say(user)
    assert idle.decision(msg_id, user)["reason"] == "pushed"
    lines = idle.worker.lines("set over http and cannot be used, the last that could be stays")
    faults = [line["fault"] for line in lines if line["field"] == f"n:{notifier}"]
    assert faults == ["api.secrets_key_file is not configured"]
    assert idle.worker.stop() == 0
    assert idle.client.xlen(KEYS.outbox(APPKEY, notifier)) == 1
    write_console_configuration(configuration, redis_server.url, idle.vendors, lease_s=2)
    idle.worker.started()
    eventually(lambda: idle.vendors.pushes_to(token))
    assert idle.worker.stop() == 0


def test_keys_are_changed(idle: Deployment, configuration: Path, console: Console, session_children: Children) -> None:
    """A new first line, ``reseal``, and the old line is needed no more: what was made before still works."""
    notifier = fresh("made")
    console.channels("POST", body=apns_body(idle.vendors, notifier))
    keys = configuration.with_name(KEY_FILE)
    old, new = keys.read_text(), new_key()
    keys.write_text(f"{new}\n{old}\n")
    done = offline_push("reseal", "--config", configuration)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("sealed anew: ")
    assert offline_push("reseal", "--config", configuration).stdout == "sealed anew: 0 channels\n"
    keys.write_text(f"{new}\n")
    with running_api(session_children, configuration, configuration.with_name("rotated.log")) as api:
        trial = {"device_token": "ab" * 32}
        assert Console(api.client).data("POST", f"channels/{notifier}/test", trial)["outcome"] == "accepted"
    keys.write_text(f"{new_key()}\n")
    lost = offline_push("reseal", "--config", configuration)
    assert lost.returncode == 1
    assert f"{APPKEY} {notifier}: sealed with a key that is not in api.secrets_key_file" in lost.stderr
    with running_api(session_children, configuration, configuration.with_name("lost.log")) as api:
        strange = Console(api.client)
        assert "cannot be opened" in strange.refused(409, "POST", f"channels/{notifier}/test", trial)
        strange.channels("PUT", f"channels/{notifier}", apns_body(idle.vendors))
        assert strange.data("POST", f"channels/{notifier}/test", trial)["outcome"] == "accepted"
    keys.write_text(old)


def test_reseal_needs_a_key(idle: Deployment, redis_server: EmbeddedServer, tmp_path: Path) -> None:
    """Without a file of keys it is one line and status 2."""
    path = tmp_path / "config.toml"
    write_console_configuration(path, redis_server.url, idle.vendors, keys=False)
    refused(offline_push("reseal", "--config", path), "api.secrets_key_file")
