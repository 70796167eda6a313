"""Is the ground sound? Disks, clocks, files of secrets, certificates, the database's settings, migrations, rules."""

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ustawi.doctor.doors import clocks_differ, schema_behind
from ustawi.doctor.finding import Finding, Ways

CERTIFICATE_DAYS = 14
_UTC = ("UTC", "Etc/UTC")
_LOCALES = ("C", "POSIX", "C.UTF-8", "C.utf8")
_FULL = 0.9  # of the database's connections

# What each setting must not be, and what that costs.
_SETTINGS = (
    ("fsync", ("off",), "a crash of the machine loses or breaks committed data"),
    ("full_page_writes", ("off",), "a crash of the machine can break pages beyond repair"),
    ("synchronous_commit", ("off",), "a crash loses commands that callers were told had taken effect"),
)
_PROBLEMS = {
    "unreadable": "cannot be read by the service",
    "writable": "can be changed by other accounts of the machine",
    "open": "can be read by other accounts of the machine",
}


def examine(ways: Ways, service: str, told: Mapping[str, Any], disk_free: float) -> Iterator[Finding]:
    """What a service's `ground` tells."""
    process, database = told["process"], told["database"]
    for disk in process["disks"]:
        yield from _disk(service, disk, disk_free)
    apart = (database["now"] - process["now"]) / 1000
    if abs(apart) > 2:
        yield clocks_differ("the database", service, apart)
    for file in process["files"]:
        yield key_file(service, file["setting"], file["problem"])
    for certificate in process["certificates"]:
        yield from _certificate(service, certificate)
    yield from _settings(database["settings"])
    if database["connections"] > _FULL * database["most_connections"]:
        yield Finding(
            "connections_full",
            ("postgres",),
            f"{database['connections']} of {database['most_connections']} connections to PostgreSQL are taken.",
            "Raise max_connections (POSTGRES_CONNECTIONS), or lower MAX_WORKERS or the number of replicas.",
            "database-down",
        )
    if told["migrations_missing"]:
        yield schema_behind(ways, service, told["migrations_missing"])


def key_file(where: str, setting: str, problem: str) -> Finding:
    return Finding(
        f"key_{problem}",
        (where,),
        f"The file of {setting} {_PROBLEMS[problem]}.",
        "Close the folder: `chmod 700` on it, for the account that needs it (`chown`)."
        + ("" if problem == "unreadable" else " If strangers had access, replace the secret."),
        "key-files",
    )


def rules(ways: Ways, service: str, told: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    """What `rules_known` tells: rules that were never loaded, that differ, or of which none is in force."""
    absent = [rule for rule in told if rule["in_file"] and not rule["loaded"]]
    if absent:
        yield Finding(
            "rules_not_loaded",
            (service,),
            f"{len(absent)} rule versions of {service}'s files are not in its database: {_named(absent)}.",
            f"Load them: {ways.one_shot(service, 'rules')}",
            "rules-missing",
        )
    changed = [rule for rule in told if rule["in_file"] and rule["loaded"] and not rule["same"]]
    if changed:
        yield Finding(
            "rules_differ",
            (service,),
            f"The database holds other words than the files: {_named(changed)}.",
            "A rule never changes once loaded: put the file back, and give the new words a version of their own.",
            "rules-missing",
        )
    known = {(rule["name"], rule["country"]) for rule in told}
    in_force = {(rule["name"], rule["country"]) for rule in told if rule["in_force"]}
    if missing := sorted(known - in_force):
        names = ", ".join(" ".join(each) for each in missing[:3]) + (" ..." if len(missing) > 3 else "")
        yield Finding(
            "rules_not_in_force",
            (service,),
            f"No version of these rules is in force today: {names}. Commands that need them are refused.",
            f"Load what is missing: {ways.one_shot(service, 'rules')}; then ustawi rules list --service {service}",
            "rules-missing",
        )


def figures(told: Mapping[str, Any]) -> Iterator[Finding]:
    """Whether the figures that answer were made by this version's definitions."""
    live = [version for version in told["versions"] if version["state"] == "live"]
    if any(version["definitions"] not in (None, told["definitions"]) for version in live):
        yield Finding(
            "figures_outdated",
            ("reports",),
            "The figures were made by other definitions than this version's.",
            "Make them again: ustawi rebuild. The old ones answer until the switch.",
            "figures-outdated",
        )


def _disk(service: str, disk: Mapping[str, Any], least: float) -> Iterator[Finding]:
    if disk["size"] and disk["free"] < disk["size"] * least / 100:
        left, size = (f"{disk[name] / 2**30:.1f}" for name in ("free", "size"))
        yield Finding(
            "disk_full",
            (service,),
            f"The disk below {disk['path']} is nearly full: {left} of {size} GiB are left.",
            "Make room: old logs and images first (`docker image prune`), never files of the database.",
            "disk-full",
        )


def _certificate(service: str, certificate: Mapping[str, Any]) -> Iterator[Finding]:
    path, ends = certificate["path"], certificate["ends"]
    mend = f"Put a new certificate in its place, then restart {service}."
    if ends is None:
        yield Finding("certificate", (service,), f"{path} holds no certificate.", mend, "key-files")
    elif ends < time.time() + CERTIFICATE_DAYS * 86400:
        on = datetime.fromtimestamp(ends, UTC).date().isoformat()
        word = "ended" if ends < time.time() else "ends"
        yield Finding("certificate", (service,), f"The certificate {path} {word} on {on}.", mend, "key-files")


def _settings(settings: Mapping[str, str]) -> Iterator[Finding]:
    for name, bad, costs in _SETTINGS:
        if settings.get(name) in bad:
            mend = f"In psql as superuser: ALTER SYSTEM SET {name} = on; SELECT pg_reload_conf();"
            yield _setting(name, f"PostgreSQL runs with {name} = {settings[name]}: {costs}.", mend)
    if settings.get("TimeZone") not in _UTC:
        told = f"The database's time zone is {settings.get('TimeZone')}, and must be UTC: days would begin elsewhere."
        mend = "In psql as superuser: ALTER DATABASE ustawi RESET timezone; ALTER SYSTEM SET timezone = 'UTC'; then"
        yield _setting("TimeZone", told, f"{mend} restart the services.")
    if settings.get("server_encoding") != "UTF8":
        told = f"The database's encoding is {settings.get('server_encoding')}, and must be UTF8."
        yield _setting("server_encoding", told, "Dump it, make it anew with --encoding=UTF8, and restore.")
    if settings.get("collation") not in _LOCALES:
        told = (
            f"The database sorts by the locale {settings.get('collation')}, whose order changes with the system's"
            " libraries: after an update its indexes can be wrong."
        )
        yield _setting("collation", told, "Dump it, make it anew with --locale=C.UTF-8, and restore.")


def _setting(name: str, told: str, mend: str) -> Finding:
    return Finding(f"database_setting_{name.lower()}", ("postgres",), told, mend, "database-settings")


def _named(rules: Sequence[Mapping[str, Any]]) -> str:
    names = [f"{rule['name']} {rule['country']} {rule['version']}" for rule in rules[:3]]
    return ", ".join(names) + (" ..." if len(rules) > 3 else "")
