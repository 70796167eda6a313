"""Settings of one service, from the environment and from files that the environment points at.

Each name may also come as NAME_FILE, the path of a file that holds the value (Docker and Kubernetes secrets).
What is wrong is told all at once, by name; no message and no `repr` holds a value that is secret.
"""

import os
import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from environs import Env, EnvValidationError, ValidationError

RUN = frozenset({"DATABASE_DSN", "AMQP_URI", "KEY_SET_FILE", "SIGNING_KEY", "COMMAND_KEY"})
RUN_PERSONAL = frozenset({"KEYS_DATABASE_DSN", "KEK", "BLIND_KEY"})
MIGRATE = frozenset({"OWNER_DATABASE_DSN"})
MIGRATE_PERSONAL = frozenset({"OWNER_KEYS_DATABASE_DSN"})

LEVELS = ("debug", "info", "warning", "error", "critical")


class SettingsError(Exception):
    """The environment does not hold what the service needs; the message lists everything that is wrong."""

    def __init__(self, service: str, wrong: Mapping[str, str]) -> None:
        self.wrong = dict(wrong)
        lines = "\n".join(f"  {name}: {what}" for name, what in sorted(self.wrong.items()))
        super().__init__(f"{service} cannot start; mend these settings:\n{lines}")


def _secret(default: Any) -> Any:
    return field(default=default, repr=False)


@dataclass(frozen=True)
class Settings:
    """What one service was told; a secret that was not asked for is empty."""

    service: str
    database_dsn: str = _secret("")
    owner_database_dsn: str = _secret("")
    keys_database_dsn: str = _secret("")
    owner_keys_database_dsn: str = _secret("")
    amqp_uri: str = _secret("")
    ops_host: str = "127.0.0.1"
    ops_port: int = 8000
    key_set_file: Path = Path("keys.json")
    signing_key: str = _secret("")
    kek: Mapping[int, bytes] = field(default_factory=dict, repr=False)
    blind_key: bytes = _secret(b"")
    command_key: bytes = _secret(b"")
    max_workers: int = 10
    log_level: str = "info"
    commit: str = "unknown"
    sentry_dsn: str = _secret("")
    otel_exporter_otlp_endpoint: str = _secret("")

    @classmethod
    def load(
        cls,
        service: str,
        env: Mapping[str, str] = os.environ,
        *,
        needs: frozenset[str] = RUN,
    ) -> "Settings":
        """Read the settings; `needs` names those that must be there (`RUN`, `RUN | RUN_PERSONAL`, `MIGRATE`,
        ...).

        Raises `SettingsError` with everything that is wrong.
        """
        given, wrong = _given(env)
        reader = _Reader(given, needs - wrong.keys())
        texts = {
            "database_dsn": reader.text("DATABASE_DSN", _dsn),
            "owner_database_dsn": reader.text("OWNER_DATABASE_DSN", _dsn),
            "keys_database_dsn": reader.text("KEYS_DATABASE_DSN", _dsn),
            "owner_keys_database_dsn": reader.text("OWNER_KEYS_DATABASE_DSN", _dsn),
            "amqp_uri": reader.text("AMQP_URI", _amqp),
            "signing_key": reader.text("SIGNING_KEY", _ed25519),
            "sentry_dsn": reader.text("SENTRY_DSN", _needs_package("sentry_sdk")),
            "otel_exporter_otlp_endpoint": reader.text(
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                _needs_package("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http"),
            ),
            "ops_host": reader.text("OPS_HOST", default=cls.ops_host),
            "commit": reader.text("COMMIT", default=cls.commit),
            "log_level": reader.text("LOG_LEVEL", _level, default=cls.log_level).lower(),
        }
        key_set = reader.text("KEY_SET_FILE", _readable)
        kek, blind, command = (
            reader.text("KEK", _keks),
            reader.text("BLIND_KEY", _key),
            reader.text("COMMAND_KEY", _key),
        )
        ops_port = reader.int("OPS_PORT", cls.ops_port, validate=_between(0, 65535))
        max_workers = reader.int("MAX_WORKERS", cls.max_workers, validate=_between(1, 200))
        try:
            reader.seal()
        except EnvValidationError as error:
            found: Any = error.error_messages  # by name, each with its messages
            for name, messages in found.items():
                told = " ".join(messages)
                wrong.setdefault(name, f"give it, or {name}_FILE." if "not set" in told else told)
        if wrong:
            raise SettingsError(service, wrong)
        return cls(
            service=service,
            ops_port=ops_port,
            max_workers=max_workers,
            key_set_file=Path(key_set) if key_set else cls.key_set_file,
            kek=_keks(kek) if kek else {},
            blind_key=_key(blind) if blind else b"",
            command_key=_key(command) if command else b"",
            **texts,
        )


_NAMES = (RUN | RUN_PERSONAL | MIGRATE | MIGRATE_PERSONAL) | {
    *(
        "OPS_HOST",
        "OPS_PORT",
        "MAX_WORKERS",
        "LOG_LEVEL",
        "COMMIT",
        "SENTRY_DSN",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
    ),
}


def _given(env: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """The values given, directly or by file, and what is wrong with the files; empty is not given."""
    given: dict[str, str] = {}
    wrong: dict[str, str] = {}
    for name in _NAMES:
        value, path = env.get(name, ""), env.get(f"{name}_FILE", "")
        if value and path:
            wrong[name] = f"set {name} or {name}_FILE, not both."
        elif path:
            try:
                given[name] = Path(path).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError):
                wrong[name] = f"the file that {name}_FILE points at cannot be read."
        elif value:
            given[name] = value
    return given, wrong


class _Reader(Env):
    """environs over a mapping of ours instead of over the process's environment."""

    def __init__(self, given: Mapping[str, str], needs: frozenset[str]) -> None:
        super().__init__(eager=False)
        self._given, self._needs = given, needs

    def _get_value(self, env_key: str, default: Any) -> Any:
        return self._given.get(env_key, default)

    def text(self, name: str, check: Callable[[str], Any] | None = None, default: str = "") -> str:
        """The text given, checked; what is wrong with it is told by `seal`, and empty until then."""
        if name in self._needs:
            return self.str(name, validate=check) or ""
        return self.str(name, default, validate=check) or ""


def _key(value: str) -> bytes:
    try:
        key = b64decode(value, validate=True)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise ValidationError("give 32 bytes as base64 (openssl rand -base64 32).")
    return key


def _keks(value: str) -> dict[int, bytes]:
    """`<base64>` alone is version 1; while a key is replaced: `2:<base64>,1:<base64>`, the one that wraps first."""
    keys: dict[int, bytes] = {}
    for part in value.split(","):
        found = re.fullmatch(r"\s*(?:(\d{1,3}):)?([A-Za-z0-9+/=]+)\s*", part)
        version = int(found[1] or 1) if found else 0
        if found is None or not 1 <= version <= 255 or version in keys:
            raise ValidationError(
                "give one key as base64, or several as version:base64 with commas, each version once."
            )
        keys[version] = _key(found[2])
    return keys


def _dsn(value: str) -> None:
    if not value.startswith(("postgresql://", "postgres://")) and "dbname=" not in value:
        raise ValidationError("give a PostgreSQL address, such as postgresql://role:password@host/database.")


def _amqp(value: str) -> None:
    if not value.startswith(("amqp://", "amqps://")):
        raise ValidationError("give an AMQP address, such as amqp://user:password@host:5672/vhost.")


def _ed25519(value: str) -> None:
    try:
        key = load_pem_private_key(value.encode(), password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise ValidationError("give an Ed25519 private key in PEM (openssl genpkey -algorithm ed25519).")


def _readable(value: str) -> None:
    if not (Path(value).is_file() and os.access(value, os.R_OK)):
        raise ValidationError("give the path of a readable file.")


def _level(value: str) -> None:
    if value.lower() not in LEVELS:
        raise ValidationError(f"give one of {', '.join(LEVELS)}.")


def _between(least: int, most: int) -> Any:
    def check(value: int) -> None:
        if not least <= value <= most:
            raise ValidationError(f"give a whole number from {least} to {most}.")

    return check


def _needs_package(*packages: str) -> Any:
    def check(_: str) -> None:
        if absent := [package for package in packages if not _installed(package)]:
            raise ValidationError(
                f"is set, but {' and '.join(absent)} is not installed: install chassis[tracing]."
            )

    return check


def _installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:  # a parent package is missing
        return False
