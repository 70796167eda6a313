"""The addresses and the environment of each service, made from its secrets.

An environment names files, never secrets: what a process was started with shows in `ps` and in crash reports.
"""

from dataclasses import dataclass
from pathlib import Path

from ustawi.backup.sealing import Keyring
from ustawi.backup.settings import sealed_settings
from ustawi.init.credentials import Credentials
from ustawi.init.keys import write_key_set
from ustawi.init.postgres import BACKUP, DATABASE, KEYS_DATABASE
from ustawi.init.rabbitmq import VHOST
from ustawi.init.services import CALLER, SERVICES, service
from ustawi.local.postgres import dsn
from ustawi.local.rabbitmq import amqp_uri


@dataclass(frozen=True)
class Where:
    """Where the services find the database and the broker."""

    postgres_host: str
    postgres_port: int
    amqp_host: str
    amqp_port: int
    database: str = DATABASE
    keys_database: str = KEYS_DATABASE
    vhost: str = VHOST


class Addresses:
    """What the services are told, for one set of secrets and one place."""

    def __init__(self, credentials: Credentials, where: Where, key_set: Path) -> None:
        self.credentials = credentials
        self.where = where
        self.key_set = key_set

    def dsn(self, name: str, *, owner: bool = False, keys: bool = False) -> str:
        """The database address of a service's runtime role or of its owner; of the keys if asked."""
        role = service(name).owner if owner else name
        database = self.where.keys_database if keys else self.where.database
        return dsn(
            self.where.postgres_host,
            self.where.postgres_port,
            database,
            role,
            role_password(self.credentials, role),
        )

    def backup_dsn(self, *, keys: bool = False) -> str:
        """The database address of the role that backups are taken by."""
        return dsn(
            self.where.postgres_host,
            self.where.postgres_port,
            self.where.keys_database if keys else self.where.database,
            BACKUP,
            role_password(self.credentials, BACKUP),
        )

    def amqp(self, user: str) -> str:
        """The broker address of a user: a service, or `caller`."""
        return amqp_uri(
            self.where.amqp_host,
            self.where.amqp_port,
            user,
            user_password(self.credentials, user),
            self.where.vhost,
        )

    def secrets(self, name: str) -> dict[str, str]:
        """Every secret setting of a running service, by its environment name."""
        values = {
            "DATABASE_DSN": self.dsn(name),
            "AMQP_URI": self.amqp(name),
            "SIGNING_KEY": self.credentials.signing_key(name),
            "COMMAND_KEY": self.credentials.key(name, "command_key"),
        }
        if service(name).personal:
            values["KEYS_DATABASE_DSN"] = self.dsn(name, keys=True)
            values["KEK"] = self.credentials.key(name, "kek")
            values["BLIND_KEY"] = self.credentials.key(name, "blind_key")
        return values

    def owner_secrets(self, name: str) -> dict[str, str]:
        """The secret settings of a service's one-shots (migrate, rules) on top of those of the service."""
        values = {"OWNER_DATABASE_DSN": self.dsn(name, owner=True)}
        if service(name).personal:
            values["OWNER_KEYS_DATABASE_DSN"] = self.dsn(name, owner=True, keys=True)
        return values

    def environment(self, name: str, *, owner: bool = False) -> dict[str, str]:
        """The service's environment: NAME_FILE for each secret, and the key set.

        Only one-shots get the owner's addresses (`owner=True`): the service itself never sees them.
        """
        files = {f"{key}_FILE": str(self._file(name, key)) for key in self.secrets(name)}
        if owner:
            files |= {
                f"{key}_FILE": str(self._file(service(name).owner, key)) for key in self.owner_secrets(name)
            }
        return {**files, "KEY_SET_FILE": str(self.key_set)}

    def write(self) -> None:
        """Make every secret that is missing, and write the addresses and the key set."""
        for ground in SERVICES:
            for holder, values in (
                (ground.name, self.secrets(ground.name)),
                (ground.owner, self.owner_secrets(ground.name)),
            ):
                for key, value in values.items():
                    if key not in _MADE_AS_FILES:
                        self.credentials.write(holder, key.lower(), value + "\n")
        self.credentials.write(CALLER, "amqp_uri", self.amqp(CALLER) + "\n")
        write_key_set(
            self.key_set,
            self.credentials.signing_key("office"),
            {ground.name: self.credentials.signing_key(ground.name) for ground in SERVICES},
        )
        self._write_for_backups()

    def _write_for_backups(self) -> None:
        """The backups' addresses and key, and what they must hold beside the databases: sealed, so that the
        container that takes them needs no other secrets."""
        self.credentials.write(BACKUP, "backup_dsn", self.backup_dsn() + "\n")
        self.credentials.write(BACKUP, "backup_keys_dsn", self.backup_dsn(keys=True) + "\n")
        self.credentials.key(BACKUP, "key")
        held = [("office", "signing_key")] + [
            (ground.name, key.lower())
            for ground in SERVICES
            for key in _MADE_AS_FILES & self.secrets(ground.name).keys()
        ]
        values = {
            f"{holder}/{name}": self.credentials.path(holder, name).read_text()
            for holder, name in sorted(held)
        }
        values["keys.json"] = self.key_set.read_text()
        file = self.credentials.path(BACKUP, "settings.sealed")
        before = file.read_text() if file.exists() else None
        keys = Keyring.load(self.credentials.path(BACKUP, "key"))
        self.credentials.write(BACKUP, file.name, sealed_settings(values, keys, before))

    def _file(self, holder: str, key: str) -> Path:
        return self.credentials.path(holder, key.lower())


# Their files are the secrets themselves, not made from others.
_MADE_AS_FILES = frozenset({"SIGNING_KEY", "COMMAND_KEY", "KEK", "BLIND_KEY"})


def role_password(credentials: Credentials, role: str) -> str:
    """The password of a database role."""
    return credentials.password(role, "database_password")


def user_password(credentials: Credentials, user: str) -> str:
    """The password of a broker user."""
    return credentials.password(user, "amqp_password")
