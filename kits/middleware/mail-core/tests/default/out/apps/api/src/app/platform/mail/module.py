"""Mail as a part of the service."""

from app.core.events import on
from app.core.module import Module
from app.core.ports import bind
from app.core.runtime import RUNTIME
from app.platform.mail.carriers import carrier
from app.platform.mail.events import AddressSuppressed, MailQueued
from app.platform.mail.letters import LAYOUT, plain
from app.platform.mail.mailer import MAILER
from app.platform.mail.relay import RELAY, Relay, relaying, wake
from app.platform.mail.routes import router
from app.platform.mail.settings import MailSettings

module = Module(
    name="mail",
    routers=(router,),
    settings=(MailSettings,),
    lifespan=relaying,
    events=(MailQueued, AddressSuppressed),
    subscriptions=(on(MailQueued, wake),),
    bindings=(
        bind(MAILER, lambda ports: carrier(ports.get(RUNTIME).settings(MailSettings))),
        bind(LAYOUT, lambda _: plain),
        bind(RELAY, lambda _: Relay()),
    ),
)
