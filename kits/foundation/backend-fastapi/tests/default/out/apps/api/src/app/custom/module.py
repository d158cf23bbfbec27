"""Your own part of the service: routers, handlers, bindings. It comes last, so its bindings win."""

from app.core.module import Module

module = Module(name="custom")
