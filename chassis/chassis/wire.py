"""What the AMQP libraries would do with a hostile message, and must not.

Both changes are to the process's own copy of library tables; a test for each fails when the name is gone.
"""

from amqp import serialization
from kombu import compression

_BASIC = 60  # the AMQP class of messages


def harden() -> None:
    """Let no message break a connection or fill the memory before we have looked at it; idempotent."""
    # A compressed body could be a bomb, and nobody of ours sends one: without decoders kombu refuses it.
    compression._decoders.clear()
    serialization.PROPERTY_CLASSES[_BASIC] = _read_or_nothing


_read = serialization.PROPERTY_CLASSES[_BASIC]


def _read_or_nothing(buf: bytes, offset: int) -> tuple[dict[str, object], int]:
    """Properties that cannot be read count as absent: raising here would end the consumer, and again at each start."""
    try:
        properties: tuple[dict[str, object], int] = _read(buf, offset)
        return properties
    except Exception:
        return {}, len(buf)
