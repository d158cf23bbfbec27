"""Roles as a part of the service."""

from app.core.authz import AUTHORIZER
from app.core.module import Module
from app.core.ports import bind
from app.platform.rbac.roles import RoleAuthorizer
from app.platform.rbac.routes import router

module = Module(
    name="rbac",
    routers=(router,),
    bindings=(bind(AUTHORIZER, lambda _: RoleAuthorizer()),),
)
