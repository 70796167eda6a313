"""Do facts flow? Outboxes, streams and queues, as the services tell by RPC."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ustawi.columns import counted
from ustawi.doctor.finding import Finding, Ways
from ustawi.operate.outbox import OLD

_BEHIND = 500  # events, as in the alert StreamLag


def outbox(ways: Ways, service: str, first: Mapping[str, Any], last: Mapping[str, Any]) -> Iterator[Finding]:
    """By two looks: what is moved and not yet confirmed is normal for a moment."""
    if last["oldest_seconds"] > OLD:
        told = f"{last['pending']} facts of {service} wait to be published, the oldest for {last['oldest_seconds']} s."
    elif last["published"] < first["position"] and last["published"] == first["published"]:
        told = f"{service} has published up to {last['published']} of {last['position']} events and goes no further."
    else:
        return
    mend = (
        f"See why its relay stands still: {ways.log(service)}; then {ways.restart(service)}. Nothing is lost."
    )
    yield Finding("outbox_stuck", (service,), told, mend, "outbox-old")


def streams(service: str, told: Sequence[Mapping[str, Any]], heads: Mapping[str, int]) -> Iterator[Finding]:
    """What stands in the way of a service's streams."""
    for stream in told:
        source, where = stream["source"], (service,)
        if stream["forked"]:
            yield Finding(
                "stream_forked",
                where,
                f"The log of {source} does not continue what {service} has read ({stream['forked'].get('why')}):"
                " it was restored or rewritten.",
                f"Stop {source} and read the page before anything else; `ustawi audit verify` shows where they part.",
                "log-forked",
            )
        elif stream["stopped"]:
            yield Finding(
                "stream_stopped",
                where,
                f"{service} has stopped following {source}: {stream['stopped']}.",
                f"See what failed: ustawi parked list --service {service}. When it is mended: ustawi resume {service} "
                f"{source}",
                "stream-stopped",
            )
        elif heads.get(source, 0) - stream["position"] > _BEHIND:
            behind = heads[source] - stream["position"]
            yield Finding(
                "stream_behind",
                where,
                f"{service} is {behind} events behind {source}.",
                "Look again in a minute: ustawi streams. A position that moves is catching up.",
                "stream-lag",
            )
        if stream["parked"]:
            yield Finding(
                "parked_events",
                where,
                f"{service} has set {counted(stream['parked'], 'event')} of {source} aside.",
                f"See why: ustawi parked list --service {service}. When it is mended: ustawi parked redrive --service "
                f"{service}",
                "parked-events",
            )


def queues(
    ways: Ways, service: str, told: Sequence[Mapping[str, Any]], standing: set[str]
) -> Iterator[Finding]:
    """`standing`: sources whose streams stand still for a reason told already."""
    for queue in told:
        name = queue["queue"]
        if queue["kind"] == "dead":
            if queue["messages"]:
                yield Finding(
                    "dead_letters",
                    (service,),
                    f"{counted(queue['messages'], 'message')} in {name} could not be read.",
                    f"Look at them: ustawi dead-letters list --service {service}; then redrive or drop.",
                    "dead-letters",
                )
        elif not queue["consumers"] and name.rpartition(".")[2] not in standing:
            yield Finding(
                "no_consumer",
                (service,),
                f"Nobody takes messages from {name}"
                + ("." if queue["messages"] is not None else ": it is not there."),
                f"See why {service} cannot read it: {ways.log(service)}; rights on the broker are set again by "
                f"{ways.start()}; then {ways.restart(service)}",
                "stream-stopped",
            )
