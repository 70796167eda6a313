"""Receipt codes: what a citizen takes home to ask again with, and what nobody can guess."""

import hmac
from base64 import b32encode
from hashlib import sha256
from uuid import UUID


def receipt_code(key: bytes, command: UUID, purpose: str) -> str:
    """A code such as `7KQF-2M6P-XW3T-A5HD`: 80 bits of an HMAC of the command id, so that a repeat gives it again."""
    digest = hmac.new(key, b"receipt\0" + purpose.encode() + b"\0" + command.bytes, sha256).digest()
    letters = b32encode(digest[:10]).decode()
    return "-".join(letters[i : i + 4] for i in range(0, 16, 4))


def receipt_hash(key: bytes, code: str) -> bytes:
    """What is kept of a code; case, spaces and dashes as typed do not matter."""
    normal = "".join(c for c in code.upper() if c.isalnum())
    return hmac.new(key, b"receipt-hash\0" + normal.encode(), sha256).digest()
