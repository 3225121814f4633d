"""The whole product on a Cluster of three masters with eight partitions: worker and commands."""

from pathlib import Path

from tests.chaos.cluster_servers import ClusterServers
from tests.chaos.server_process import ServerProcess
from tests.integration.cli.command import json_lines, offline_push, write_lines
from tests.integration.configuration import APPKEY, FCM, channels_of, write_configuration
from tests.integration.deployment import fresh, fresh_token, now_ms
from tests.integration.eventually import eventually
from tests.integration.vendors import Vendors
from tests.integration.worker_process import WorkerProcess
from worker.processes import Children

USERS = 60


def message(users: list[str]) -> dict[str, object]:
    """Return a message of a group."""
    body = {"bodies": [{"type": "txt", "msg": "Hello"}]}
    head = {"appkey": APPKEY, "msg_id": fresh("m"), "timestamp": now_ms(), "chat_type": "groupchat", "from": "alice"}
    return {**head, "to": users, "group_id": fresh("g"), "payload": body}


def state(user: str, token: str) -> dict[str, object]:
    """Return the state record of a user with one device."""
    device = {"device_id": "fcm_1", "notifier": FCM, "token": token, "bound_at": 1}
    return {"appkey": APPKEY, "user": user, "devices": [device]}


def holds_keys(node: ServerProcess) -> bool:
    """Return whether a node has anything to do."""
    with node.client() as client:
        return bool(client.dbsize())


def test_all_of_it_runs_on_a_cluster(session_children: Children, simulator: Vendors, tmp_path: Path) -> None:
    """State and events go to every master by the commands, every push comes out, and every record is found again."""
    with ClusterServers(session_children, tmp_path / "servers") as servers:
        config = tmp_path / "config.toml"
        url, broker = servers.nodes[1].url, "memory://localhost/"
        cluster = {"cluster": True}
        write_configuration(config, url, channels_of(simulator), broker_url=broker, partitions=8, redis=cluster)
        tokens = {fresh("u"): fresh_token() for _ in range(USERS)}
        records = write_lines(tmp_path / "state.jsonl", [state(*pair) for pair in tokens.items()])
        events = write_lines(tmp_path / "events.jsonl", [message(list(tokens)) for _ in range(5)])
        with WorkerProcess(session_children, config).started() as worker:
            for command, file in (("load", records), ("emit", events)):
                done = offline_push(command, file, "--config", config)
                assert (done.returncode, done.stderr.split()[0]) == (0, str(USERS if command == "load" else 5))
            pushed = eventually(
                lambda: simulator.pushes_to(*tokens.values()), lambda found: len(found) == 5 * USERS, 30
            )
            assert {entry["token"] for entry in pushed} == set(tokens.values())

            dumped = json_lines(offline_push("dump", "--config", config).stdout)
            assert {record["user"]: record["badge"] for record in dumped} == dict.fromkeys(tokens, 5)
            user = next(iter(tokens))
            explained = offline_push(
                "explain", "--app", APPKEY, "--user", user, "--last", "9", "--json", "--config", config
            )
            assert [record["outcome"] for record in json_lines(explained.stdout)] == ["push"] * 5
            assert [node for node in servers.nodes if not holds_keys(node)] == []
            assert worker.stop() == 0
