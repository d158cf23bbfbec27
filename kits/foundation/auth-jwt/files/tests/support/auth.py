"""Accounts with a password, for tests."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from httpx import AsyncClient

from tests.support.identity import new_address

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Account:
    """An account and its first session."""

    email: str
    password: str
    session: dict[str, Any]

    @property
    def headers(self) -> dict[str, str]:
        """The access token."""
        return {"authorization": f"Bearer {self.session['access_token']}"}


MakeAccount = Callable[[], Awaitable[Account]]


@pytest.fixture
def account(client: AsyncClient) -> MakeAccount:
    """Signs somebody up."""

    async def make() -> Account:
        email = new_address()
        body = {"email": email, "password": PASSWORD{% if option.cookies %}, "carrier": "body"{% endif %}}
        answer = await client.post("/v1/auth/sign-up", json=body)
        assert answer.status_code == 201, answer.text
        return Account(email, PASSWORD, answer.json())

    return make
