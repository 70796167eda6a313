"""The trace context travels on whether or not anything collects it."""

import pytest

from chassis import tracing
from chassis.settings import Settings
from chassis.tracing import Traceparent, follow, span

HEADER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_a_header_is_read_and_written_alike():
    assert str(Traceparent.parse(HEADER)) == HEADER
    assert Traceparent.parse(HEADER.removesuffix("01") + "00").flags == 0


def test_a_later_version_is_read_by_the_fields_that_are_known():
    assert Traceparent.parse(f"01-{HEADER[3:]}-more").trace == HEADER[3:35]


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "nonsense",
        HEADER.upper(),
        f"{HEADER}-more",
        f"ff{HEADER[2:]}",
        f"00-{'0' * 32}-b7ad6b7169203331-01",
        f"00-0af7651916cd43dd8448eb211c80319c-{'0' * 16}-01",
        HEADER + "-" + "x" * 1000,
    ],
)
def test_a_malformed_header_begins_a_new_trace(header):
    assert Traceparent.parse(header) is None
    assert Traceparent.parse(str(follow(header))) is not None


def test_work_is_a_child_in_its_caller_s_trace():
    here = follow(HEADER)

    assert here.trace == HEADER[3:35]
    assert here.span != HEADER[36:52]
    assert here.child().trace == here.trace
    assert here.child() != here


def test_without_a_collector_a_span_only_hands_on_the_context():
    tracing.configure(Settings(service="loans"))

    with span("set_aside", HEADER, method="set_aside") as here:
        assert here.trace == HEADER[3:35]
    tracing.report(ValueError("told to nobody"))


def test_a_report_keeps_where_and_loses_what():
    event = {
        "exception": {"values": [{"type": "ValueError", "value": "Asha", "stacktrace": {}}]},
        "logentry": {"message": "Asha"},
        "extra": {"body": "Asha"},
        "level": "error",
    }

    kept = tracing._only_where(event, {"exc_info": (ValueError, ValueError("Asha"), None)})

    assert "Asha" not in str(kept)
    assert kept["exception"]["values"][0] == {"type": "ValueError", "stacktrace": {}}
