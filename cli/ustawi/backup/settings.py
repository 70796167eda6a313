"""What an office needs beside its databases to come back: the keys of its services, sealed by the backup key.

Passwords are not among them: `ustawi init` makes new ones. Without `kek` no person can be read again, without
`blind_key` nobody found, without `command_key` no receipt code and no repeated command known.
"""

import base64
import io
import json
from collections.abc import Mapping
from hashlib import sha256

from ustawi.backup.errors import BackupError
from ustawi.backup.sealing import Keyring, key_id_of, opened, read_header, seal_bytes


def sealed_settings(values: Mapping[str, str], keys: Keyring, before: str | None) -> str:
    """The sealed text of `values` ("holder/name" -> secret); `before` again where nothing has changed."""
    text = json.dumps(dict(values), sort_keys=True).encode()
    # Keyed by the newest key: what stands in the clear must not let anybody try out values.
    about = {"what": "settings", "of": sha256(keys.newest + text).hexdigest()}
    if before:
        header = read_header(io.BytesIO(_decoded(before)))
        if header == {"key": key_id_of(keys.newest), "about": about}:
            return before
    file = io.BytesIO()
    seal_bytes(file, keys, about, [text])
    return base64.encodebytes(file.getvalue()).decode()


def opened_settings(text: str, keys: Keyring) -> dict[str, str]:
    """The values again, by "holder/name"."""
    raw = _decoded(text)
    about = read_header(io.BytesIO(raw))["about"]
    if about.get("what") != "settings":
        raise BackupError("this sealed file holds no settings")
    values: dict[str, str] = json.loads(b"".join(opened(io.BytesIO(raw), keys, about)))
    return values


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except ValueError:
        raise BackupError("the sealed settings are damaged") from None
