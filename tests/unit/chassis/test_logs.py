"""Every line is JSON, and nothing personal gets in."""

import io
import json
import logging
import sys
import threading
import warnings
from datetime import date
from uuid import UUID

import pytest
import structlog

from chassis import logs
from chassis.errors import Refused


@pytest.fixture
def lines():
    """Configures logging for the service `loans`; calling it gives the lines written so far."""
    root, hooks = logging.getLogger(), (sys.excepthook, threading.excepthook)
    kept = root.handlers[:], root.level
    stream = io.StringIO()
    logs.configure("loans", "debug", stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logging.captureWarnings(False)
    root.handlers[:], root.level = kept
    sys.excepthook, threading.excepthook = hooks
    structlog.reset_defaults()


def test_our_lines_carry_named_values(lines):
    logs.get("loans.fund").info(
        "relay_published", count=3, on=date(2025, 7, 1), id=UUID(int=1), body=object()
    )

    (line,) = lines()
    assert line.pop("at").endswith("+00:00")
    assert line == {
        "level": "info",
        "service": "loans",
        "logger": "loans.fund",
        "event": "relay_published",
        "count": 3,
        "on": "2025-07-01",
        "id": "00000000-0000-0000-0000-000000000001",
        "body": "<object>",
    }


def test_our_lines_may_come_by_the_standard_library_too(lines):
    logging.getLogger("chassis.relay").warning("the relay of %s waits", "loans", extra={"fault": "x at y:1"})

    (line,) = lines()
    assert (line["level"], line["event"], line["fault"]) == (
        "warning",
        "the relay of loans waits",
        "x at y:1",
    )


def test_ids_of_the_call_are_in_every_line_inside_it_and_in_none_after(lines):
    with logs.bound(call="c1", traceparent=None):
        logs.get("loans").info("inside")
        logging.getLogger("kombu.connection").warning("inside too")
    logs.get("loans").info("after")

    assert [line.get("call") for line in lines()] == ["c1", "c1", None]
    assert "traceparent" not in lines()[0]


def test_a_library_s_values_are_told_by_type_only(lines):
    kombu = logging.getLogger("kombu.messaging")
    kombu.error(
        "Can't decode message body: %r (type:%r raw:%r) after %d", ValueError("Asha"), "Asha", b"Asha", 3
    )
    kombu.error("%(name)s waits %(seconds)s s", {"name": "Asha", "seconds": 5})
    kombu.error(ValueError("Asha"))
    kombu.error("gone", extra={"body": "Asha"})

    assert [line["event"] for line in lines()] == [
        "Can't decode message body: <ValueError> (type:<str> raw:<bytes>) after 3",
        "<str> waits 5 s",
        "<ValueError>",
        "gone",
    ]
    assert "Asha" not in json.dumps(lines())


def test_a_text_that_does_not_fit_its_values_is_told_bare(lines):
    record = logging.LogRecord("kombu", logging.ERROR, __file__, 1, "%d tries", ("Asha",), None)
    logging.getLogger().handlers[0].handle(record)

    assert lines()[0]["event"] == "%d tries"


def test_a_library_s_debug_lines_are_never_written(lines):
    logging.getLogger("amqp").debug("frame")
    logging.getLogger("nameko.rpc").debug("body")

    assert lines() == []


def test_an_error_is_told_by_type_place_and_codes_never_by_its_message(lines):
    def lend():
        raise Refused("pot_exhausted", "Asha asked for too much")

    for log in (logs.get("loans"), logging.getLogger("nameko.containers")):
        try:
            try:
                lend()
            except Refused as error:
                raise RuntimeError("Asha again") from error
        except RuntimeError:
            log.exception("handler_failed")
    logs.get("loans").error("told", exc_info=Refused("x", "Asha"))

    assert "Asha" not in json.dumps(lines())
    assert lines()[0]["error"]["type"] == lines()[1]["error"]["type"] == "RuntimeError"
    assert lines()[0]["error"]["cause"] == "Refused"
    assert lines()[0]["error"]["at"][0].startswith("chassis/test_logs.py:")
    assert lines()[2]["error"] == {"type": "Refused", "code": "x", "at": []}


def test_long_values_are_cut(lines):
    logs.get("loans").info("long", value="x" * 10_000)

    assert len(lines()[0]["value"]) == 501


def test_line_breaks_do_not_make_two_lines(lines):
    logs.get("loans").info("two", value="a\nb\u2028c")

    assert len(lines()) == 1


def test_warnings_are_lines_as_well(lines):
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(True)
        warnings.warn("old ways", DeprecationWarning, stacklevel=1)

    assert "old ways" in lines()[0]["event"]


def test_what_nobody_caught_is_a_line_too(lines):
    def fail():
        raise ValueError("Asha")

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()

    (line,) = lines()
    assert (line["level"], line["event"], line["error"]["type"]) == ("critical", "uncaught", "ValueError")


def test_the_level_holds_for_everyone():
    root, hooks = logging.getLogger(), (sys.excepthook, threading.excepthook)
    kept = root.handlers[:], root.level
    stream = io.StringIO()
    try:
        logs.configure("loans", "warning", stream)
        structlog.get_logger("loans").info("no")
        logging.getLogger("chassis").info("no")
        logging.getLogger("kombu").info("no")
    finally:
        logging.captureWarnings(False)
        root.handlers[:], root.level = kept
        sys.excepthook, threading.excepthook = hooks
        structlog.reset_defaults()

    assert stream.getvalue() == ""
