"""The server of the explorer: a page, its messages and its files, for this machine alone."""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
from concurrent.futures import CancelledError, Future
from functools import partial
from typing import Any

from bokeh.application import Application
from bokeh.application.handlers import FunctionHandler
from bokeh.server.server import BaseServer
from bokeh.server.tornado import BokehTornado
from bokeh.server.views.static_handler import StaticHandler
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop
from tornado.routing import AnyMatches, PathMatches, Rule
from tornado.web import RequestHandler

from ..base.errors import InputError, LdnsimError
from .controls import asset
from .gate import Foreign, Headers, Refused, hosts, say
from .page import WORKERS, Page
from .wire import Socket, Visit
from .work import file, work

ADDRESS = "127.0.0.1"
"""The page is served to this machine alone."""

PORT = 5006
"""Where it is served if that is free."""

MOST_FILES = 8
"""How many files can wait to be made."""

_LIMITS = {"idle_connection_timeout": 60, "body_timeout": 5, "max_header_size": 16_384, "max_body_size": 1024}
"""How long a connection may say nothing [s], and how much it may say [bytes]."""

_LARGEST_MESSAGE = 65_536
"""Of a page [bytes]; a query has 2000 characters."""

_UNUSED, _LOOK = 15_000, 1000
"""How long a page that never connects is kept, and how often those that have gone are looked for [ms]."""

_FOREIGN = (
    "This was asked for by a page of another site, or under another name than {}. If it was you, type that address."
)


class _Asset(RequestHandler):  # type: ignore[misc]
    """A file of this package."""

    def initialize(self, name: str, kind: str) -> None:
        self._name, self._kind = name, kind

    def get(self) -> None:
        """Its text."""
        self.set_header("Content-Type", f"{self._kind}; charset=utf-8")
        self.finish(asset(self._name))


class _Download(RequestHandler):  # type: ignore[misc]
    """A file made from the query of its address."""

    def initialize(self, waiting: set[Future[Any]]) -> None:
        self._waiting = waiting
        self._running: Future[Any] | None = None

    def on_connection_close(self) -> None:
        """Nobody waits for it any more."""
        if self._running is not None:
            self._running.cancel()

    async def get(self, name: str) -> None:
        """The figure, or the numbers of a scenario."""
        if len(self._waiting) >= MOST_FILES:
            say(self, 503, f"{MOST_FILES} files are being made, which is the most. Wait a moment and ask again.")
            return
        self._running = WORKERS.submit(file, name, self.request.query)
        self._waiting.add(self._running)
        self._running.add_done_callback(self._waiting.discard)
        try:
            kind, content = await asyncio.wrap_future(self._running)
        except LdnsimError as error:
            say(self, 400, str(error))
            return
        except (CancelledError, asyncio.CancelledError):
            return
        self.set_header("Content-Type", kind)
        self.set_header("Content-Disposition", f'attachment; filename="ldnsim_{name}"')
        self.set_header("Cache-Control", "no-store")
        self.finish(content)


def server(port: int = 0) -> BaseServer:
    """The server of the explorer, ready to be started.

    Parameters
    ----------
    port : int
        Port of this machine, 0 for any that is free.

    Raises
    ------
    InputError
        If the port cannot be used.
    """
    wanted = "a port of this machine that is free and that you may use"
    # a larger number would be cut to its last 16 bits without a word
    if not 0 <= port < 1 << 16:
        raise InputError("port", port, wanted)
    listening = socket.socket()
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.setblocking(False)
        listening.bind((ADDRESS, port))
        listening.listen()
    except OSError as error:
        listening.close()
        raise InputError("port", port, wanted) from error
    known = hosts(int(listening.getsockname()[1]), ADDRESS)
    application = BokehTornado(
        {"/": Application(FunctionHandler(_visit))},
        extra_websocket_origins=known,
        sign_sessions=False,
        websocket_max_message_size_bytes=_LARGEST_MESSAGE,
        unused_session_lifetime_milliseconds=_UNUSED,
        check_unused_sessions_milliseconds=_LOOK,
        transforms=[partial(Headers, known)],
        # a foreign page could fill the terminal with what it is refused
        log_function=lambda _: None,
    )
    context = application.applications["/"]
    wire = {"application_context": context, "bokeh_websocket_path": "/ws"}
    # before the routes of Bokeh, none of which is ever reached
    application.default_router.rules[:0] = [
        Rule(Foreign(known), Refused, {"status": 403, "why": _FOREIGN.format(f"http://{known[0]}/")}),
        Rule(PathMatches("/"), Visit, {"context": context}),
        Rule(PathMatches("/ws"), Socket, wire),
        Rule(PathMatches("/page.js"), _Asset, {"name": "page.js", "kind": "text/javascript"}),
        Rule(PathMatches("/page.css"), _Asset, {"name": "page.css", "kind": "text/css"}),
        Rule(PathMatches(r"/static/(js/bokeh\.min\.js)"), StaticHandler),
        Rule(PathMatches(r"/(figure\.png|[AB](?:_run)?\.csv)"), _Download, {"waiting": set()}),
        Rule(AnyMatches(), Refused, {"status": 404, "why": "there is nothing here"}),
    ]
    http = HTTPServer(application, **_LIMITS)
    http.add_sockets([listening])
    return BaseServer(IOLoop.current(), application, http)


def _visit(document: Any) -> None:
    document.title = "ldnsim explorer"
    Page(document, document.session_context.request.query)


def serve(port: int | None = None, *, browser: bool = True) -> None:
    """Serve the explorer until it is interrupted.

    Parameters
    ----------
    port : int, optional
        Port of this machine; by default 5006, or any that is free.
    browser : bool
        Whether a browser is opened.

    Raises
    ------
    InputError
        If the port cannot be used.
    MissingExtra
        Without the extra ``fast``.
    """
    import matplotlib

    matplotlib.use("agg")
    # it would tell of every message that no page sends; the wire of that page is closed, and that is all
    logging.getLogger("bokeh.protocol").setLevel(logging.CRITICAL)
    try:
        running = server(PORT if port is None else port)
    except InputError:
        if port is not None:
            raise
        running = server()
    # not where the address is read from
    print("starting; the first time on a machine this compiles the equations for about ten seconds", file=sys.stderr)
    work("")
    print(f"ldnsim explorer: http://{ADDRESS}:{running.port}/ (stop it with Ctrl-C)", flush=True)
    running.start()
    if browser:
        running.io_loop.add_callback(running.show, "/")
    try:
        running.io_loop.start()
    except KeyboardInterrupt:
        running.stop()
        # what nobody will see need not be worked out before the program ends
        WORKERS.shutdown(wait=False, cancel_futures=True)
