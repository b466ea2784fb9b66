"""How a page comes to a visitor, and how the two talk: nothing but moves of the controls is taken from a page."""

from __future__ import annotations

import contextlib
import secrets
from typing import Any

from bokeh.server.views.ws import WSHandler
from bokeh.util.token import generate_jwt_token
from tornado.web import RequestHandler
from tornado.websocket import WebSocketClosedError

from .controls import page_text
from .gate import say
from .page import understood

MOST_PAGES = 50
"""How many pages can be open at a time."""

_READ = ("PULL-DOC-REQ", "SERVER-INFO-REQ")
"""What a page asks for that changes nothing."""

_POLICY = 1008
"""How a web socket is closed that sent what it may not send."""


class Visit(RequestHandler):  # type: ignore[misc]
    """Gives each visitor a page and a session of their own, whose key nobody else can know."""

    def initialize(self, context: Any) -> None:
        """Where sessions are kept."""
        self._context = context

    async def get(self) -> None:
        """The page."""
        if len(self._context.sessions) >= MOST_PAGES:
            say(self, 503, f"{MOST_PAGES} pages are open, which is the most. Close one, wait a moment and reload.")
            return
        identity = secrets.token_urlsafe(32)
        token = generate_jwt_token(identity, signed=False)
        session = await self._context.create_session_if_needed(identity, self.request, token)
        self.set_header("Cache-Control", "no-store")
        self.finish(page_text(session.document, token))


class Socket(WSHandler):  # type: ignore[misc]
    """The wire of one open page. Visitors who vanish and messages that no page sends leave no word in the log."""

    async def get(self, *args: Any, **kwargs: Any) -> None:
        """Only a page that is open, and has no wire yet, gets one."""
        offered = [part.strip() for part in self.request.headers.get("Sec-WebSocket-Protocol", "").split(",")]
        free = {
            session.token: session
            for session in self.application_context.sessions
            if not session.connection_count and not session.expiration_requested
        }
        if len(offered) == 2 and offered[0] == "bokeh" and offered[1] in free:
            self._session = free[offered[1]]
            await super().get(*args, **kwargs)
        else:
            say(self, 403, "no page that is open asks for this")

    async def _async_open(self, token: str) -> None:
        # a visitor may have gone in the meantime, and who is not noted down can never be struck off
        if self.ws_connection is not None and not self.ws_connection.is_closing():
            await super()._async_open(token)

    async def _receive(self, fragment: str | bytes) -> Any:
        if isinstance(fragment, bytes):
            # no page sends any, and Bokeh would collect as many as a message says that it has
            self.close(_POLICY)
            return None
        try:
            return await self.receiver.consume(fragment)
        except Exception:  # what is not from our page can break the reading in any way
            self.close(_POLICY)
            return None

    async def _handle(self, message: Any) -> Any:
        if message.msgtype not in _READ:
            document = self.connection.session.document
            match message.msgtype, message.content:
                case "PATCH-DOC", {"events": list() as events}:
                    changes = [change for event in events if (change := understood(document, event))]
                    message.content["events"] = changes
                case _:
                    self.close(_POLICY)
                    return None
        if "msgid" not in message.header:
            self.close(_POLICY)
            return None
        return await super()._handle(message)

    async def send_message(self, message: Any) -> None:
        """Send, if there is still someone to read."""
        with contextlib.suppress(WebSocketClosedError):
            await message.send(self)

    def on_close(self) -> None:
        """Who leaves does not come back: what the page held is given back at once."""
        # Bokeh asks its connection for the session, which is gone where a ping has found out first
        if self.connection is not None and not self._session.destroyed:
            self._session.request_expiration()
            self._session.notify_connection_lost()
            self.application.client_lost(self.connection)
