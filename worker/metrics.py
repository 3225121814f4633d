"""Every metric, once, with its meaning. Labels never hold users, tokens or text."""

from prometheus_client import Counter, Gauge, Histogram

from worker.dwell import Dwells

DECISIONS = Counter("offline_push_decisions", "Decisions by app and reason", ("app", "reason"))
REPEATS = Counter("offline_push_repeated_decisions", "Receivers of redelivered events, absorbed by dedupe")
SENDS = Counter("offline_push_sends", "Settled sends by provider and outcome", ("provider", "outcome"))
UNEXPECTED_ANSWERS = Counter(
    "offline_push_unexpected_answers", "Vendor answers that the vendor's documentation does not know", ("provider",)
)
RECEIPTS = Counter("offline_push_receipts", "Pushes whose state a vendor's receipt changed", ("provider", "outcome"))
DEAD_LETTERS = Counter("offline_push_dead_letters", "Entries moved to the dead letters by stage", ("stage",))
PAUSED = Gauge("offline_push_channel_paused", "1 while a channel's circuit breaker is not closed", ("app", "notifier"))
TOKENS_KEPT = Counter(
    "offline_push_tokens_kept", "Tokens called dead and kept, because too many died at once", ("app", "notifier")
)
STOPPED = Gauge("offline_push_ingest_stopped", "1 while the brake holds the ingest: event after event failed")
IN_FLIGHT = Gauge("offline_push_in_flight", "Pushes being sent by provider", ("provider",))
DWELL = Dwells("offline_push_dwell_seconds", "From the message's timestamp to the vendor's acceptance, by provider")
API_SECONDS = Histogram(
    "offline_push_api_seconds",
    "From a request to the HTTP API to its answer, by method, route and status",
    ("method", "route", "status"),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
STALLS = Counter("offline_push_stalls", "Parts of the worker that stood still", ("part",))
REDIS_TROUBLE_SECONDS = Counter("offline_push_redis_trouble_seconds", "Time during which some part waited for Redis")
_CHANNEL = ("stage", "app", "provider", "notifier")
BACKLOG = Gauge("offline_push_backlog", "What is not done, by stage; of streams with what is in flight", _CHANNEL)
BACKLOG_AGE = Gauge("offline_push_backlog_age_seconds", "How long the oldest entry of a stream has waited", _CHANNEL)
