"""Access tokens: what is not exactly ours is refused."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest

from app.core.clock import now
from app.platform.auth.keys import ALGORITHM, KeyRing, derive
from app.platform.auth.settings import ACCESS_LIFETIME
from app.platform.auth.tokens import TYPE, AccessTokens

SECRET, OTHER = "s" * 40, "o" * 40


def issuer(secret: str = SECRET, *previous: str) -> AccessTokens:
    return AccessTokens(KeyRing(secret, previous), "us", "them", ACCESS_LIFETIME)


def forged(claims: dict[str, Any], headers: dict[str, Any], secret: str = SECRET) -> str:
    moment = now()
    whole = {
        "iss": "us",
        "aud": "them",
        "sub": str(uuid4()),
        "sid": str(uuid4()),
        "jti": "1",
        "iat": moment,
        "exp": moment + timedelta(minutes=1),
    }
    whole.update(claims)
    kept = {name: value for name, value in whole.items() if value is not None}
    key = derive(secret)
    merged = {"kid": key.kid, "typ": TYPE, **headers}
    return jwt.encode(kept, key.private, algorithm=ALGORITHM, headers=merged)


def test_a_token_says_who_and_which_session() -> None:
    user, session = uuid4(), uuid4()
    token = issuer().issue(user, session, now())
    said = issuer().verify(token)
    assert said is not None
    assert (said.user_id, said.session_id) == (user, session)


def test_a_token_holds_nothing_else_and_lives_briefly() -> None:
    token = issuer().issue(uuid4(), uuid4(), now())
    claims = jwt.decode(token, options={"verify_signature": False})
    assert set(claims) == {"iss", "aud", "sub", "sid", "jti", "iat", "exp"}
    assert claims["exp"] - claims["iat"] == ACCESS_LIFETIME.total_seconds() <= 900
    header = jwt.get_unverified_header(token)
    assert (header["typ"], header["alg"]) == ("at+jwt", ALGORITHM)


@pytest.mark.parametrize(
    ("claims", "headers"),
    [
        ({"iss": "others"}, {}),
        ({"aud": "others"}, {}),
        ({"exp": now() - timedelta(minutes=1)}, {}),
        ({"exp": None}, {}),
        ({"jti": None}, {}),
        ({"sid": None}, {}),
        ({"sid": "not a uuid"}, {}),
        ({"sub": None}, {}),
        ({}, {"typ": "JWT"}),
        ({}, {"kid": "unknown"}),
    ],
)
def test_a_token_that_is_not_for_us_is_refused(
    claims: dict[str, Any], headers: dict[str, Any]
) -> None:
    assert issuer().verify(forged({}, {})) is not None
    assert issuer().verify(forged(claims, headers)) is None


def test_other_algorithms_are_refused() -> None:
    claims = jwt.decode(forged({}, {}), options={"verify_signature": False})
    headers = {"kid": derive(SECRET).kid, "typ": TYPE}
    none = jwt.encode(claims, "", algorithm="none", headers=headers)
    shared = jwt.encode(claims, "k" * 64, algorithm="HS256", headers=headers)
    assert issuer().verify(none) is None
    assert issuer().verify(shared) is None


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "..", "é.é.é", "\x00"])
def test_rubbish_is_refused(token: str) -> None:
    assert issuer().verify(token) is None


def test_another_key_under_our_name_is_refused() -> None:
    assert issuer().verify(forged({}, {"kid": derive(SECRET).kid}, OTHER)) is None


def test_keys_can_be_exchanged() -> None:
    old = issuer(OTHER).issue(uuid4(), uuid4(), now())
    assert issuer(SECRET).verify(old) is None
    assert issuer(SECRET, OTHER).verify(old) is not None


def test_published_keys_are_public() -> None:
    for key in KeyRing(SECRET, (OTHER,)).published():
        assert "d" not in key
        assert key["alg"] == ALGORITHM
