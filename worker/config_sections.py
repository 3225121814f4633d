"""The sections of the configuration that are not about an app."""

from typing import Self
from urllib.parse import parse_qs, urlsplit

from pydantic import Field, PositiveFloat, PositiveInt, ValidationInfo, field_validator, model_validator

from worker.config_types import (
    BrokerUrl,
    HttpUrl,
    Network,
    ProviderName,
    ProxyUrl,
    ReadableFile,
    RedisUrl,
    RelativePath,
    Section,
    ServerAddress,
    Text,
)

#: A read that waits for entries and its time-out: the longest that a call to a Redis in order can take, seconds.
LONGEST_CALL_S = 6.0
#: The longest life of a token of the API, a year: a revocation need not be remembered for longer.
MAX_TTL_S = 31_536_000


class RedisSettings(Section):
    """``[redis]``: where the state lives."""

    #: Not given: an embedded Valkey. With ``sentinels``: how to speak to the servers, its host is not used.
    url: RedisUrl | None = Field(default=None, repr=False)
    #: Where the embedded Valkey keeps its data. Not given: a temporary directory, and nothing outlives the process.
    data_dir: RelativePath | None = None
    #: State is spread over so many hash tags. Fixed for the life of the data; producers count with it.
    partitions: int = Field(default=1, ge=1, le=1024)
    #: The sentinels that name the server, and what they call it.
    sentinels: tuple[ServerAddress, ...] | None = None
    master: Text | None = None
    #: Credentials of the sentinels themselves.
    sentinel_username: Text | None = None
    sentinel_password_file: ReadableFile | None = None
    #: Whether ``url`` is a node of a Redis Cluster.
    cluster: bool = False
    #: More nodes to ask for the others.
    nodes: tuple[ServerAddress, ...] | None = None

    @property
    def is_embedded(self) -> bool:
        """Whether no server is given, so that one is started."""
        return not self.url and not self.sentinels

    @model_validator(mode="after")
    def _is_one_topology(self) -> Self:
        fault = next((text for is_wrong, text in self._faults() if is_wrong), None)
        if fault:
            raise ValueError(fault)
        return self

    def _faults(self) -> list[tuple[bool, str]]:
        parts = urlsplit(self.url or "")
        has_substitutes = bool(self.sentinels or self.cluster)
        database = parse_qs(parts.query).get("db", [parts.path.strip("/")])[0]
        return [
            (bool(self.sentinels) != bool(self.master), "sentinels and master go together"),
            (bool(self.sentinels) and self.cluster, "either sentinels or cluster, not both"),
            (bool(self.sentinel_password_file) and not self.sentinels, "sentinel_password_file needs sentinels"),
            (bool(self.sentinel_username) and not self.sentinel_password_file, "sentinel_username needs its password"),
            (bool(self.nodes) and not self.cluster, "nodes needs cluster = true"),
            (self.cluster and not self.url, "cluster needs url, the address of one node"),
            (has_substitutes and parts.scheme == "unix", "sentinels and cluster need TCP, url is a unix socket"),
            (self.cluster and database not in {"", "0"}, "a cluster has database 0 only, url names another"),
        ]


class CelerySettings(Section):
    """``[celery]``: the broker of Celery's control commands and low-rate tasks."""

    #: Not given: ``default_broker_url`` of the Redis in use.
    broker_url: BrokerUrl | None = Field(default=None, repr=False)
    #: The master's name when ``broker_url`` is ``sentinel://``. Not given: ``redis.master``.
    broker_master: Text | None = None


class VendorSettings(Section):
    """``[api.vendors.<provider>]``: the way to a vendor for channels that are made over HTTP.

    It is the operator's to say where secrets are sent: no caller can.
    """

    #: Replaces the vendor's own address: tests, relays, private clouds.
    endpoint: HttpUrl | None = None
    #: Replaces the vendor's OAuth address (FCM, Huawei).
    token_endpoint: HttpUrl | None = None
    #: Authorities to trust besides the system's (PEM).
    ca_file: ReadableFile | None = None
    #: HTTP or SOCKS proxy to reach the vendor through.
    proxy: ProxyUrl | None = Field(default=None, repr=False)


class ApiSettings(Section):
    """``[api]``: what callers of the HTTP API may do."""

    #: Requests an app may make in a second; kinds of routes have shares of it.
    rate_per_s: PositiveInt = 100
    #: The life of a token that is asked for without one.
    token_ttl_s: int = Field(default=5_184_000, ge=1, le=MAX_TTL_S)
    #: The proxies in front, addresses or networks: what they say of a caller's address is believed.
    trusted_proxies: tuple[Network, ...] = ("127.0.0.1", "::1")
    #: The keys that seal the secrets of channels made over HTTP; workers read it too. Not given: none can be made.
    secrets_key_file: ReadableFile | None = None
    #: The way to a vendor for such channels, by provider.
    vendors: dict[ProviderName, VendorSettings] = Field(default_factory=dict)


class WorkerSettings(Section):
    """``[worker]``: how much a worker takes, for how long, and what it keeps."""

    #: Events taken from a stream at a time.
    batch: int = Field(default=200, ge=1, le=500)  # Lua's unpack takes about 8000 arguments
    #: Unacknowledged work of a silent worker is taken over after this.
    lease_s: PositiveInt = 60
    #: A message repeated within this time is pushed once.
    dedupe_s: PositiveInt = 86_400
    #: Messages whose delivery is remembered per partition; beyond it the oldest are forgotten before dedupe_s.
    ledger_max: PositiveInt = 5_000_000
    #: Retired tokens are kept aside, with the reason, for as long.
    retired_s: PositiveInt = 604_800
    #: Decision records kept per partition.
    journal_max: PositiveInt = 100_000
    #: Larger events go to the dead letters.
    max_event_bytes: PositiveInt = 524_288
    #: After so many events in a row to the dead letters the ingest stops, and tries one every ten seconds. 0: never.
    dead_letter_limit: int = Field(default=1000, ge=0)
    #: Sends of one notification, the first included.
    retry_attempts: PositiveInt = 12
    #: No send is repeated later than this after its decision.
    max_retry_age_s: PositiveInt = 3_600
    #: Time a vendor has to answer.
    send_deadline_s: PositiveFloat = 15.0
    #: A part of the worker that stands still for as long is started again.
    stall_s: int = Field(default=60, validate_default=True)
    #: A worker that is told to stop gives what is in flight this time to end; the rest is left to others.
    drain_s: PositiveInt = 30
    #: Address and port of metrics and probes. No port: none are served.
    metrics_host: Text = "0.0.0.0"  # noqa: S104 - where Prometheus has always found it
    metrics_port: int | None = Field(default=None, ge=0, le=65_535)

    @field_validator("stall_s")
    @classmethod
    def _allows_for_the_longest_wait(cls, stall_s: int, info: ValidationInfo) -> int:
        """Refuse to call a part stalled that may be waiting in good order: a lane for a send and for its settling."""
        longest = LONGEST_CALL_S + info.data.get("send_deadline_s", 0.0)
        if stall_s <= longest:
            raise ValueError(f"must exceed {longest:g} s, which a send and a call to Redis may take")
        return stall_s
