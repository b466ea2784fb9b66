"""Who can ask the explorer for anything, what is left of visitors who have gone, and what forged messages come to."""

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
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from bokeh.document import Document
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.iostream import StreamClosedError
from tornado.websocket import WebSocketClientConnection, WebSocketClosedError, websocket_connect

from ldnsim.explorer import page
from ldnsim.explorer.scenario import Scenario
from ldnsim.explorer.server import ADDRESS, MOST_FILES
from ldnsim.explorer.wire import MOST_PAGES

from .test_page import CHROMIUM, FLAGS, Visit, get, in_a_browser, started

POLICIES = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
WORDS = Scenario().run().summary().in_words()


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("log") / "log"


@pytest.fixture(scope="module")
def served(log: Path) -> Iterator[tuple[int, int]]:
    """Process and port of a server whose log is kept."""
    with log.open("w") as written, started(written) as (process, port):
        yield process.pid, port


@pytest.fixture
def port(served: tuple[int, int], log: Path) -> Iterator[int]:
    """The port of a server that has nothing to say, whatever a test does."""
    before = len(log.read_text())
    yield served[1]
    assert get(served[1], "/page.css").status == 200
    assert log.read_text()[before:] == ""


def raw(port: int, sent: bytes, wait: float = 10) -> bytes:
    """What comes back for some bytes."""
    with socket.create_connection((ADDRESS, port), timeout=wait) as wire:
        wire.sendall(sent)
        wire.shutdown(socket.SHUT_WR)
        came = b""
        while part := wire.recv(65_536):
            came += part
        return came


@pytest.mark.parametrize(
    "path", ["/", "/page.js", "/static/js/bokeh.min.js", "/A.csv?days=1", "/figure.png?days=1", "/x"]
)
@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "example.org"},
        {"Host": "127.0.0.1.example.org:{port}"},
        {"Host": "localhost.:{port}"},
        {"Host": "127.0.0.1"},
        {"Host": ""},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Sec_Fetch_Site": "?"},
        {"Origin": "http://example.org"},
        {"Origin": "null"},
        {"Origin": "https://127.0.0.1:{port}"},
        {"Origin": "http://localhost:{port}"},
        {"Origin": "http://127.0.0.1:1", "Sec_Fetch_Site": "none"},
        {"Referer": "http://example.org/127.0.0.1:{port}/"},
        {"Referer": "http://127.0.0.1:{port}@example.org/"},
        {"Referer": "http://[oops"},
    ],
    ids=str,
)
def test_a_foreign_page_gets_nothing(port: int, path: str, headers: dict[str, str]) -> None:
    answer = get(port, path, **{name: value.format(port=port) for name, value in headers.items()})
    assert answer.status == 403
    assert answer.body.startswith(b"This was asked for by a page of another site")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Host": "localhost:{port}", "Origin": "http://localhost:{port}"},
        {"Host": "LOCALHOST:{port}"},
        {"Sec_Fetch_Site": "none"},
        {"Sec_Fetch_Site": "same-origin", "Referer": "http://127.0.0.1:{port}/?dose=3"},
        {"Referer": "http://127.0.0.1:{port}/?dose=3"},
    ],
    ids=str,
)
def test_our_own_page_a_visitor_and_a_program_get_theirs(port: int, headers: dict[str, str]) -> None:
    filled = {name: value.format(port=port) for name, value in headers.items()}
    assert get(port, "/page.js", **filled).status == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/page.js", 200),
        ("GET", "/page.css", 200),
        ("GET", "/static/js/bokeh.min.js", 200),
        ("GET", "/A.csv?days=1", 200),
        ("GET", "/A.csv?days=0", 400),
        ("GET", "/ws", 403),
        ("GET", "/no%00thing", 404),
        ("GET", "/favicon.ico", 404),
        ("HEAD", "/", 405),
        ("HEAD", "/static/js/bokeh.min.js", 200),
        ("OPTIONS", "/", 405),
        ("PUT", "/A.csv", 405),
        ("POST", "/", 405),
        ("DELETE", "/x", 404),
        ("TRACE", "/", 405),
    ],
)
def test_every_answer_says_what_a_browser_may_do_with_it(port: int, method: str, path: str, status: int) -> None:
    with contextlib.closing(http.client.HTTPConnection(ADDRESS, port, timeout=60)) as connection:
        connection.request(method, path)
        answer = connection.getresponse()
        answer.read()
    assert answer.status == status
    assert POLICIES.items() <= dict(answer.getheaders()).items()
    policy = dict(part.split(" ", 1) for part in str(answer.getheader("Content-Security-Policy")).split("; "))
    assert policy["default-src"] == policy["frame-ancestors"] == "'none'"
    # no script but ours: neither in the page nor made from text
    assert policy["script-src"] == "'self'"
    assert answer.getheader("Access-Control-Allow-Origin") is None


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX: " + b"x" * 20_000 + b"\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 2000000000\r\n\r\nxx",
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n",
        b"GET /\0 HTTP/1.1\r\n\r\n",
        b"\xff\xfe\x00\x01\r\n\r\n",
        b"GET http://example.org/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n",
        b"GET /?" + b"%ff%00&" * 500 + b" HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n",
        b"GET /../../etc/passwd HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n",
        b"GET /A.csv?days=1 HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nHost: example.org\r\nConnection: close\r\n\r\n",
    ],
    ids=lambda sent: repr(sent[:40]),
)
def test_odd_requests_come_to_nothing(port: int, sent: bytes) -> None:
    came = raw(port, sent.replace(b"{port}", str(port).encode()))
    assert b" 500 " not in came.partition(b"\r\n")[0]
    assert b"root:" not in came


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


def model(text: str, name: str) -> str:
    """Key of a named model in a document as it is sent."""

    def search(part: Any) -> Iterator[str]:
        if isinstance(part, dict):
            if part.get("attributes", {}).get("name") == name:
                yield part["id"]
            for inner in part.values():
                yield from search(inner)
        elif isinstance(part, list):
            for inner in part:
                yield from search(inner)

    return next(search(json.loads(text)))


def ask(key: str, new: Any, attr: str = "data") -> dict[str, Any]:
    return {"events": [{"kind": "ModelChanged", "model": {"id": key}, "attr": attr, "new": new}]}


def asking(text: str) -> dict[str, Any]:
    return {"type": "map", "entries": [["query", [text]]]}


@pytest.mark.parametrize("token", ["", "x", "a.b", "e30", "e30.e30", "%00", "x" * 5000], ids=lambda text: text[:9])
def test_no_wire_without_a_page(port: int, token: str) -> None:
    async def knock() -> None:
        with pytest.raises(HTTPClientError, match="403"):
            async with connected(port, token):
                pass

    asyncio.run(knock())


def test_a_page_has_one_wire_and_none_once_it_has_gone(port: int) -> None:
    async def visits() -> None:
        token = await asyncio.to_thread(token_of, port)
        async with connected(port, token):
            with pytest.raises(HTTPClientError, match="403"):
                async with connected(port, token):
                    pass
        # who leaves does not come back
        await asyncio.sleep(0.05)
        with pytest.raises(HTTPClientError, match="403"):
            async with connected(port, token):
                pass

    asyncio.run(visits())


def test_forged_messages_change_nothing_and_are_not_told(port: int) -> None:
    async def forge() -> None:
        async with connected(port, await asyncio.to_thread(token_of, port)) as wire:
            await message(wire, "PULL-DOC-REQ", {})
            document = await told(wire, '"roots"')
            asked, answer = (model(document, name) for name in ("asked", "answer"))
            near = model(document, "near")
            text = asking("dose=3")
            events: list[Any] = [None, 3, [], {}, {"kind": "x"}, {"kind": "ModelChanged"}]
            values: list[Any] = [None, [], {}, {"query": [3]}, {"type": "map", "entries": [["query", [3]]]}]
            starts: list[Any] = [True, "x", None, {"type": "number", "value": "nan"}, float("inf"), 10**400]
            forged = [
                *({"events": [event]} for event in events),
                *(ask(asked, new) for new in values),
                *(ask(key, text) for key in (answer, "p1", "", near, "nothing")),
                *(ask(near, new, "start") for new in starts),
                ask(asked, "x", "__class__"),
                {"events": [{**ask(asked, text)["events"][0], "more": 1, "setter": "x"}]},
                {
                    "events": [
                        {"kind": "TitleChanged", "title": "taken"},
                        {"kind": "RootRemoved", "model": {"id": near}},
                    ]
                },
                {
                    "events": [
                        {"kind": "MessageSent", "msg_type": "bokeh_event", "msg_data": {"type": "event", "name": "x"}}
                    ]
                },
                ask(asked, asking("\ud800 &dose=" + "9" * 3000)),
            ]
            for content in forged:
                await message(wire, "PATCH-DOC", content)
            # after all of it the page still answers
            await message(wire, "PATCH-DOC", ask(asked, asking("dose=3.25")))
            shown = await told(wire, "3.25 mg")
            assert "taken" not in shown

    asyncio.run(forge())


@pytest.mark.parametrize(
    "send",
    [
        lambda wire: wire.write_message("x"),
        lambda wire: wire.write_message(b"\0\xff", binary=True),
        lambda wire: wire.write_message("[" * 60_000),
        lambda wire: wire.write_message("x" * 70_000),
        lambda wire: message(wire, "PUSH-DOC", {"doc": {}}),
        lambda wire: message(wire, "NO-SUCH", {}),
        lambda wire: message(wire, "PATCH-DOC", []),
        lambda wire: message(wire, "PATCH-DOC", {"events": {}}),
        lambda wire: message(wire, "PATCH-DOC", "[" * 60_000),
        lambda wire: message(wire, "ACK", {}),
        lambda wire: message(wire, "ERROR", {"text": "x" * 1000}),
    ],
)
def test_what_is_no_message_ends_the_wire(port: int, send: Callable[[WebSocketClientConnection], Any]) -> None:
    async def forge() -> None:
        async with connected(port, await asyncio.to_thread(token_of, port)) as wire:
            with contextlib.suppress(WebSocketClosedError, StreamClosedError):  # the server may hang up while we send
                await send(wire)
            while await asyncio.wait_for(wire.read_message(), 10) is not None:
                pass

    asyncio.run(forge())


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


def test_only_so_many_pages_and_files_at_a_time(port: int) -> None:
    tokens = [get(port, "/?days=1").status for _ in range(MOST_PAGES + 5)]
    assert tokens[-1] == 503
    assert tokens.count(200) <= MOST_PAGES
    wires = []
    for seed in range(3 * MOST_FILES):
        wire = socket.create_connection((ADDRESS, port), timeout=60)
        wire.sendall(f"GET /A.csv?people=200&days=84&seed={seed} HTTP/1.1\r\nHost: {ADDRESS}:{port}\r\n\r\n".encode())
        wires.append(wire)
    # those beyond the limit are answered at once, those before it not yet
    assert wires[-1].recv(30).startswith(b"HTTP/1.1 503")
    for wire in wires:
        wire.close()


def resident(pid: int) -> float:
    """Memory of a process [MB]."""
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1]) / 1024


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read as Linux tells it")
def test_the_memory_of_closed_pages_is_given_back() -> None:
    async def visits(port: int, many: int) -> None:
        for _ in range(many):
            await whole_visit(port)

    with started() as (process, port):
        asyncio.run(visits(port, 20))
        before = resident(process.pid)
        asyncio.run(visits(port, 40))
        assert resident(process.pid) < 1.1 * before


@in_a_browser
def test_a_page_of_another_site_can_neither_read_nor_start_anything(served: tuple[int, int]) -> None:
    sync_api = pytest.importorskip("playwright.sync_api")
    port = served[1]

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
        statuses: dict[str, int] = {}
        visitor.on("response", lambda answer: statuses.update({answer.url.partition(f":{port}")[2]: answer.status}))
        visitor.goto(f"http://{ADDRESS}:{other.server_port}/")
        root = f"{ADDRESS}:{port}"
        assert visitor.evaluate(f"fetch('http://{root}/A.csv').then(() => 'read', () => 'refused')") == "refused"
        visitor.evaluate(f"fetch('http://{root}/B.csv', {{ mode: 'no-cors' }})")
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
        del statuses[""]
        assert {"/figure.png", "/page.js", "/", "/B.csv", "/?people=500"} <= statuses.keys()
        assert set(statuses.values()) == {403}
        # what a visitor types is answered
        visit = Visit(browser, port)
        assert visit.words() == WORDS
        visit.close()
        browser.close()
    other.shutdown()
    other.server_close()
