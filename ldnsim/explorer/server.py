"""The server of the explorer: a page, its messages and its files, for this machine alone."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from bokeh.application import Application
from bokeh.application.handlers import FunctionHandler
from bokeh.server.server import Server
from tornado.web import RequestHandler

from ..errors import InputError, LdnsimError
from .page import WORKERS, Page
from .work import file, work

ADDRESS = "127.0.0.1"
"""The page is served to this machine alone."""

PORT = 5006
"""Where it is served if that is free."""

_OWN = ("same-origin", "none")
"""Whose requests a browser may send here: those of our own page, and of a visitor who types an address."""


class _Download(RequestHandler):  # type: ignore[misc]
    """A file made from the query of its address, for pages of this server alone."""

    def initialize(self, hosts: Sequence[str]) -> None:
        self.hosts = hosts

    async def get(self, name: str) -> None:
        """The figure, or the numbers of a scenario."""
        # another page of the web must not make this machine work
        if self.request.host not in self.hosts or self.request.headers.get("Sec-Fetch-Site", "none") not in _OWN:
            self.send_error(403)
            return
        try:
            kind, content = await asyncio.wrap_future(WORKERS.submit(file, name, self.request.query))
        except LdnsimError as error:
            self.set_status(400)
            self.set_header("Content-Type", "text/plain; charset=utf-8")
            self.finish(str(error))
            return
        self.set_header("Content-Type", kind)
        self.set_header("Content-Disposition", f'attachment; filename="ldnsim_{name}"')
        self.finish(content)


def server(port: int = 0) -> Server:
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
    with socket.socket() as trial:
        try:
            trial.bind((ADDRESS, port))
        except (OSError, OverflowError) as error:
            raise InputError("port", port, "a port of this machine that is free and that you may use") from error
        port = int(trial.getsockname()[1])
    hosts = [f"{name}:{port}" for name in (ADDRESS, "localhost")]
    patterns = [(r"/(figure\.png|[AB]\.csv)", _Download, {"hosts": hosts})]
    return Server(
        {"/": Application(FunctionHandler(_visit))},
        port=port,
        address=ADDRESS,
        allow_websocket_origin=hosts,
        extra_patterns=patterns,
    )


def _visit(document: Any) -> None:
    given = document.session_context.request.arguments
    pairs = {name: [value.decode(errors="replace") for value in values] for name, values in given.items()}
    document.title = "ldnsim explorer"
    Page(document, urlencode(pairs, doseq=True))


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
