"""The key set: the public keys by which services check who signed a token (JSON Web Key Set, RFC 7517)."""

import base64
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

OFFICE = "office"


def service_kid(service: str) -> str:
    """The key id of a service's own key, good for the role `service` alone."""
    return f"service:{service}"


def office_kid(pem: str) -> str:
    """The key id of an office key: names the key itself, so that a new one can stand beside the old."""
    return f"office-{_thumbprint(pem)[:12]}"


def public_key(pem: str, kid: str, use: str) -> dict[str, Any]:
    """A private key's public half as an entry of a key set; `use` is `office` or `service:<service>`."""
    return {**_bare(pem), "kid": kid, "use": "sig", "alg": "EdDSA", "ustawi_use": use}


def write_key_set(file: Path, office: str, services: Mapping[str, str]) -> None:
    """Write the key set of the office's and the services' private keys (PEM).

    Keys that somebody added by hand (an identity provider, the office's next key) stay.
    """
    entries = [public_key(office, office_kid(office), OFFICE)]
    entries += [public_key(pem, service_kid(name), service_kid(name)) for name, pem in services.items()]
    ours = {entry["kid"] for entry in entries}
    if file.exists():
        kept = json.loads(file.read_text())["keys"]
        entries += [entry for entry in kept if entry["kid"] not in ours]
    text = json.dumps({"keys": entries}, indent=2) + "\n"
    if not file.exists() or file.read_text() != text:
        new = file.with_suffix(f".{os.getpid()}.new")
        new.write_text(text)
        new.chmod(0o444)
        os.replace(new, file)


def load_private_key(pem: str) -> Ed25519PrivateKey:
    """Read a private key; ValueError when it is of another kind."""
    key = load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError("not an Ed25519 key")
    return key


def _bare(pem: str) -> dict[str, str]:
    raw = load_private_key(pem).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return {"crv": "Ed25519", "kty": "OKP", "x": base64.urlsafe_b64encode(raw).rstrip(b"=").decode()}


def _thumbprint(pem: str) -> str:
    """RFC 7638: the hash of the key's required members, sorted, without blanks."""
    members = json.dumps(_bare(pem), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(members.encode()).hexdigest()
