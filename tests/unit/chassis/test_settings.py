"""A service is told everything that is wrong with its settings at once, and never shows a secret."""

from base64 import b64encode

import pytest

from chassis import settings as settings_module
from chassis.auth import new_key
from chassis.settings import MIGRATE, RUN, RUN_PERSONAL, Settings, SettingsError

PEM, _ = new_key("service:loans", "service:loans")
KEY = b64encode(b"k" * 32).decode()


@pytest.fixture
def given(tmp_path):
    key_set = tmp_path / "keys.json"
    key_set.write_text('{"keys": []}')
    return {
        "DATABASE_DSN": "postgresql://loans:geheim@db/ustawi",
        "AMQP_URI": "amqp://loans:geheim@mq/ustawi",
        "KEY_SET_FILE": str(key_set),
        "SIGNING_KEY": PEM,
        "COMMAND_KEY": KEY,
    }


def test_what_is_needed_is_enough_and_the_rest_has_defaults(given):
    settings = Settings.load("loans", given)

    assert settings.service == "loans"
    assert settings.database_dsn == given["DATABASE_DSN"]
    assert settings.command_key == b"k" * 32
    assert (settings.ops_host, settings.max_workers, settings.log_level) == ("127.0.0.1", 10, "info")
    assert settings.kek == {}


def test_each_name_may_point_at_a_file(given, tmp_path):
    for name in ("DATABASE_DSN", "SIGNING_KEY", "COMMAND_KEY"):
        file = tmp_path / name.lower()
        file.write_text(given.pop(name) + "\n")
        given[f"{name}_FILE"] = str(file)

    settings = Settings.load("loans", given)

    assert settings.database_dsn == "postgresql://loans:geheim@db/ustawi"
    assert settings.command_key == b"k" * 32


def test_everything_wrong_is_told_at_once_by_name_and_without_values(given, tmp_path):
    wrong = {
        **given,
        "DATABASE_DSN": "hunter1",
        "AMQP_URI": "hunter2",
        "SIGNING_KEY": "hunter3",
        "COMMAND_KEY": "aHVudGVyNA==",
        "KEK": f"1:{KEY},1:{KEY}",
        "OPS_PORT": "hunter5",
        "MAX_WORKERS": "0",
        "LOG_LEVEL": "loud",
        "BLIND_KEY": KEY,
        "BLIND_KEY_FILE": "/dev/null",
        "KEYS_DATABASE_DSN_FILE": str(tmp_path / "nowhere"),
        "KEY_SET_FILE": str(tmp_path / "nowhere.json"),
    }

    with pytest.raises(SettingsError) as refused:
        Settings.load("loans", wrong)

    assert set(refused.value.wrong) == set(wrong) - {"BLIND_KEY_FILE", "KEYS_DATABASE_DSN_FILE"} | {
        "KEYS_DATABASE_DSN"
    }
    assert "hunter" not in str(refused.value)
    assert KEY not in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1 + len(refused.value.wrong)


def test_what_is_missing_is_told_for_the_task_at_hand():
    with pytest.raises(SettingsError) as running:
        Settings.load("cases", {}, needs=RUN | RUN_PERSONAL)
    with pytest.raises(SettingsError) as migrating:
        Settings.load("cases", {"DATABASE_DSN": ""}, needs=MIGRATE)

    assert set(running.value.wrong) == RUN | RUN_PERSONAL
    assert set(migrating.value.wrong) == MIGRATE
    assert migrating.value.wrong["OWNER_DATABASE_DSN"] == "give it, or OWNER_DATABASE_DSN_FILE."


def test_a_key_encryption_key_alone_is_version_1_and_several_name_theirs(given):
    new = b64encode(b"n" * 32).decode()

    assert Settings.load("cases", {**given, "KEK": KEY}).kek == {1: b"k" * 32}
    assert Settings.load("cases", {**given, "KEK": f"2:{new}, 1:{KEY}"}).kek == {1: b"k" * 32, 2: b"n" * 32}


def test_no_secret_shows(given):
    shown = repr(Settings.load("cases", {**given, "KEK": KEY, "BLIND_KEY": KEY}))

    assert "geheim" not in shown
    assert KEY not in shown
    assert "kkkk" not in shown
    assert "PRIVATE" not in shown


def test_a_collector_without_its_package_is_a_mistake_in_the_settings(given, monkeypatch):
    monkeypatch.setattr(settings_module, "find_spec", lambda name: None)

    with pytest.raises(SettingsError) as refused:
        Settings.load(
            "loans", {**given, "SENTRY_DSN": "https://x@y/1", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://o:4318"}
        )

    assert set(refused.value.wrong) == {"SENTRY_DSN", "OTEL_EXPORTER_OTLP_ENDPOINT"}
    assert "not installed" in refused.value.wrong["SENTRY_DSN"]
