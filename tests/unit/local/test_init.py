"""Secrets, keys and rights are made once, and made the same again."""

import base64
import hashlib
import json
import re
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path

import jwt
import pytest
from click.testing import CliRunner

from ustawi.init import rabbitmq
from ustawi.init.credentials import Credentials
from ustawi.init.keys import office_kid
from ustawi.init.services import SERVICES, ServiceGround, service
from ustawi.init.settings import Addresses, Where
from ustawi.main import cli
from ustawi.token import office_token

WHERE = Where("db.local", 5432, "mq.local", 5672)


@pytest.fixture
def addresses(tmp_path: Path) -> Addresses:
    made = Addresses(Credentials(tmp_path / "secrets"), WHERE, tmp_path / "keys.json")
    made.write()
    return made


def everything_below(folder: Path) -> dict[str, str]:
    return {str(file.relative_to(folder)): file.read_text() for file in folder.rglob("*") if file.is_file()}


# -- Secrets


def test_secrets_are_made_once_and_kept(addresses: Addresses, tmp_path: Path) -> None:
    before = everything_below(tmp_path)
    Addresses(Credentials(tmp_path / "secrets"), WHERE, tmp_path / "keys.json").write()
    assert everything_below(tmp_path) == before


def test_nobody_but_their_owner_reaches_the_secrets(addresses: Addresses, tmp_path: Path) -> None:
    folders = [tmp_path / "secrets", *(tmp_path / "secrets").iterdir()]
    assert {folder.stat().st_mode & 0o777 for folder in folders} == {0o700}


def test_two_first_starts_at_once_agree_on_one_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as together:
        made = list(
            together.map(lambda _: Credentials(tmp_path / "s").key("loans", "command_key"), range(32))
        )
    assert len(set(made)) == 1


def test_keys_have_32_bytes(addresses: Addresses) -> None:
    for name in ("command_key", "kek", "blind_key"):
        assert len(base64.b64decode(addresses.credentials.key("cases", name))) == 32


def test_no_two_secrets_are_the_same(addresses: Addresses, tmp_path: Path) -> None:
    values = list(everything_below(tmp_path / "secrets").values())
    assert len(set(values)) == len(values)


def test_a_services_environment_names_files_and_holds_no_secret(addresses: Addresses) -> None:
    for ground in SERVICES:
        environment = addresses.environment(ground.name)
        assert all(Path(value).is_file() for value in environment.values())
        assert ("KEK_FILE" in environment) == ground.personal


def test_a_running_service_is_not_told_its_owners_password(addresses: Addresses) -> None:
    assert not any("OWNER" in name for name in addresses.environment("loans"))
    assert "OWNER_DATABASE_DSN_FILE" in addresses.environment("loans", owner=True)


def test_addresses_follow_when_the_servers_move(addresses: Addresses, tmp_path: Path) -> None:
    moved = Addresses(addresses.credentials, Where("10.0.0.1", 6000, "mq.local", 5672), addresses.key_set)
    moved.write()
    dsn = (tmp_path / "secrets" / "loans" / "database_dsn").read_text()
    assert dsn.strip() == moved.dsn("loans")
    assert "@10.0.0.1:6000/ustawi" in dsn


# -- Keys and tokens


def test_the_key_set_holds_public_halves_only(addresses: Addresses) -> None:
    keys = json.loads(addresses.key_set.read_text())["keys"]
    assert [key["ustawi_use"] for key in keys] == [
        "office",
        *(f"service:{ground.name}" for ground in SERVICES),
    ]
    assert not any("d" in key for key in keys)


def test_a_key_that_somebody_added_stays_in_the_key_set(addresses: Addresses) -> None:
    document = json.loads(addresses.key_set.read_text())
    document["keys"].append({**document["keys"][0], "kid": "identity-provider"})
    addresses.key_set.chmod(0o644)
    addresses.key_set.write_text(json.dumps(document))
    addresses.write()
    kids = [key["kid"] for key in json.loads(addresses.key_set.read_text())["keys"]]
    assert kids[-1] == "identity-provider"
    assert len(kids) == len(set(kids)) == len(SERVICES) + 2


def test_an_officers_token_is_checked_by_the_key_set(addresses: Addresses) -> None:
    key_file = addresses.credentials.path("office", "signing_key")
    token = office_token(key_file, "demo", ["council_officer"], ["*"], hours=1)
    kid = jwt.get_unverified_header(token)["kid"]
    keys = {key["kid"]: key for key in json.loads(addresses.key_set.read_text())["keys"]}
    claims = jwt.decode(token, jwt.PyJWK(keys[kid]).key, algorithms=["EdDSA"])
    assert kid == office_kid(key_file.read_text())
    assert (claims["sub"], claims["roles"], claims["areas"]) == ("demo", ["council_officer"], ["*"])
    assert claims["exp"] - claims["iat"] == 3600


def test_the_office_cannot_sign_for_a_service(addresses: Addresses) -> None:
    key = str(addresses.credentials.path("office", "signing_key"))
    told = CliRunner().invoke(cli, ["token", "--role", "service", "--subject", "x", "--key", key])
    assert told.exit_code == 2
    assert "service" in told.output


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["--subject", "Asha Mwita"], "opaque id"),
        (["--subject", "a-7", "--area", "TZ-20"], "TZ-20 is no area id"),
        (["--subject", "a-7", "--key", "/dev/null"], "no private key"),
    ],
)
def test_a_token_that_nobody_would_accept_is_refused_in_words(
    addresses: Addresses, given: list[str], told: str
) -> None:
    key = str(addresses.credentials.path("office", "signing_key"))
    answer = CliRunner().invoke(cli, ["token", "--role", "auditor", "--key", key, *given])
    assert answer.exit_code != 0
    assert told in answer.output


def test_a_token_by_command_line(addresses: Addresses) -> None:
    key = str(addresses.credentials.path("office", "signing_key"))
    told = CliRunner().invoke(
        cli, ["token", "--role", "auditor", "--subject", "a-7", "--key", key, "--hours", "8"]
    )
    assert told.exit_code == 0, told.output
    assert jwt.decode(told.output.strip(), options={"verify_signature": False})["roles"] == ["auditor"]


def test_secrets_for_containers_by_command_line(tmp_path: Path) -> None:
    for _ in range(2):
        told = CliRunner().invoke(cli, ["init", "secrets", "--folder", str(tmp_path / "s")])
        assert told.exit_code == 0, told.output
    made = everything_below(tmp_path / "s")
    assert made["loans/amqp_uri"].endswith("@rabbitmq:5672/ustawi\n")
    assert json.loads(made["rabbitmq/definitions.json"])["vhosts"] == [{"name": "ustawi"}]
    assert not any(
        password in made["rabbitmq/definitions.json"] for name, password in made.items() if "password" in name
    )


# -- Rights on the broker


def rights(major: int = 4) -> dict:
    return json.loads(rabbitmq.definitions(lambda user: f"password of {user}", major=major))


def test_the_same_passwords_make_the_same_definitions() -> None:
    assert rights() == rights()


def test_a_password_is_kept_as_a_salted_hash() -> None:
    user = next(user for user in rights()["users"] if user["name"] == "loans")
    stored = base64.b64decode(user["password_hash"])
    salt, digest = stored[:4], stored[4:]
    assert digest == hashlib.sha256(salt + b"password of loans").digest()


def test_streams_have_no_delivery_limit_where_the_broker_has_one_by_default() -> None:
    requests, policy = rights(major=4)["policies"]
    assert policy["definition"] == {"delivery-limit": -1}
    assert re.fullmatch(policy["pattern"], "loans.from.registry")
    assert not re.fullmatch(policy["pattern"], "rpc-loans")
    assert rights(major=3)["policies"] == [requests]


def test_requests_that_nobody_takes_are_bounded_and_the_oldest_go_first() -> None:
    policy = rights(major=3)["policies"][0]
    assert re.fullmatch(policy["pattern"], "rpc-loans")
    assert not re.fullmatch(policy["pattern"], "rpc.reply-loans-0190")
    assert policy["definition"]["overflow"] == "drop-head"
    assert policy["definition"]["max-length"] == 10_000


def test_every_right_is_anchored_so_that_no_longer_name_slips_through() -> None:
    document = rights()
    patterns = [
        entry[kind]
        for entry in document["permissions"] + document["topic_permissions"]
        for kind in ("configure", "write", "read")
        if kind in entry
    ]
    followed = [pattern for pattern in patterns if pattern == ".*"]
    assert len(followed) == sum(len(ground.follows) for ground in SERVICES)
    assert all(pattern.startswith("^") and pattern.endswith("$") for pattern in patterns if pattern != ".*")


@pytest.mark.parametrize("ground", SERVICES, ids=lambda ground: ground.name)
def test_the_ground_knows_what_the_service_says_of_itself(ground: ServiceGround) -> None:
    told = import_module(f"{ground.name}.service").SERVICE
    assert {stream.source for stream in told.streams} == set(service(ground.name).follows)
    assert told.holds_personal_data == ground.personal
