"""Shop as a part of the service."""

from app.core.module import Module
from app.modules.shop.ax import events as ax_events
from app.modules.shop.ax.routes import router as ax_router

module = Module(
    name="modules.shop",
    routers=(ax_router,),
    events=(*ax_events.ALL,),
)
