"""One story through many services: the W3C trace context, and spans or error reports for those who collect
them.

The header `traceparent` travels with every call and event, whether or not anything collects. OpenTelemetry
and Sentry are imported only when their settings are there; what they are sent holds names, ids and codes,
never a message.
"""

# The packages are optional, so the type checker may not find them.
# mypy: disable-error-code="import-not-found"

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from chassis.logs import fault_of
from chassis.settings import Settings

_HEADER = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")

_tracer: Any = None
_sentry: Any = None


@dataclass(frozen=True, slots=True)
class Traceparent:
    """A place in a trace: https://www.w3.org/TR/trace-context/#traceparent-header."""

    trace: str  # 32 hexadecimal digits
    span: str  # 16 hexadecimal digits
    flags: int = 1

    @classmethod
    def parse(cls, header: str | None) -> "Traceparent | None":
        """The place that a header names, or None for a header that is missing or malformed."""
        found = _HEADER.fullmatch(header) if header and len(header) <= 200 else None
        if found is None:
            return None
        version, trace, span, flags, more = found.groups()
        if version == "ff" or (version == "00" and more) or not trace.strip("0") or not span.strip("0"):
            return None
        return cls(trace, span, int(flags, 16) & 1)

    @classmethod
    def new(cls) -> "Traceparent":
        """The first place of a new trace."""
        return cls(os.urandom(16).hex(), os.urandom(8).hex())

    def child(self) -> "Traceparent":
        """The next place of the same trace."""
        return replace(self, span=os.urandom(8).hex())

    def __str__(self) -> str:
        return f"00-{self.trace}-{self.span}-{self.flags:02x}"


def follow(header: str | None) -> Traceparent:
    """The place of work that a caller's header led to: a child of theirs, or a new trace."""
    parent = Traceparent.parse(header)
    return parent.child() if parent else Traceparent.new()


def configure(settings: Settings) -> None:
    """Start what the settings ask for; that the packages are there, `Settings.load` has made sure."""
    if settings.otel_exporter_otlp_endpoint:
        _start_spans(settings)
    if settings.sentry_dsn:
        _start_reports(settings)


@contextmanager
def span(name: str, header: str | None = None, **attributes: str | int) -> Iterator[Traceparent]:
    """Do one piece of work in the trace of `header`; yields the place to hand on to what it calls."""
    if _tracer is None:
        yield follow(header)
        return
    from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode, TraceFlags
    from opentelemetry.trace.propagation import set_span_in_context

    parent, context = Traceparent.parse(header), None
    if parent:
        context = set_span_in_context(
            NonRecordingSpan(
                SpanContext(int(parent.trace, 16), int(parent.span, 16), True, TraceFlags(parent.flags))
            )
        )
    with _tracer.start_as_current_span(
        name,
        context=context,
        kind=SpanKind.SERVER if parent else SpanKind.INTERNAL,
        attributes=attributes,
        record_exception=False,  # both would tell the error's message
        set_status_on_exception=False,
    ) as working:
        here = working.get_span_context()
        try:
            yield Traceparent(f"{here.trace_id:032x}", f"{here.span_id:016x}", int(here.trace_flags) & 1)
        except BaseException as error:
            working.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise


def report(error: BaseException) -> None:
    """Tell the error collector, if there is one, of an unexpected error."""
    if _sentry is not None:
        _sentry.capture_exception(error)


def _start_spans(settings: Settings) -> None:
    global _tracer
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(
        resource=Resource.create({"service.name": settings.service, "service.version": settings.commit})
    )
    endpoint = settings.otel_exporter_otlp_endpoint.rstrip("/") + "/v1/traces"
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint, timeout=5)))
    _tracer = provider.get_tracer("chassis")


def _start_reports(settings: Settings) -> None:
    global _sentry
    import sentry_sdk

    sentry_sdk.init(
        dsn=settings.sentry_dsn,
        release=settings.commit,
        server_name=settings.service,
        default_integrations=False,  # they would send log lines, arguments and local variables
        auto_enabling_integrations=False,
        include_local_variables=False,
        include_source_context=False,
        send_default_pii=False,
        max_breadcrumbs=0,
        before_send=_only_where,
    )
    _sentry = sentry_sdk


def _only_where(event: dict[str, Any], hint: dict[str, Any]) -> dict[str, Any]:
    """Keep of a report what our own log line would tell."""
    for told in event.get("exception", {}).get("values", []):
        told.pop("value", None)
    for name in ("request", "extra", "breadcrumbs", "user", "message", "logentry"):
        event.pop(name, None)
    raised = hint.get("exc_info")
    if raised:
        told = fault_of(raised[1])
        event["tags"] = {name: str(told[name]) for name in ("code", "sqlstate", "constraint") if name in told}
    return event
