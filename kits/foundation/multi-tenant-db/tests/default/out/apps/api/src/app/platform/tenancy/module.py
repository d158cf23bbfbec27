"""Tenancy: a scope that requests and units of work run in."""

from app.core.module import Module
from app.platform.tenancy.scope import TenantScope, in_a_workspace

module = Module(name="tenancy", scopes=(TenantScope(),), gates=(in_a_workspace,))
