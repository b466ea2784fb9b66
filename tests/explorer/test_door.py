"""What the explorer keeps of visitors who have gone, and what a page of another site comes to in a real browser."""

from __future__ import annotations

import asyncio
import contextlib
import html
import http.client
import http.server
import json
import re
import socket
import threading
import time
import types
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from bokeh.document import Document
from bokeh.server.connection import ServerConnection
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from ldnsim.explorer import page
from ldnsim.explorer.scenario import Scenario
from ldnsim.explorer.server import ADDRESS, MOST_FILES
from ldnsim.explorer.wire import Socket

from .test_gate import Served, logged
from .test_page import CHROMIUM, FLAGS, Visit, get, in_a_browser


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server that has nothing to say, whatever a test does."""
    with logged(tmp_path_factory.mktemp("served")) as found:
        yield found


@pytest.fixture
def port(served: Served) -> int:
    return served.port


def token_of(port: int, query: str = "") -> str:
    """The key of a new page."""
    text = get(port, "/" + query).body.decode()
    found = re.search(r'<script type="application/json" id="visit">(.*?)</script>', text)
    assert found is not None
    return str(json.loads(html.unescape(found[1]))[0]["token"])


@contextlib.asynccontextmanager
async def connected(port: int, token: str) -> AsyncIterator[WebSocketClientConnection]:
    asked = HTTPRequest(f"ws://{ADDRESS}:{port}/ws", headers={"Origin": f"http://{ADDRESS}:{port}"})
    wire = await websocket_connect(asked, subprotocols=["bokeh", token])
    for _ in range(3):
        await wire.read_message()  # the three parts of the first message, which says that the server listens
    try:
        yield wire
    finally:
        wire.close()
        # a socket is let go of once the other side has closed too
        while await wire.read_message() is not None:
            pass


async def message(wire: WebSocketClientConnection, kind: str, content: Any) -> None:
    for part in ({"msgid": "1", "msgtype": kind}, {}, content):
        await wire.write_message(part if isinstance(part, str) else json.dumps(part))


async def told(wire: WebSocketClientConnection, word: str) -> str:
    """The first text that holds a word."""
    while True:
        part = await asyncio.wait_for(wire.read_message(), 60)
        assert part is not None, "the server hung up"
        if isinstance(part, str) and word in part:
            return part


async def whole_visit(port: int, query: str = "", word: str = "net opioid tone") -> None:
    """A page as a browser has it, closed once it shows its words."""
    async with connected(port, await asyncio.to_thread(token_of, port, query)) as wire:
        await message(wire, "PULL-DOC-REQ", {})
        await told(wire, word)


def test_visitors_who_vanish_leave_no_word(port: int) -> None:
    async def vanish() -> None:
        for patience in (0.0, 0.01, 0.1):
            seed = round(100 * patience)
            async with connected(port, await asyncio.to_thread(token_of, port, f"?people=30&seed={seed}")) as wire:
                await message(wire, "PULL-DOC-REQ", {})
                await asyncio.sleep(patience)
                # without a word, as where a browser is killed
                stream: Any = wire.protocol
                stream.stream.close()
        await whole_visit(port)

    for path in ("/", "/figure.png?days=3", "/A.csv?days=40", "/static/js/bokeh.min.js"):
        with socket.create_connection((ADDRESS, port)) as wire:
            wire.sendall(f"GET {path} HTTP/1.1\r\nHost: {ADDRESS}:{port}\r\n\r\n".encode())
            # gone without reading: the system answers whatever comes with a reset
    asyncio.run(vanish())


def test_what_a_closed_page_asked_for_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, release = [], threading.Event()

    def slow(text: str) -> None:
        begun.append(text)
        release.wait(30)

    class Loop:
        def add_callback(self, *given: Any) -> None:
            arrived.append(given)

    arrived: list[Any] = []
    monkeypatch.setattr(page, "work", slow)
    monkeypatch.setattr("tornado.ioloop.IOLoop.current", Loop)

    pages = [page.Page(Document(), f"dose={dose}") for dose in (1, 2, 3, 4)]
    while len(begun) < 2:
        time.sleep(0.001)
    for one in pages:
        one._leave(None)
    release.set()
    page.WORKERS.submit(int).result(30)
    # two were being worked out; the others never begin, and nothing comes back to a page that has gone
    assert begun == ["dose=1", "dose=2"]
    for arrive, done in arrived:
        arrive(done)
    assert not any(one._document.session_callbacks[1:] for one in pages)


def test_only_so_many_files_are_made_at_a_time(port: int) -> None:
    wires = []
    for seed in range(3 * MOST_FILES):
        wire = socket.create_connection((ADDRESS, port), timeout=60)
        wire.sendall(f"GET /A.csv?people=200&days=84&seed={seed} HTTP/1.1\r\nHost: {ADDRESS}:{port}\r\n\r\n".encode())
        wires.append(wire)
    # those beyond the limit are answered at once, those before it not yet
    assert wires[-1].recv(30).startswith(b"HTTP/1.1 503")
    for wire in wires:
        wire.close()


@in_a_browser
def test_a_page_of_another_site_can_neither_read_nor_start_anything(port: int) -> None:
    sync_api = pytest.importorskip("playwright.sync_api")

    class Other(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(
                f"<img src='http://{ADDRESS}:{port}/figure.png'><script src='http://{ADDRESS}:{port}/page.js'></script>"
                f"<iframe src='http://{ADDRESS}:{port}/'></iframe>"
                f"<form action='http://{ADDRESS}:{port}/' method='post'></form>"
                f"<a href='http://{ADDRESS}:{port}/?people=500'>go</a>".encode()
            )

        def log_message(self, *_: Any) -> None:
            pass

    other = http.server.ThreadingHTTPServer((ADDRESS, 0), Other)
    threading.Thread(target=other.serve_forever, daemon=True).start()
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        visitor = browser.new_page()
        answers: dict[str, int | None] = {}
        visitor.on("response", lambda answer: answers.update({answer.url.partition(f":{port}")[2]: answer.status}))
        # a browser can drop what another site may not have before it says how that was answered
        visitor.on("requestfailed", lambda sent: answers.setdefault(sent.url.partition(f":{port}")[2]))
        visitor.goto(f"http://{ADDRESS}:{other.server_port}/")
        root = f"{ADDRESS}:{port}"
        assert visitor.evaluate(f"fetch('http://{root}/A.csv').then(() => 'read', () => 'refused')") == "refused"
        visitor.evaluate(f"fetch('http://{root}/B.csv', {{ mode: 'no-cors' }}).catch(() => null)")
        opened = f"new Promise((done) => {{ const one = new WebSocket('ws://{root}/ws', ['bokeh', 'x']);"
        assert (
            visitor.evaluate(opened + "one.onopen = () => done('open'); one.onerror = () => done('refused'); })")
            == "refused"
        )
        with visitor.expect_navigation():
            visitor.evaluate("document.forms[0].submit()")
        visitor.goto(f"http://{ADDRESS}:{other.server_port}/")
        with visitor.expect_navigation():
            visitor.click("a")
        del answers[""]
        assert {"/figure.png", "/page.js", "/", "/B.csv", "/?people=500"} <= answers.keys()
        assert answers["/"] == answers["/?people=500"] == 403
        assert set(answers.values()) <= {403, None}
        # what a visitor types is answered
        visit = Visit(browser, port)
        assert visit.words() == Scenario().run().summary().in_words()
        visit.close()
        browser.close()
    other.shutdown()
    other.server_close()


def test_a_wire_that_a_ping_finds_dead_closes_without_a_word(caplog: pytest.LogCaptureFixture) -> None:
    lost = []

    class Session:
        destroyed = False

        def request_expiration(self) -> None:
            lost.append("page")

        def notify_connection_lost(self) -> None:
            lost.append("told")

    dead = Socket.__new__(Socket)
    dead._session = Session()
    # as Bokeh leaves it: the connection is there, and has no session any more
    dead.connection = ServerConnection.__new__(ServerConnection)
    dead.connection._session = None
    dead.application = types.SimpleNamespace(client_lost=lost.append)
    dead.on_close()
    assert lost == ["page", "told", dead.connection]
    assert caplog.text == ""
