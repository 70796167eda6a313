"""Who calls: EdDSA-signed tokens, the keys that sign them, and what each role may do.

A token says who (`sub`), in which roles, for which areas, and until when. The office's keys sign officers and
portals; each service's own key is good for the role `service` alone, so that no service can speak as an
officer.
"""

import json
import logging
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import jwt
import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from jwt.algorithms import OKPAlgorithm

from chassis.errors import Unauthenticated
from chassis.recent import Recent

ALGORITHM = "EdDSA"
SERVICE = "service"  # the role of services; their keys are used as "service:<name>"
OFFICE = "office"

LEEWAY = 5  # seconds that two clocks may differ
_LONGEST_TOKEN = 16_384  # characters
_MOST_AREAS = 1000
_MOST_ROLES = 32
_KEPT_TOKENS = 4096
_LOOK_EVERY = 1.0  # seconds between two looks at the key set's file
_SERVICE_TTL = 300

_SUBJECT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}")
_ROLE = re.compile(r"[a-z][a-z_]{0,49}")
_WORD = r"[a-z][a-z0-9_]*"
_PERMISSION = re.compile(rf"{_WORD}(\.{_WORD})+|\*\.{_WORD}|{_WORD}\.\*")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who calls: an opaque subject, roles, areas (`("*",)` is all of them), expiry in epoch seconds."""

    subject: str
    roles: frozenset[str]
    areas: tuple[str, ...]
    expires: float


@dataclass(frozen=True, slots=True)
class _Key:
    public: Ed25519PublicKey
    use: str


class KeySet:
    """Public keys by `kid`, read from a JWKS file and read again whenever that file changes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._keys: dict[str, _Key] = {}
        self._seen: tuple[int, ...] = ()
        self._looked = 0.0
        self.generation = 0

    @classmethod
    def load(cls, path: Path | str) -> "KeySet":
        """Read a key set; raises ValueError when the file is none. Later changes must be one to count."""
        keys = cls(Path(path))
        keys._looked = time.monotonic()
        keys._seen = keys._stamp()
        keys._keys = _read_keys(keys._path.read_text(encoding="utf-8"))
        return keys

    def find(self, kid: str) -> _Key | None:
        return self._keys.get(kid)

    def refresh(self) -> int:
        """Look at the file if it is time to; returns a number that grows each time the keys changed."""
        now = time.monotonic()
        if now - self._looked < _LOOK_EVERY:
            return self.generation
        self._looked = now
        try:
            stamp = self._stamp()
            if stamp != self._seen:
                self._keys = _read_keys(self._path.read_text(encoding="utf-8"))
                self._seen = stamp
                self.generation += 1
        except (OSError, ValueError) as error:
            # Half-written, or gone for a moment: the keys known so far stay good until it can be read.
            _log.warning("key_set_unreadable", extra={"error": type(error).__name__})
        return self.generation

    def _stamp(self) -> tuple[int, ...]:
        found = self._path.stat()
        return found.st_mtime_ns, found.st_size, found.st_ino


def _read_keys(text: str) -> dict[str, _Key]:
    keys: dict[str, _Key] = {}
    document = json.loads(text)
    entries = document.get("keys") if isinstance(document, Mapping) else None
    if not isinstance(entries, list) or not entries:
        raise ValueError("a key set is an object with a list of keys, at least one")
    for entry in entries:
        kid, use = (entry.get("kid"), entry.get("ustawi_use")) if isinstance(entry, dict) else (None, None)
        if not isinstance(kid, str) or kid in keys:
            raise ValueError("each key of a key set has a kid of its own")
        if not isinstance(use, str) or not (use == OFFICE or use.startswith(f"{SERVICE}:")):
            raise ValueError(f"key {kid}: ustawi_use is {OFFICE!r} or '{SERVICE}:<name>'")
        if "d" in entry:
            raise ValueError(f"key {kid}: a private key has no place in a key set")
        keys[kid] = _Key(_public_key(entry), use)
    return keys


def _public_key(entry: dict[str, Any]) -> Ed25519PublicKey:
    try:
        public = OKPAlgorithm.from_jwk(entry)
    except (jwt.InvalidKeyError, ValueError):
        public = None
    if isinstance(public, Ed25519PublicKey):
        return public
    raise ValueError(f"key {entry['kid']}: not an Ed25519 public key")


class Authenticator:
    """Tells who a token speaks for. A verified token is remembered until it expires or the keys change."""

    def __init__(self, keys: KeySet, now: Callable[[], float] = time.time) -> None:
        self._keys = keys
        self._now = now
        self._generation = keys.generation
        self._recent: Recent[bytes, Actor] = Recent(_KEPT_TOKENS)

    def verify(self, token: str | None) -> Actor:
        """The actor of a token.

        Raises `Unauthenticated` with code token_missing, token_invalid or token_expired; the message is
        always the same, so that it tells a forger nothing.
        """
        if not token:
            raise _refusal("token_missing")
        if not isinstance(token, str) or len(token) > _LONGEST_TOKEN:
            raise _refusal("token_invalid")
        if (generation := self._keys.refresh()) != self._generation:
            self._recent.clear()
            self._generation = generation
        digest = sha256(token.encode("utf-8", "surrogatepass")).digest()
        now = self._now()
        actor = self._recent.get(digest, now)
        if actor is None:
            actor = self._check(token, now)
            self._recent.put(digest, actor, actor.expires + LEEWAY)
        return actor

    def _check(self, token: str, now: float) -> Actor:
        try:
            kid = jwt.get_unverified_header(token).get("kid")
            key = self._keys.find(kid) if isinstance(kid, str) else None
            if key is None:
                raise _refusal("token_invalid")
            claims = jwt.decode(
                token,
                key.public,
                algorithms=[ALGORITHM],  # fixed here: what the token's header asks for counts for nothing
                options={
                    "require": ["sub", "exp", "iat"],
                    # Times are judged below, by the clock that was given.
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                    "verify_aud": False,
                },
            )
            actor = _actor(claims)
            issued, not_before = _seconds(claims["iat"]), _seconds(claims.get("nbf", 0))
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
            raise _refusal("token_invalid") from None
        if max(issued, not_before) > now + LEEWAY:
            raise _refusal("token_invalid")
        if actor.expires + LEEWAY <= now:
            raise _refusal("token_expired")
        if key.use == OFFICE:
            allowed = SERVICE not in actor.roles
        else:
            allowed = actor.roles == {SERVICE} and actor.subject == key.use
        if not allowed:
            raise _refusal("token_invalid")
        return actor


def _refusal(code: str) -> Unauthenticated:
    return Unauthenticated(code, "Sign in again: this needs a valid token that has not expired.")


def _actor(claims: Mapping[str, Any]) -> Actor:
    subject, roles, areas = claims["sub"], claims.get("roles"), claims.get("areas")
    if not isinstance(subject, str) or not _SUBJECT.fullmatch(subject):
        raise ValueError("sub")
    if not isinstance(roles, list) or len(roles) > _MOST_ROLES:
        raise ValueError("roles")
    if not all(isinstance(role, str) and _ROLE.fullmatch(role) for role in roles):
        raise ValueError("roles")
    if not isinstance(areas, list) or len(areas) > _MOST_AREAS:
        raise ValueError("areas")
    # One spelling of each id, because they are compared as text with what the database prints.
    scope = tuple(area if area == "*" else str(UUID(area)) for area in areas if isinstance(area, str))
    if len(scope) != len(areas):
        raise ValueError("areas")
    return Actor(subject, frozenset(roles), scope, _seconds(claims["exp"]))


def _seconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 2**40:
        raise ValueError("time")
    return float(value)


class Roles:
    """What each role may do in this service: permissions such as `parcels.post`, with `*.read` and `ops.*`."""

    def __init__(self, permissions: Mapping[str, Iterable[str]]) -> None:
        self._exact: dict[str, set[str]] = {}
        self._first: dict[str, set[str]] = {}  # of "ops.*": ops
        self._last: dict[str, set[str]] = {}  # of "*.read": read
        for role, granted in permissions.items():
            for permission in granted:
                if permission.startswith("*."):
                    self._last.setdefault(permission[2:], set()).add(role)
                elif permission.endswith(".*"):
                    self._first.setdefault(permission[:-2], set()).add(role)
                else:
                    self._exact.setdefault(permission, set()).add(role)
        self._granted: dict[str, frozenset[str]] = {}

    @classmethod
    def load(cls, path: Path | str) -> "Roles":
        """Read a file that maps each role to its list of permissions; ValueError when it is none."""
        document = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
        if not isinstance(document, Mapping) or not document:
            raise ValueError(f"{path}: map each role to a list of permissions")
        for role, granted in document.items():
            if not isinstance(role, str) or not _ROLE.fullmatch(role) or not isinstance(granted, list):
                raise ValueError(f"{path}: map each role to a list of permissions, not {role!r}")
            for permission in granted:
                if not isinstance(permission, str) or not _PERMISSION.fullmatch(permission):
                    raise ValueError(
                        f"{path}: {role}: {permission!r} is no permission such as parcels.post, *.read or ops.*"
                    )
        return cls(document)

    def grants(self, permission: str) -> frozenset[str]:
        """The roles that may do this."""
        granted = self._granted.get(permission)
        if granted is None:
            first, last = permission.split(".", 1)[0], permission.rsplit(".", 1)[-1]
            granted = frozenset(
                self._exact.get(permission, set())
                | self._first.get(first, set())
                | self._last.get(last, set())
            )
            self._granted[permission] = granted
        return granted

    def allow(self, actor: Actor, permission: str) -> bool:
        return not self.grants(permission).isdisjoint(actor.roles)


def sign(
    private_key_pem: str,
    kid: str,
    subject: str,
    roles: Iterable[str],
    areas: Iterable[str],
    ttl: float,
    now: float | None = None,
) -> str:
    """A signed token, good for `ttl` seconds; `areas` are area ids, or "*" alone."""
    issued = time.time() if now is None else now
    claims = {
        "sub": subject,
        "roles": sorted(roles),
        "areas": list(areas),
        "iat": int(issued),
        "exp": int(issued + ttl),
    }
    _actor(claims)  # a token that nobody would accept is not signed either
    return jwt.encode(claims, private_key_pem, algorithm=ALGORITHM, headers={"kid": kid})


def new_key(kid: str, use: str) -> tuple[str, dict[str, str]]:
    """A new Ed25519 key: the private half as PEM, the public half as an entry of a key set."""
    private = Ed25519PrivateKey.generate()
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    public: dict[str, str] = OKPAlgorithm.to_jwk(private.public_key(), as_dict=True)
    return pem, {**public, "kid": kid, "ustawi_use": use, "use": "sig", "alg": ALGORITHM}


class ServiceToken:
    """This service's own token, signed anew before the last one expires."""

    def __init__(self, service: str, private_key_pem: str, now: Callable[[], float] = time.time) -> None:
        self._name = f"{SERVICE}:{service}"
        self._pem = private_key_pem
        self._now = now
        self._token, self._renew_at = "", 0.0

    def __call__(self) -> str:
        now = self._now()
        if now >= self._renew_at:
            self._token = sign(self._pem, self._name, self._name, [SERVICE], ["*"], _SERVICE_TTL, now)
            self._renew_at = now + _SERVICE_TTL / 2
        return self._token
