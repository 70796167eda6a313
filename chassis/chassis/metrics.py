"""The chassis's metrics, one set of names in every service; each process is its own Prometheus target."""

from prometheus_client import Counter, Gauge, Histogram

_TIMES = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

RPC_SECONDS = Histogram("ustawi_rpc_seconds", "Time to answer a call", ["method", "outcome"], buckets=_TIMES)
RPC_AT_WORK = Gauge("ustawi_rpc_at_work", "Calls that a worker is busy with")
RPC_REFUSED = Counter("ustawi_rpc_unreadable_total", "Requests that could not be read at all", ["reason"])
RPC_HELD = Gauge("ustawi_rpc_held_duplicates", "Repeats that wait for the first of their command_id")
RPC_WAITING = Gauge("ustawi_rpc_waiting", "Requests that wait for a worker")
RPC_SHED = Counter(
    "ustawi_rpc_shed_total", "Requests refused because waiting would have been in vain", ["reason"]
)

COMMANDS_TOGETHER = Histogram(
    "ustawi_commands_together", "Commands that shared one transaction", buckets=(1, 2, 4, 8, 16, 32, 64)
)

RELAY_LEADS = Gauge("ustawi_relay_leads", "1 where this process leads the relay")

STREAM_POSITION = Gauge("ustawi_stream_position", "Last position taken in from a source", ["source"])
STREAM_LAG = Gauge("ustawi_stream_lag_events", "Positions behind the source's log, as last heard", ["source"])
STREAM_EVENTS = Counter("ustawi_stream_events_total", "Events by what became of them", ["source", "status"])
STREAM_SECONDS = Histogram("ustawi_stream_batch_seconds", "Time of a batch", ["source"], buckets=_TIMES)
STREAM_PARKED = Gauge("ustawi_stream_parked_events", "Events parked now", ["source"])
STREAM_FORKED = Gauge(
    "ustawi_stream_forked", "1 while a source's log does not continue what was read", ["source"]
)
STREAM_STOPPED = Gauge(
    "ustawi_stream_stopped", "1 while a stream stands still and needs a person", ["source"]
)
STREAM_HEALED = Counter(
    "ustawi_stream_healed_events_total", "Events fetched from the source to close a gap", ["source"]
)
DEAD_LETTERS = Counter("ustawi_dead_letters_total", "Messages that could not be decoded", ["source"])

DEADLINES_FIRED = Counter("ustawi_deadlines_handled_total", "Deadlines handled", ["kind"])
DEADLINES_FAILED = Counter(
    "ustawi_deadlines_failed_total", "Deadline handlers that failed and will be tried again", ["kind"]
)
