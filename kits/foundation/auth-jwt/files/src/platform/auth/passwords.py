"""Passwords: argon2id, hashed outside the event loop, with a bounded number at a time."""

import asyncio
import unicodedata
from typing import Final

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from app.core.problems import Problem

MINIMUM: Final = {= option.password_min =}
MAXIMUM: Final = 200

_HASHER: Final = PasswordHash((Argon2Hasher(),))

# Each hash takes 64 MiB; more of them at once would only exhaust the memory.
_AT_ONCE: Final = asyncio.Semaphore(4)

# Verified where there is no account, so that the answer takes as long as where there is one.
_NOBODY: Final = _HASHER.hash("nobody has this password")

_COMMON: Final = frozenset(
    {
        "0123456789",
        "0987654321",
        "1234567890",
        "12345678910",
        "123456789012",
        "123123123123",
        "1q2w3e4r5t6y",
        "abcdefghijkl",
        "administrator",
        "changeme1234",
        "iloveyou1234",
        "letmein12345",
        "password1234",
        "password12345",
        "passwordpassword",
        "qwerty123456",
        "qwertyuiop12",
        "qwertyuiopas",
        "qwertyuiopasdfghjkl",
        "welcome12345",
    }
)


class WeakPassword(Problem):
    """The password is too easy to guess."""

    status = 422
    type = "/problems/weak-password"
    title = "Choose another password"


def normalised(password: str) -> str:
    """The form that is hashed, so that one password is the same on every keyboard."""
    return unicodedata.normalize("NFKC", password)


def check_strength(password: str, email: str) -> None:
    """Refuse what is guessed first: common ones, one character repeated, the own address."""
    plain = normalised(password).casefold()
    local = email.partition("@")[0].casefold()
    if len(plain) < MINIMUM:
        raise WeakPassword(f"A password has at least {MINIMUM} characters.")
    if plain in _COMMON or len(set(plain)) < 4:
        raise WeakPassword("This password is one of the first that are guessed.")
    if plain == email.casefold() or (len(local) > 3 and plain.replace(local, "") == ""):
        raise WeakPassword("A password may not be the e-mail address.")


async def hash_password(password: str) -> str:
    """The hash to store."""
    async with _AT_ONCE:
        return await asyncio.to_thread(_HASHER.hash, normalised(password))


async def verify_password(password: str, stored: str | None) -> tuple[bool, str | None]:
    """Whether it is the password, and a new hash if the stored one has old parameters."""
    async with _AT_ONCE:
        fits, renewed = await asyncio.to_thread(
            _HASHER.verify_and_update, normalised(password), stored or _NOBODY
        )
    return (fits, renewed) if stored is not None else (False, None)
