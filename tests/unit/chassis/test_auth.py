"""Tokens say who calls, and nobody can say more than their key allows."""

import json
import os
from base64 import urlsafe_b64encode
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from chassis import auth
from chassis.auth import Authenticator, KeySet, Roles, ServiceToken, new_key, sign
from chassis.errors import Unauthenticated

OFFICE, OFFICE_PUBLIC = new_key("office-1", "office")
LOANS, LOANS_PUBLIC = new_key("service:loans", "service:loans")
NOW = 1_700_000_000


@pytest.fixture
def key_set(tmp_path):
    path = tmp_path / "keys.json"
    path.write_text(json.dumps({"keys": [OFFICE_PUBLIC, LOANS_PUBLIC]}))
    return path


@pytest.fixture
def authenticator(key_set):
    return Authenticator(KeySet.load(key_set), now=lambda: NOW)


def officer(
    pem=OFFICE, kid="office-1", subject="officer-7", roles=("ward_officer",), areas=("*",), ttl=600, now=NOW
):
    return sign(pem, kid, subject, roles, areas, ttl, now)


def forged(key=OFFICE, algorithm="EdDSA", kid="office-1", **claims):
    body = {"sub": "officer-7", "roles": ["auditor"], "areas": ["*"], "iat": NOW, "exp": NOW + 60, **claims}
    body = {name: value for name, value in body.items() if value is not None}
    return jwt.encode(body, key, algorithm=algorithm, headers={"kid": kid})


def refusal(authenticator, token):
    with pytest.raises(Unauthenticated) as refused:
        authenticator.verify(token)
    return refused.value


def test_a_token_tells_its_actor(authenticator):
    area = str(uuid4())

    actor = authenticator.verify(officer(roles=["ward_officer", "case_worker"], areas=[area.upper()]))

    assert actor.subject == "officer-7"
    assert actor.roles == {"ward_officer", "case_worker"}
    assert actor.areas == (area,)
    assert actor.expires == NOW + 600


@pytest.mark.parametrize("token", [None, ""])
def test_without_a_token_the_refusal_says_so(authenticator, token):
    assert refusal(authenticator, token).code == "token_missing"


def test_a_token_expires_after_a_small_leeway(key_set):
    token = officer(ttl=60)
    clock = [NOW]
    authenticator = Authenticator(KeySet.load(key_set), now=lambda: clock[0])
    fresh = Authenticator(KeySet.load(key_set), now=lambda: clock[0])

    authenticator.verify(token)
    clock[0] = NOW + 60 + auth.LEEWAY - 1
    authenticator.verify(token)
    clock[0] = NOW + 60 + auth.LEEWAY

    # Remembered or not, the answer is the same.
    assert refusal(authenticator, token).code == "token_expired"
    assert refusal(fresh, token).code == "token_expired"


def test_a_token_of_the_future_is_not_valid_yet(authenticator):
    assert refusal(authenticator, officer(now=NOW + auth.LEEWAY + 1)).code == "token_invalid"
    assert refusal(authenticator, forged(nbf=NOW + 60)).code == "token_invalid"
    authenticator.verify(officer(now=NOW + auth.LEEWAY))


RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
STRANGER, _ = new_key("office-1", "office")

FORGERIES = {
    "not a token": "nonsense",
    "three parts of nothing": "..",
    "not ASCII": "é.é.é",
    "lone surrogate": "\ud800.a.b",
    "far too long": "a" * 100_000,
    "another's signature": forged(STRANGER),
    "unknown key": forged(kid="office-2"),
    "no key id": jwt.encode({"sub": "x"}, OFFICE, algorithm="EdDSA"),
    "no signature": forged(None, "none"),
    "public key as a shared secret": forged(OFFICE_PUBLIC["x"] * 2, "HS256"),
    "another algorithm": forged(RSA, "RS256"),
    "no subject": forged(sub=None),
    "no expiry": forged(exp=None),
    "no issue time": forged(iat=None),
    "expiry of text": forged(exp="tomorrow"),
    "expiry without end": forged(exp=2**60),
    "no roles": forged(roles=None),
    "roles as text": forged(roles="auditor"),
    "roles of numbers": forged(roles=[1]),
    "too many roles": forged(roles=["auditor"] * 100),
    "no areas": forged(areas=None),
    "areas that are no ids": forged(areas=["everywhere"]),
    "areas of numbers": forged(areas=[1]),
    "a subject with spaces": forged(sub="Asha Juma"),
    "an empty subject": forged(sub=""),
    "service role by an office key": forged(roles=["service"]),
    "service role among others by an office key": forged(roles=["auditor", "service"]),
    "officer's role by a service key": forged(LOANS, kid="service:loans", sub="service:loans"),
    "another service's name": forged(LOANS, kid="service:loans", sub="service:cases", roles=["service"]),
    "no role by a service key": forged(LOANS, kid="service:loans", sub="service:loans", roles=[]),
}


@pytest.mark.parametrize("token", FORGERIES.values(), ids=FORGERIES)
def test_a_forgery_is_refused_without_saying_why(authenticator, token):
    error = refusal(authenticator, token)

    assert error.code == "token_invalid"
    assert error.message == refusal(authenticator, None).message


def test_a_payload_that_was_changed_after_signing_is_refused(authenticator):
    head, _, signature = officer().split(".")
    changed = urlsafe_b64encode(
        json.dumps(
            {"sub": "officer-7", "roles": ["auditor"], "areas": ["*"], "iat": NOW, "exp": NOW + 60}
        ).encode()
    )

    assert (
        refusal(authenticator, f"{head}.{changed.decode().rstrip('=')}.{signature}").code == "token_invalid"
    )


def test_a_service_speaks_as_itself_by_its_own_key(authenticator):
    actor = authenticator.verify(ServiceToken("loans", LOANS, now=lambda: NOW)())

    assert actor.subject == "service:loans"
    assert actor.roles == {"service"}
    assert actor.areas == ("*",)


def test_a_service_signs_anew_before_its_token_expires():
    clock = [NOW]
    token = ServiceToken("loans", LOANS, now=lambda: clock[0])

    first = token()
    assert token() == first
    clock[0] += 151
    assert token() != first


def test_a_verified_token_is_not_verified_again(authenticator, monkeypatch):
    token = officer()
    actor = authenticator.verify(token)
    monkeypatch.setattr(auth.jwt, "decode", None)

    assert authenticator.verify(token) is actor


@pytest.fixture
def every_look(monkeypatch):
    monkeypatch.setattr(auth, "_LOOK_EVERY", 0.0)


def replace_file(path, keys):
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps({"keys": keys}))
    os.replace(fresh, path)


def test_keys_rotate_without_a_restart(key_set, every_look):
    authenticator = Authenticator(KeySet.load(key_set), now=lambda: NOW)
    new, new_public = new_key("office-2", "office")
    token = officer(pem=new, kid="office-2")
    refusal(authenticator, token)

    replace_file(key_set, [OFFICE_PUBLIC, new_public])

    assert authenticator.verify(token).subject == "officer-7"
    authenticator.verify(officer())


def test_a_key_that_was_withdrawn_is_good_no_more_even_for_tokens_seen_before(key_set, every_look):
    authenticator = Authenticator(KeySet.load(key_set), now=lambda: NOW)
    token = officer()
    authenticator.verify(token)

    replace_file(key_set, [LOANS_PUBLIC])

    assert refusal(authenticator, token).code == "token_invalid"


def test_a_half_written_key_set_leaves_the_keys_known_so_far(key_set, every_look):
    authenticator = Authenticator(KeySet.load(key_set), now=lambda: NOW)

    key_set.write_text('{"keys": [')
    authenticator.verify(officer())
    key_set.unlink()
    authenticator.verify(officer())
    replace_file(key_set, [LOANS_PUBLIC])

    refusal(authenticator, officer())


@pytest.mark.parametrize(
    "content",
    [
        "[]",
        '{"keys": []}',
        '{"keys": [1]}',
        json.dumps({"keys": [OFFICE_PUBLIC, OFFICE_PUBLIC]}),
        json.dumps({"keys": [{**OFFICE_PUBLIC, "ustawi_use": "anything"}]}),
        json.dumps({"keys": [{**OFFICE_PUBLIC, "d": "secret"}]}),
        json.dumps({"keys": [{**OFFICE_PUBLIC, "x": "short"}]}),
        json.dumps({"keys": [{"kid": "a", "ustawi_use": "office", "kty": "oct", "k": "c2VjcmV0"}]}),
    ],
)
def test_a_key_set_that_is_none_stops_the_start(tmp_path, content):
    path = tmp_path / "keys.json"
    path.write_text(content)

    with pytest.raises(ValueError):
        KeySet.load(path)


def test_a_key_set_may_be_given_as_text(key_set):
    Authenticator(KeySet.load(str(key_set)), now=lambda: NOW).verify(officer())


def test_what_nobody_would_accept_is_not_signed():
    for wrong in ({"roles": ["Ward Officer"]}, {"areas": ["Rukwa"]}, {"subject": "Asha Juma"}):
        with pytest.raises(ValueError):
            officer(**wrong)


ROLES = """
ward_officer: [groups.read, groups.register]
auditor: ["*.read"]
operations: ["ops.*"]
"""


@pytest.fixture
def roles(tmp_path):
    path = tmp_path / "roles.yaml"
    path.write_text(ROLES)
    return Roles.load(path)


def actor(*roles):
    return auth.Actor("x", frozenset(roles), ("*",), NOW)


@pytest.mark.parametrize(
    ("role", "permission", "allowed"),
    [
        ("ward_officer", "groups.read", True),
        ("ward_officer", "groups.register", True),
        ("ward_officer", "groups.verify", False),
        ("ward_officer", "ops.parked.read", False),
        ("auditor", "groups.read", True),
        ("auditor", "anything.at_all.read", True),
        ("auditor", "groups.register", False),
        ("operations", "ops.redrive", True),
        ("operations", "ops.parked.drop", True),
        ("operations", "groups.read", False),
        ("stranger", "groups.read", False),
    ],
)
def test_roles_allow_what_they_list(roles, role, permission, allowed):
    assert roles.allow(actor(role), permission) is allowed


def test_one_of_several_roles_is_enough_and_none_is_not(roles):
    assert roles.allow(actor("ward_officer", "auditor"), "money.read")
    assert not roles.allow(actor(), "groups.read")


def test_it_can_be_asked_who_may(roles):
    assert roles.grants("groups.read") == {"ward_officer", "auditor"}
    assert roles.grants("groups.verify") == frozenset()


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "ward_officer: groups.read",
        "Ward Officer: []",
        "a: [1]",
        "a: ['*']",
        "a: ['*.*.read']",
        "a: [x]",
    ],
)
def test_a_roles_file_that_is_none_stops_the_start(tmp_path, content):
    path = tmp_path / "roles.yaml"
    path.write_text(content)

    with pytest.raises(ValueError):
        Roles.load(path)
