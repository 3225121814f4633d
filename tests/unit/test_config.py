"""What a configuration file may say, and how a wrong one is answered."""

import json
import re
from pathlib import Path

import pytest

from worker import event_reader, lane
from worker.config import Config, load_config, read_secret
from worker.config_apps import AppSettings
from worker.config_channels import ApnsChannel, FcmChannel, HuaweiChannel
from worker.config_faults import ConfigError
from worker.config_sections import LONGEST_CALL_S
from worker.store import client_options

CHANNELS = '[[apps."org#app".channels]]\n'
APNS = 'notifier = "a"\nprovider = "apns"\ntopic = "com.example.app"\n'
KEY = 'key_file = "key.p8"\nkey_id = "K"\nteam_id = "T"\n'
FCM = 'notifier = "f"\nprovider = "fcm"\n'
HUAWEI = 'notifier = "104410638"\nprovider = "huawei"\n'
CLUSTER = "cluster = true\n"
BROKER = "[celery]\nbroker_url = 'amqp://h'\n"
ACCOUNT = 'service_account_file = "sa.json"\n'


def load(directory: Path, text: str, **env: str) -> Config:
    """Load a file with this text, beside which the key files stand."""
    for name in ("key.p8", "sa.json", "secret", "ca.pem"):
        (directory / name).write_text("x")
    path = directory / "config.toml"
    path.write_text(text)
    return load_config(path, env)


def faults(directory: Path, text: str, **env: str) -> tuple[str, ...]:
    """Return the faults of a file with this text."""
    with pytest.raises(ConfigError) as caught:
        load(directory, text, **env)
    return caught.value.faults


def test_nothing_given() -> None:
    """Without a file and without variables everything has its default: embedded server, no apps."""
    config = load_config(None, {})
    assert config == Config()
    assert (config.redis.url, config.celery.broker_url, config.apps) == (None, None, {})


def test_whole_file(tmp_path: Path) -> None:
    """Each section, each provider and a template are read; paths are relative to the file."""
    text = f"""
        [redis]
        url = "redis://127.0.0.1:6379/0"
        data_dir = "data"
        [celery]
        broker_url = "redis://127.0.0.1:6379/1"
        [worker]
        batch = 50
        metrics_port = 9100
        [apps."org#app"]
        multi_device = "any-offline"
        client_id = "id"
        client_secret_file = "secret"
        templates.default = {{ title_pattern = "{{$fromNickname}}", content_pattern = "{{$msg}}" }}
        {CHANNELS}{APNS}{KEY}environment = "development"
        {CHANNELS}{FCM}{ACCOUNT}ca_file = "ca.pem"
        {CHANNELS}{HUAWEI}secret_file = "secret"
    """
    config = load(tmp_path, text)
    app = config.apps["org#app"]
    apple, google, huawei = app.channels
    assert isinstance(apple, ApnsChannel)
    assert isinstance(google, FcmChannel)
    assert isinstance(huawei, HuaweiChannel)
    assert (apple.key_file, apple.environment, apple.concurrency) == (tmp_path / "key.p8", "development", 500)
    assert (google.ca_file, google.style) == (tmp_path / "ca.pem", "both")
    assert (huawei.app_id, huawei.api) == ("104410638", "v1")
    assert app.client_secret_file == tmp_path / "secret"
    assert app.templates["default"].title_pattern == "{$fromNickname}"
    assert (config.redis.data_dir, config.worker.batch) == (tmp_path / "data", 50)


def test_defaults_of_an_app() -> None:
    """An app's parameters have the documented defaults."""
    app = AppSettings()
    assert (app.multi_device, app.timezone, app.advanced, app.force_beats) == (
        "all-offline",
        "Asia/Shanghai",
        True,
        "dnd",
    )
    assert (app.max_age_s, app.locale, app.group_limit) == (86400, "zh", 3000)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[redis]\nurl2 = 1", "redis.url2: unknown key"),
        ("[redi]\nurl = 1", "redi: unknown key"),
        ("redis = 1", "redis: must be a table"),
        ("[redis]\nurl = 'http://h'", "redis.url: must be a URL that starts with redis:// or rediss:// or unix://"),
        ("[redis]\nurl = 'redis:localhost:6379'", "redis.url: must be a URL"),
        ("[redis]\nurl = 'redis://h:port'", "redis.url: must be a URL"),
        ("[redis]\nsentinels = ['h']\nmaster = 'm'", "redis.sentinels[0]: must be host:port"),
        ("[redis]\nsentinels = ['h:0']\nmaster = 'm'", "redis.sentinels[0]: must be host:port"),
        ("[redis]\nsentinels = ['redis://h:1']\nmaster = 'm'", "redis.sentinels[0]: must be host:port"),
        ("[redis]\nsentinels = []\nmaster = 'm'", "redis: sentinels and master go together"),
        ("[redis]\nsentinels = ['h:1']", "redis: sentinels and master go together"),
        ("[redis]\nurl = 'redis://h'\nmaster = 'm'", "redis: sentinels and master go together"),
        ("[redis]\nurl = 'unix:///s'\nsentinels = ['h:1']\nmaster = 'm'", "redis: sentinels and cluster need TCP"),
        ("[redis]\nsentinel_password_file = 'secret'", "redis: sentinel_password_file needs sentinels"),
        (f"[redis]\n{CLUSTER}{BROKER}", "redis: cluster needs url"),
        (f"[redis]\nurl = 'redis://h'\n{CLUSTER}", "celery: broker_url is missing: Celery cannot use redis.cluster"),
        (f"[redis]\nurl = 'redis://h/1'\n{CLUSTER}{BROKER}", "redis: a cluster has database 0 only"),
        (f"[redis]\nurl = 'redis://h?db=1'\n{CLUSTER}{BROKER}", "redis: a cluster has database 0 only"),
        (
            f"[redis]\nsentinels = ['h:1']\nmaster = 'm'\n{CLUSTER}{BROKER}",
            "redis: either sentinels or cluster, not both",
        ),
        ("[redis]\nurl = 'redis://h'\nnodes = ['h:1']", "redis: nodes needs cluster = true"),
        ("[redis]\npartitions = 0", "redis.partitions: must be greater than or equal to 1"),
        ("[celery]\nbroker_url = 'sentinel://h:1/1'", "celery: a broker_url of Sentinel needs broker_master"),
        ("[celery]\nbroker_url = 'h'", "celery.broker_url: must be a URL"),
        ("[worker]\nbatch = 0", "worker.batch: must be greater than or equal to 1"),
        ("[worker]\nbatch = 'x'", "worker.batch: must be a valid integer, unable to parse string as an integer"),
        ("[worker]\nstall_s = 21", "worker.stall_s: must exceed 21 s, which a send and a call to Redis may take"),
        ("[worker]\nsend_deadline_s = 54", "worker.stall_s: must exceed 60 s, which a send and a call"),
        ("[worker]\nsend_deadline_s = 0", "worker.send_deadline_s: must be greater than 0"),
        ('[apps."app"]', 'apps.app: must be "org#app"'),
        ('[apps."o/r#app"]', 'apps.o/r#app: must be "org#app"'),
        ('[apps."org#app:x"]', 'apps.org#app:x: must be "org#app"'),
        (
            '[apps."o#a"]\ntimezone = "Asia"',
            "apps.o#a.timezone: must be an IANA time zone such as Asia/Shanghai",
        ),
        ('[apps."o#a"]\nlocale = "fr"', "apps.o#a.locale: must be 'zh' or 'en'"),
        (
            '[apps."o#a".catch_up]\npolicy = "oldest_first"',
            "apps.o#a.catch_up.policy: must be 'push', 'drop', 'newest_first' or 'fold'",
        ),
        (
            '[apps."o#a".catch_up]\nafter_s = 0',
            "apps.o#a.catch_up.after_s: must be greater than 0",
        ),
        ('[apps."o#a"]\nclient_id = "i"', "apps.o#a: client_id and client_secret_file go together"),
        (
            '[apps."o#a".templates."a-b"]\ntitle_pattern = ""\ncontent_pattern = ""',
            "apps.o#a.templates.a-b: must be 1 to 64 letters and digits",
        ),
        ('[apps."o#a"]\nchannels = 1', "apps.o#a.channels: must be a list"),
        (f"{CHANNELS}notifier = 'n'", "apps.org#app.channels[0].provider: missing"),
        (
            f"{CHANNELS}notifier = 'n'\nprovider = 'vivo'",
            "apps.org#app.channels[0].provider: must be one of 'apns', 'fcm', 'huawei'",
        ),
        (f"{CHANNELS}{APNS}", "apps.org#app.channels[0]: needs exactly one of key_file and cert_file"),
        (
            f"{CHANNELS}{APNS}{KEY}cert_file = 'key.p8'",
            "apps.org#app.channels[0]: needs exactly one of key_file and cert_file",
        ),
        (f"{CHANNELS}{APNS}key_file = 'key.p8'", "apps.org#app.channels[0]: key_file needs key_id and team_id"),
        (
            f"{CHANNELS}{APNS}{KEY}cert_password_file = 'secret'",
            "apps.org#app.channels[0]: cert_password_file needs cert_file",
        ),
        (
            f"{CHANNELS}{FCM}service_account_file = 'none.json'",
            "apps.org#app.channels[0].service_account_file: file not found",
        ),
        (f"{CHANNELS}{FCM}service_account_file = '.'", "apps.org#app.channels[0].service_account_file: is a directory"),
        (f"{CHANNELS}{FCM}{ACCOUNT}proxy = 'p:3128'", "apps.org#app.channels[0].proxy: must be a URL"),
        (
            f"{CHANNELS}{HUAWEI}",
            "apps.org#app.channels[0]: needs exactly one of secret_file and service_account_file",
        ),
        (f"{CHANNELS}{HUAWEI}secret_file = 'secret'\napi = 'v2'", "apps.org#app.channels[0]: api v2 needs project_id"),
        (
            f"{CHANNELS}{HUAWEI}secret_file = 'secret'\napi = 'v3'\nproject_id = 'p'",
            "apps.org#app.channels[0]: api v3 needs service_account_file",
        ),
        (f"{CHANNELS}{HUAWEI}{ACCOUNT}api = 'v3'", "apps.org#app.channels[0]: api v3 needs project_id"),
        (
            f"{CHANNELS}provider = 'huawei'\nsecret_file = 'secret'",
            "apps.org#app.channels[0].notifier: missing",
        ),
        (
            f"{CHANNELS}{FCM}{ACCOUNT}{CHANNELS}{FCM}{ACCOUNT}",
            "apps.org#app.channels: several channels have the notifier 'f'",
        ),
    ],
)
def test_one_fault(tmp_path: Path, text: str, expected: str) -> None:
    """A fault is one line: the path of the key, and what is wrong with it."""
    (found,) = faults(tmp_path, text)
    assert found.startswith(expected)
    assert "\n" not in found


def test_all_faults_at_once(tmp_path: Path) -> None:
    """An operator sees every fault in one go."""
    text = f"[redis]\nurl2 = 1\n[worker]\nbatch = 0\n{CHANNELS}{APNS}{CHANNELS}{FCM}"
    assert [line.partition(":")[0] for line in faults(tmp_path, text)] == [
        "redis.url2",
        "worker.batch",
        "apps.org#app.channels[0]",
        "apps.org#app.channels[1].service_account_file",
    ]


def test_syntax_error(tmp_path: Path) -> None:
    """A syntax error names the file and the line."""
    (found,) = faults(tmp_path, "[redis]\nurl = \n")
    assert re.search(r"config\.toml: .*line 2", found)


@pytest.mark.parametrize(
    ("name", "expected"), [("none.toml", "file not found"), ("", "is a directory"), ("latin.toml", "is not UTF-8 text")]
)
def test_unreadable_file(tmp_path: Path, name: str, expected: str) -> None:
    """A file that cannot be read is named."""
    (tmp_path / "latin.toml").write_bytes(b"# \xe9")
    with pytest.raises(ConfigError, match=f"{re.escape(str(tmp_path / name))}: {expected}"):
        load_config(tmp_path / name, {})


def test_file_named_by_the_environment(tmp_path: Path) -> None:
    """OFFLINE_PUSH_CONFIG names the file, and an argument beats it."""
    first, second = tmp_path / "1.toml", tmp_path / "2.toml"
    first.write_text("[worker]\nbatch = 1")
    second.write_text("[worker]\nbatch = 2")
    env = {"OFFLINE_PUSH_CONFIG": str(first)}
    assert load_config(None, env).worker.batch == 1
    assert load_config(second, env).worker.batch == 2


def test_keys_from_the_environment(tmp_path: Path) -> None:
    """A variable beats the file; an empty one and those of others change nothing."""
    config = load(
        tmp_path,
        "[redis]\nurl = 'redis://file'\n[worker]\nbatch = 1\nlease_s = 2",
        OFFLINE_PUSH_REDIS__URL="redis://env",
        OFFLINE_PUSH_WORKER='{"batch": 3, "dedupe_s": 4}',
        OFFLINE_PUSH_WORKER__BATCH="5",
        OFFLINE_PUSH_WORKER__LEASE_S="",
        OTHER_WORKER__BATCH="6",
    )
    assert config.redis.url == "redis://env"
    assert (config.worker.batch, config.worker.dedupe_s, config.worker.lease_s) == (5, 4, 2)


def test_apps_from_the_environment(tmp_path: Path) -> None:
    """JSON is merged into the apps table by table, and into channels by notifier."""
    patch = {
        "org#app": {"timezone": "UTC", "channels": {"f": {"endpoint": "https://localhost:8443", "enabled": False}}},
        "org#new": {"advanced": False},
    }
    config = load(
        tmp_path,
        f"[apps.'org#app']\nlocale = 'en'\n{CHANNELS}{APNS}{KEY}{CHANNELS}{FCM}{ACCOUNT}",
        OFFLINE_PUSH_APPS=json.dumps(patch),
        **{"OFFLINE_PUSH_APPS__Org#App__LOCALE": "en", "OFFLINE_PUSH_APPS__org#app__CHANNELS__a__TOPIC": "changed"},
    )
    app = config.apps["org#app"]
    apple, google = app.channels
    assert isinstance(apple, ApnsChannel)
    assert (app.timezone, app.locale, apple.topic, apple.enabled) == ("UTC", "en", "changed", True)
    assert (google.endpoint, google.enabled) == ("https://localhost:8443", False)
    assert not config.apps["org#new"].advanced
    assert config.apps["Org#App"].locale == "en"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("OFFLINE_PUSH_REDIS_URL", "redis://h", "OFFLINE_PUSH_REDIS_URL: unknown variable"),
        ("OFFLINE_PUSH_REDIS__ULR", "redis://h", "redis.ulr: unknown key"),
        ("OFFLINE_PUSH_REDIS", "redis://h", "OFFLINE_PUSH_REDIS: must be a JSON object"),
        ("OFFLINE_PUSH_APPS", '{"org#app": ', "OFFLINE_PUSH_APPS: must be a JSON object"),
        (
            "OFFLINE_PUSH_APPS",
            '{"org#app": {"channels": {"x": {}}}}',
            "apps.org#app.channels: no channel has the notifier 'x'",
        ),
        ("OFFLINE_PUSH_WORKER__METRICS_PORT", "9100x", "worker.metrics_port: must be a valid integer"),
        ("OFFLINE_PUSH_WORKER_METRICS_PORT", "9100", "OFFLINE_PUSH_WORKER_METRICS_PORT: unknown variable"),
    ],
)
def test_wrong_variable(tmp_path: Path, name: str, value: str, expected: str) -> None:
    """A misspelt or malformed variable is refused, never ignored."""
    (found,) = faults(tmp_path, f"{CHANNELS}{FCM}{ACCOUNT}", **{name: value})
    assert found.startswith(expected)


def test_kubernetes_service_links() -> None:
    """Variables that Kubernetes sets for services named offline-push-… are not taken for ours."""
    env = {
        "OFFLINE_PUSH_SERVICE_HOST": "10.0.0.1",
        "OFFLINE_PUSH_PORT": "tcp://10.0.0.1:80",
        "OFFLINE_PUSH_REDIS_SERVICE_PORT_REDIS": "6379",
        "OFFLINE_PUSH_REDIS_PORT_6379_TCP": "tcp://10.0.0.2:6379",
        "OFFLINE_PUSH_REDIS_PORT_6379_TCP_ADDR": "10.0.0.2",
    }
    assert load_config(None, env) == Config()


def test_absent_key_files(tmp_path: Path) -> None:
    """Deciding offline needs no key files, when asked so."""
    path = tmp_path / "config.toml"
    path.write_text(f"{CHANNELS}{APNS}{KEY}")
    (channel,) = load_config(path, {}, check_files=False).apps["org#app"].channels
    assert isinstance(channel, ApnsChannel)
    assert channel.key_file == tmp_path / "key.p8"


def test_the_longest_call_is_what_the_clients_allow() -> None:
    """The bound of stall_s follows from the time-out of a read and from how long it waits for entries."""
    assert max(event_reader.BLOCK_MS, lane.BLOCK_MS) / 1000 + client_options.TIMEOUT_S == LONGEST_CALL_S


@pytest.mark.parametrize(
    "text",
    [
        '[redis]\nurl = "redis://user:hunter2@h/0"\n[celery]\nbroker_url = "redis://:hunter2@h/1"\n',
        f'{CHANNELS}{FCM}{ACCOUNT}proxy = "http://user:hunter2@proxy:3128"\n',
    ],
)
def test_passwords_stay_out_of_repr(tmp_path: Path, text: str) -> None:
    """A URL with a password is not shown when a configuration is."""
    config = load(tmp_path, text)
    assert "hunter2" in str(config.model_dump())
    assert "hunter2" not in repr(config) + str(config)


@pytest.mark.parametrize(
    "text",
    [
        '[redis]\nurl = "redis://:hunter2#x@h:1"',
        '[redis]\nurl = "http://u:hunter2@h"',
        '[redis]\npassword = "hunter2"',
        '[worker]\nbatch = "hunter2"',
        '[celery]\nbroker_url = ["hunter2"]',
        f'{CHANNELS}{FCM}{ACCOUNT}proxy = "http://u:hunter2/@proxy"',
        f'{CHANNELS}{HUAWEI}secret = "hunter2"',
        'redis = "hunter2"',
        'url = "hunter2',
    ],
)
def test_faults_do_not_quote_values(tmp_path: Path, text: str) -> None:
    """A wrong value is never repeated: it may be a secret in the wrong place."""
    assert "hunter2" not in "\n".join(faults(tmp_path, text))


def test_read_secret(tmp_path: Path) -> None:
    """A secret is read without its line end and shows itself only when asked."""
    path = tmp_path / "secret"
    path.write_text("hunter2\r\n")
    secret = read_secret(path)
    assert secret.get_secret_value() == "hunter2"
    assert "hunter2" not in repr(secret) + str(secret)


@pytest.mark.parametrize(
    ("content", "expected"), [(b"\n", "is empty"), (b"\xff", "is not UTF-8 text"), (None, "file not found")]
)
def test_unreadable_secret(tmp_path: Path, content: bytes | None, expected: str) -> None:
    """A secret file that is no good is named, with the reason."""
    path = tmp_path / "secret"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=f"secret: {expected}"):
        read_secret(path)
