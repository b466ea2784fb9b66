"""The server of the explorer: a page, what it asks for, and its files, for this machine alone or a class."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import re
import socket
import sys
from collections.abc import Callable
from concurrent.futures import CancelledError
from functools import partial
from typing import Any, NamedTuple

from bokeh.server.views.static_handler import StaticHandler
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop
from tornado.routing import AnyMatches, PathMatches, Rule
from tornado.web import Application, RedirectHandler, RequestHandler

from ..base.errors import InputError, LdnsimError
from ..engines.compiled.cache import NotKept
from ..ledger.assumptions import BUNDLES
from ..models import NALTREXONE
from .address import read_each, usual_query
from .answer import answer, at_once, key_of, refusal
from .figures import drawing
from .gate import Foreign, Headers, Locked, Refused, hosts, new_token, say
from .page import asset, page_text
from .turns import Busy, Lane, Lanes, PutOff
from .work import file

ADDRESS = "127.0.0.1"
"""Where it is served unless said otherwise: to this machine alone."""

PORT = 5006
"""Where it is served if that is free."""

_LIMITS = {"idle_connection_timeout": 60, "body_timeout": 5, "max_header_size": 16_384, "max_body_size": 1024}
"""How long a connection may say nothing [s], and how much it may say [bytes]."""

_SWITCH = 0.0005
"""How long a thread works on while another one waits [s]; a tenth of what Python does by itself."""

_FOREIGN = (
    "This was asked for by a page of another site, or under another name than {}. If it was you, type that address."
)

_LOCKED = "This address lacks the token of this server, or has that of an earlier one. Ask whoever started it."

_OPEN = (
    "warning: whoever on the network has this address can use the page and the processor of this machine; "
    "what goes over the network can be read on its way"
)


class _Asset(RequestHandler):  # type: ignore[misc]
    """A text that is the same for all visitors."""

    def initialize(self, text: Callable[[], str], kind: str) -> None:
        self._text, self._kind = text, kind

    def get(self) -> None:
        """It."""
        self.set_header("Content-Type", f"{self._kind}; charset=utf-8")
        self.finish(self._text())


class _Visit(RequestHandler):  # type: ignore[misc]
    """The page, as its address says."""

    def initialize(self, usual: str) -> None:
        """What an address asks for that asks for nothing."""
        self._usual = usual

    def get(self) -> None:
        """It."""
        self.set_header("Cache-Control", "no-store")
        if self._usual and not self.request.query:
            # an address that is handed on has to mean the same to every server
            self.redirect(f"?{self._usual}")
            return
        self.finish(page_text(self.request.query))


class _Waiting(RequestHandler):  # type: ignore[misc]
    """What takes a while, and is given up with the visitor who asked for it."""

    def initialize(self, lanes: Lanes) -> None:
        self._lanes = lanes
        self._asking: asyncio.Task[bytes] | None = None

    def on_connection_close(self) -> None:
        """Nobody waits for it any more."""
        if self._asking is not None:
            self._asking.cancel()

    async def _get(self, lane: Lane, key: Any, work: Callable[[], bytes]) -> bytes | None:
        """What comes of it; none if that was no answer and has been said."""
        self.set_header("Cache-Control", "no-store")
        self._asking = asyncio.ensure_future(lane.get(key, work, self.request.remote_ip))
        try:
            return await self._asking
        except (Busy, PutOff) as full:
            self.set_header("Retry-After", "2")
            say(self, 503, f"{full} Wait a moment and ask again.")
        except LdnsimError as error:
            say(self, 400, str(error))
        except (CancelledError, asyncio.CancelledError):
            pass
        return None


class _Answer(_Waiting):
    """The numbers and words of a page."""

    async def get(self) -> None:
        """As JSON."""
        try:
            asked = read_each(self.request.query)
        except InputError as error:
            content: bytes | None = refusal(error)
        else:
            # what people need first is what others ask for without them
            alone = asked._replace(people=0)
            try:
                content = await self._get(self._lanes.curves, key_of(alone), partial(at_once, alone))
            except NotKept:
                content = await self._get(self._lanes.compiling, key_of(alone), partial(answer, alone))
            if asked.people and content is not None:
                content = await self._get(self._lanes.people, key_of(asked), partial(answer, asked))
        if content is not None:
            self.set_header("Content-Type", "application/json")
            self.finish(content)


class _Download(_Waiting):
    """A file made from the query of its address."""

    async def get(self, name: str) -> None:
        """The figure, or the numbers of a scenario."""
        kinds: list[str] = []

        def made() -> bytes:
            kind, content = file(name, self.request.query)
            kinds.append(kind)
            return content

        content = await self._get(self._lanes.files, object(), made)
        if content is not None:
            self.set_header("Content-Type", kinds[0])
            self.set_header("Content-Disposition", f'attachment; filename="ldnsim_{name}"')
            self.finish(content)


class Running(NamedTuple):
    """A server that answers as soon as its loop runs.

    Attributes
    ----------
    address : str
        Where visitors find it.
    port : int
        Its port.
    stop : callable
        Ends it, and what it works on.
    """

    address: str
    port: int
    stop: Callable[[], None]


def server(port: int = 0, host: str | None = None, drug: str = NALTREXONE) -> Running:
    """The server of the explorer, which answers while the loop of this thread runs.

    Parameters
    ----------
    port : int
        Port of this machine, 0 for any that is free.
    host : str, optional
        Name or address of this machine under which others reach it, ``0.0.0.0`` for every one; the address of the page
        then holds a token, without which nothing is answered. By default it is there for this machine alone.
    drug : str
        Which of `drugs.NAMES` a page shows at first.

    Raises
    ------
    InputError
        If the port or the host cannot be used.
    """
    listening = _listening(port, ADDRESS if host is None else host)
    port = int(listening.getsockname()[1])
    token = None if host is None else new_token()
    path = "" if token is None else f"/{token}"
    address = f"http://{ADDRESS if host is None else _outward(listening)}:{port}{path}/"
    known = hosts(port, ADDRESS) if token is None else None
    lanes = Lanes.new(shared=token is not None)

    def at(pattern: str) -> PathMatches:
        return PathMatches(re.escape(path) + pattern)

    script, style = (("text/javascript", "page.js"), ("text/css", "page.css"))
    application = Application(
        [
            # first of all, because what the next one says names the address, and with it the token
            *([Rule(Locked(token), Refused, {"status": 403, "why": _LOCKED})] if token else []),
            Rule(Foreign(known), Refused, {"status": 403, "why": _FOREIGN.format(address)}),
            # who types the address leaves out the last stroke
            *([Rule(at(""), RedirectHandler, {"url": f"{path}/", "permanent": False})] if token else []),
            Rule(at("/"), _Visit, {"usual": usual_query(drug)}),
            Rule(at("/page.js"), _Asset, {"text": partial(asset, script[1]), "kind": script[0]}),
            Rule(at("/page.css"), _Asset, {"text": partial(asset, style[1]), "kind": style[0]}),
            Rule(at("/drawing.json"), _Asset, {"text": drawing, "kind": "application/json"}),
            Rule(at(r"/static/(js/bokeh\.min\.js)"), StaticHandler),
            Rule(at("/answer"), _Answer, {"lanes": lanes}),
            Rule(at(r"/(figure\.png|figure\.svg|[AB](?:_run)?\.csv)"), _Download, {"lanes": lanes}),
            Rule(AnyMatches(), Refused, {"status": 404, "why": "there is nothing here"}),
        ],
        transforms=[Headers],
        # a foreign page could fill the terminal with what it is refused
        log_function=lambda _: None,
    )
    http = HTTPServer(application, **_LIMITS)
    http.add_sockets([listening])

    def stop() -> None:
        http.stop()
        lanes.close()

    return Running(address, port, stop)


def _listening(port: int, host: str) -> socket.socket:
    """A socket at a port of one of the addresses of this machine, or of all."""
    wanted = "a port of this machine that is free and that you may use"
    # a larger number would be cut to its last 16 bits without a word
    if not 0 <= port < 1 << 16:
        raise InputError("port", port, wanted)
    here = "a name or an address of this machine, or 0.0.0.0 for every one of its addresses"
    try:
        # no name at all would mean every address
        family, kind, _, _, place = socket.getaddrinfo(host or "?", port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError) as error:
        raise InputError("host", host, here) from error
    listening = socket.socket(family, kind)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.setblocking(False)
        listening.bind(place)
        listening.listen(128)
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRNOTAVAIL:
            raise InputError("host", host, here) from error
        raise InputError("port", port, wanted) from error
    return listening


def _outward(listening: socket.socket) -> str:
    """What others call this machine: where it listens or, if that is everywhere, where its way to others begins."""
    host = str(listening.getsockname()[0])
    if host in ("0.0.0.0", "::"):
        six = listening.family == socket.AF_INET6
        host = socket.gethostname()
        # an address kept for documents: nothing is sent to it, or anywhere
        with contextlib.suppress(OSError), socket.socket(listening.family, socket.SOCK_DGRAM) as asking:
            asking.connect(("2001:db8::1" if six else "192.0.2.1", 9))
            host = str(asking.getsockname()[0])
    return f"[{host}]" if ":" in host else host


def serve(port: int | None = None, *, host: str | None = None, browser: bool = True, drug: str = NALTREXONE) -> None:
    """Serve the explorer until it is interrupted.

    Parameters
    ----------
    port : int, optional
        Port of this machine; by default 5006, or any that is free.
    host : str, optional
        As of `server`.
    browser : bool
        Whether a browser is opened.
    drug : str
        As of `server`.

    Raises
    ------
    InputError
        If the port or the host cannot be used.
    MissingExtra
        Without the extra ``fast``.
    """
    import matplotlib

    matplotlib.use("agg")
    # what answers must not stand behind what works whenever it has read or written something
    sys.setswitchinterval(_SWITCH)
    try:
        running = server(PORT if port is None else port, host, drug)
    except InputError as error:
        if port is not None or error.argument != "port":
            raise
        running = server(host=host, drug=drug)
    # not where the address is read from
    print("starting; the first time on a machine this compiles the equations for about ten seconds", file=sys.stderr)
    # the first page shall not wait, and in a class neither shall the second account
    for account in ("popular",) if host is None else BUNDLES:
        answer(read_each("&".join(filter(None, (usual_query(drug), f"assumptions={account}")))))
    drawing()
    if host is not None:
        print(_OPEN, file=sys.stderr)
    print(f"ldnsim explorer: {running.address} (stop it with Ctrl-C)", flush=True)
    if browser:
        import webbrowser

        IOLoop.current().add_callback(webbrowser.open, running.address)
    try:
        IOLoop.current().start()
    except KeyboardInterrupt:
        running.stop()
