"""The person of the demonstration, and what that person works in."""

{% set_global colleague = false %}
{% for entity in entities %}
{% for field in entity.fields %}
{% if domain and not field.kit and field.target and field.target.name == "User" %}
{% if [set for set in entity.uniques if field.snake in set and not [name for name in set if name not in [entity.scope, field.snake]]] %}
{% set_global colleague = true %}
{% endif %}
{% endif %}
{% endfor %}
{% endfor %}
from typing import Final
from uuid import UUID, uuid5

{% if session %}
from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict
{% endif %}
{% if tenancy %}
from sqlalchemy import select
{% endif %}
{% if session or tenancy %}

{% endif %}
{% filter imports(width=100) %}
{% if session %}
from app.core.settings import Settings
from app.platform.auth.models import Credential
from app.platform.auth.passwords import hash_password
{% endif %}
{% if authz and not tenancy %}
from app.platform.rbac.models import RoleAssignment
{% endif %}
{% if tenancy %}
from app.platform.tenancy.models import Membership
from app.platform.tenancy.service import create_tenant
{% endif %}
from app.core.context import Context, Principal
from app.core.orm import Base
from app.core.runtime import Runtime
from app.core.unit import Unit
from app.platform.identity.models import User
from app.platform.identity.service import Users
{% endfilter %}

EMAIL: Final = "demo@example.com"
ROWS: Final = {= option.rows =}

_NAMES: Final = UUID("7b0f3c52-53a5-4d4f-9c43-0f6a3b1a9d10")
{% if session %}


class DemoSettings(Settings):
    """`DEMO_*`."""

    model_config = SettingsConfigDict(env_prefix="DEMO_")

    password: SecretStr = SecretStr("")
{% endif %}


def key(kind: str, number: int) -> UUID:
    """The id of a row: the same whenever it is seeded."""
    return uuid5(_NAMES, f"{kind}/{number}")


def words(text: str, number: int, longest: int) -> str:
    """A short text that differs from row to row."""
    tail = f" {number}"
    return f"{text[: longest - len(tail)]}{tail}".strip()


async def put(unit: Unit, row: Base, row_id: UUID) -> None:
    """Add a row unless it is there."""
    if await unit.session.get(type(row), row_id) is None:
        unit.session.add(row)
        await unit.session.flush()


async def _person(unit: Unit) -> User:
    user = await Users(unit).by_email(EMAIL)
    if user is None:
        user = await Users(unit).register(EMAIL, "Demo", verified=True)
    return user


{% if colleague %}
async def colleague(unit: Unit, number: int) -> UUID:
    """Somebody else, where each row belongs to a person of its own."""
    email = f"demo-{number}@example.com"
    user = await Users(unit).by_email(email)
    if user is None:
        user = await Users(unit).register(email, f"Demo {number}", verified=True)
    return user.id


{% endif %}
async def context(runtime: Runtime) -> Context:
    """The person at work; made if missing."""
    async with runtime.unit() as unit:
        user = await _person(unit)
{% if authz and not tenancy %}
        if await unit.session.get(RoleAssignment, user.id) is None:
            unit.session.add(RoleAssignment(user_id=user.id, role="{= authz.strongest =}"))
{% endif %}
{% if tenancy %}
    found = Context(Principal(user.id))
    async with runtime.unit(found) as unit:
        query = select(Membership).where(Membership.user_id == user.id)
        membership = (await unit.session.scalars(query)).first()
        if membership is not None:
            tenant_id = membership.tenant_id
        else:
            tenant_id = (await create_tenant(unit, "Demo", user.id)).id
    return found.scoped("tenant", str(tenant_id))
{% else %}
    return Context(Principal(user.id))
{% endif %}


async def seed_person(runtime: Runtime) -> None:
    """The person of the demonstration."""
{% if session %}
    await context(runtime)
    password = runtime.settings(DemoSettings).password.get_secret_value()
    if not password:
        return
    hashed = await hash_password(password)
    async with runtime.unit() as unit:
        user = await _person(unit)
        if await unit.session.get(Credential, user.id) is None:
            unit.session.add(Credential(user_id=user.id, password_hash=hashed))
{% else %}
    await context(runtime)
{% endif %}
