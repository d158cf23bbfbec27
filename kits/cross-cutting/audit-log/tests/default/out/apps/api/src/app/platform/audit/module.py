"""The trail as a part of the service."""

from app.core.events import Audited, Phase, on
from app.core.module import Module
from app.platform.audit.recorder import record
from app.platform.audit.routes import router

module = Module(
    name="audit",
    routers=(router,),
    subscriptions=(on(Audited, record, Phase.IN_TRANSACTION),),
)
