"""Who gets an answer from the explorer, what stands at the head of it, and what an attack can cost."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest

pytest.importorskip("bokeh")

from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from ldnsim import InputError
from ldnsim.explorer.scenario import Scenario, stretches
from ldnsim.explorer.server import ADDRESS
from ldnsim.explorer.wire import MOST_PAGES

from .test_page import Answer, get

STARTING = "starting; the first time on a machine this compiles the equations for about ten seconds\n"
PATIENCE = 20.0


class Served(NamedTuple):
    """A server as a user starts it, and where it writes what is wrong."""

    port: int
    process: int
    log: Path


@contextmanager
def logged(folder: Path) -> Iterator[Served]:
    """A server; nothing that was done to it may have left a word in its log."""
    code, log = "from ldnsim.cli import main; main(['explore', '--port', '0', '--no-browser'])", folder / "log"
    with (
        log.open("w") as wrong,
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=wrong, text=True) as process,
    ):
        assert process.stdout is not None
        said = process.stdout.readline()
        yield Served(int(said.partition(f"{ADDRESS}:")[2].partition("/")[0]), process.pid, log)
        process.terminate()
    assert log.read_text() == STARTING


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server that is there for all tests, and says nothing about any of them."""
    with logged(tmp_path_factory.mktemp("served")) as found:
        yield found


def send(port: int, text: bytes) -> bytes:
    """What comes back for some bytes, until the server closes."""
    with socket.create_connection((ADDRESS, port), timeout=PATIENCE) as connection:
        connection.sendall(text)
        found = b""
        while part := connection.recv(65_536):
            found += part
        return found


def asked(port: int, path: str, method: str = "GET", head: str = "") -> bytes:
    """What comes back for a request, whatever stands in it."""
    return send(port, f"{method} {path} HTTP/1.1\r\nHost: {ADDRESS}:{port}\r\n{head}Connection: close\r\n\r\n".encode())


PATHS = ("/", "/A.csv", "/A_run.csv", "/figure.png", "/page.js", "/page.css", "/static/js/bokeh.min.js", "/ws", "/none")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "head",
    [
        {"Host": "example.org"},
        {"Host": "127.0.0.1.example.org"},
        {"Host": ADDRESS},
        {"Origin": "http://example.org"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Origin": f"http://{ADDRESS}:1"},
        {"Sec-Fetch-Site": "cross-site"},
        # another port of this machine
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://example.org"},
        {"Referer": "http://example.org/"},
        {"Referer": "http://["},
    ],
    ids=str,
)
def test_nothing_is_answered_to_a_foreign_page(served: Served, path: str, head: dict[str, str]) -> None:
    answer = get(served.port, path, **head)
    assert answer.status == 403
    assert answer.body.startswith(b"This was asked for by a page of another site")


def test_our_own_page_a_visitor_and_a_program_are_answered(served: Served) -> None:
    own = f"http://{ADDRESS}:{served.port}"
    heads: list[dict[str, str]] = [
        {},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "same-origin", "Origin": own, "Referer": f"{own}/"},
        {"Referer": f"{own}/?dose=3"},
        {"Host": f"LocalHost:{served.port}"},
    ]
    for head in heads:
        assert get(served.port, "/page.js", **head).status == 200


@pytest.mark.parametrize("path", [*PATHS, "/A.csv?days=85", "/static/../page.py", "/%00"])
def test_every_answer_says_what_a_browser_may_do_with_it(served: Served, path: str) -> None:
    for answer in (get(served.port, path), get(served.port, path, Host="example.org")):
        policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
        assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert policy["script-src"] == "'self'"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "POST", "DELETE", "TRACE", "CONNECT", "NONE"])
@pytest.mark.parametrize("path", ["/", "/A.csv", "/page.js", "/ws"])
def test_a_page_is_got_and_nothing_else(served: Served, method: str, path: str) -> None:
    assert asked(served.port, path, method).startswith(b"HTTP/1.1 405 ")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("//", 404),
        ("/../ldnsim/explorer/page.py", 404),
        ("/static/js/..%2f..%2f..%2fsettings.py", 404),
        ("/static/js/bokeh.min.js%00", 404),
        ("/%00", 404),
        ("/A.csv%00", 404),
        ("*", 404),
        ("http://example.org/", 404),
        ("/[", 404),
        ("/\N{LATIN SMALL LETTER E WITH ACUTE}", 404),
        ("/A.csv?%00=1", 400),
        ("/A.csv?dose=%00", 400),
        ("/A.csv?dose=\N{LATIN SMALL LETTER E WITH ACUTE}", 400),
        ("/A.csv?dose=" + quote("\N{ARABIC-INDIC DIGIT THREE}"), 400),
        ("/A.csv?days=" + quote("\N{FULLWIDTH DIGIT TWO}"), 400),
        ("/A.csv?near=" + quote("\N{FULLWIDTH DIGIT ONE},2"), 400),
        ("/A.csv?dose=" + "9" * 1000, 400),
        ("/A.csv?seed=" + "9" * 1000, 400),
        ("/A.csv?" + "&" * 10_000, 400),
        ("/A.csv?near=1,2&near=1,2", 400),
        ("/A.csv?near=2,1", 400),
        ("/figure.png?near=nan,nan", 400),
        ("/figure.png?near=-1e308,1e308", 400),
        ("/figure.png?whole=0,1e9", 400),
        ("/figure.png?whole=1e15,1.0000000001e15", 400),
    ],
)
def test_nonsense_is_refused_without_work(served: Served, path: str, status: int) -> None:
    assert asked(served.port, path).startswith(f"HTTP/1.1 {status} ".encode())


@pytest.mark.parametrize(
    "head",
    ["Content-Length: 99999999999\r\n", "Content-Length: -1\r\n", "Content-Length: 2000\r\n", "X: " + "a" * 20_000,
     "Host: example.org\r\n", "Transfer-Encoding: nonsense\r\n"],
    ids=lambda head: head[:24],
)  # fmt: skip
def test_no_body_and_no_long_head_is_read(served: Served, head: str) -> None:
    assert b" 200 " not in asked(served.port, "/", head=head)[:20]


def test_bytes_that_are_no_request_are_dropped(served: Served) -> None:
    for text in (
        b"\x00\xff\x16\x03\x01\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.0\r\n\r\n",
    ):
        assert b" 200 " not in send(served.port, text)[:20]


def test_a_stretch_beyond_every_run_is_refused_and_one_on_the_screen_is_not() -> None:
    text, spans = stretches("dose=3&near=20.5,44&whole=-1e-13,2040")
    assert text == "dose=3"
    assert spans == {True: (20.5, 44.0), False: (-1e-13, 2040.0)}
    for wrong in ("0,2041", "-2,3", "0,1e300"):
        with pytest.raises(InputError, match="whole"):
            stretches(f"whole={wrong}")


async def opened(port: int, page: Answer | None = None) -> tuple[WebSocketClientConnection, dict[str, str]]:
    """The wire of a page, connected as its script does, and its models by their names."""
    if page is None:
        page = await asyncio.to_thread(get, port, "/?days=2")
    found = re.search(rb'id="visit">(.*?)</script>', page.body)
    assert found is not None
    token = json.loads(found.group(1))[0]["token"]
    wire = await websocket_connect(
        HTTPRequest(f"ws://{ADDRESS}:{port}/ws", headers={"Origin": f"http://{ADDRESS}:{port}"}),
        subprotocols=["bokeh", token],
    )
    await say(wire, "PULL-DOC-REQ", {})
    text = ""
    while '"roots"' not in text:
        text = await heard(wire)
        assert text or wire.close_code is None
    models = re.findall(r'"id":"([^"]+)","attributes":\{"name":"(\w+)"', text)
    return wire, {name: identity for identity, name in models}


async def heard(wire: WebSocketClientConnection) -> str:
    """The next part of a message; empty once the wire is closed."""
    said = await asyncio.wait_for(asyncio.ensure_future(wire.read_message()), PATIENCE)
    return "" if said is None else said if isinstance(said, str) else "(bytes)"


async def say(wire: WebSocketClientConnection, kind: str, content: object) -> None:
    """Send a message as a page does."""
    for part in ({"msgid": "1", "msgtype": kind}, {}, content):
        await wire.write_message(json.dumps(part))


async def closed(wire: WebSocketClientConnection) -> None:
    """Read on until the server has closed the wire; fails where it stays open."""
    for _ in range(400):
        if await heard(wire) == "" and wire.close_code is not None:
            return
    raise AssertionError("the wire stays open")


FORGED: list[list[str | bytes]] = [
    ["{", "{}", "{}"],
    ["[]", "{}", "{}"],
    ["null", "null", "null"],
    [b"\x00\xff"],
    ["[" * 60_000, "{}", "{}"],
    ['{"msgtype": "PUSH-DOC", "msgid": "1"}', "{}", '{"doc": {"roots": []}}'],
    ['{"msgtype": "NONE", "msgid": "1"}', "{}", "{}"],
    ['{"msgtype": ["PATCH-DOC"], "msgid": {}}', "{}", "{}"],
    ['{"msgtype": "PATCH-DOC"}', "{}", '{"events": []}'],
    ['{"msgtype": "PATCH-DOC", "msgid": "1"}', "{}", '{"events": 7}'],
    ['{"msgtype": "PATCH-DOC", "msgid": "1", "num_buffers": 1000000000}', "{}", "{}", '{"id": "x"}', b"x"],
    ["a" * 70_000],
]


@pytest.mark.parametrize("parts", FORGED, ids=lambda parts: str(parts[-1][:30]))
def test_a_forged_message_ends_its_own_page_alone(served: Served, parts: list[str | bytes]) -> None:
    async def attack() -> None:
        wire, _ = await opened(served.port)
        other, _ = await opened(served.port)
        for part in parts:
            await wire.write_message(part, binary=isinstance(part, bytes))
        await closed(wire)
        await say(other, "SERVER-INFO-REQ", {})
        text = ""
        while "version_info" not in text:
            text = await heard(other)
            assert text or other.close_code is None
        other.close()

    asyncio.run(attack())


@pytest.mark.parametrize(
    "event",
    [
        {},
        7,
        {"kind": "ModelChanged", "model": {"id": "none"}, "attr": "data", "new": {}},
        {"kind": "ModelChanged", "model": {"id": []}, "attr": [], "new": None},
        {"kind": "RootAdded", "model": {"type": "object", "name": "Div", "id": "x"}},
        {"kind": "MessageSent", "msg_type": "bokeh_event", "msg_data": {"event_name": "none"}},
        {"kind": "TitleChanged", "title": "taken"},
        {"kind": "ColumnsStreamed", "model": {"id": "asked"}, "attr": "data", "data": {}, "rollover": None},
        {"kind": "ModelChanged", "model": {"id": "answer"}, "attr": "data",
         "new": {"type": "map", "entries": [["answer", [{"message": "taken"}]]]}},
        {"kind": "ModelChanged", "model": {"id": "asked"}, "attr": "tags", "new": ["taken"]},
        {"kind": "ModelChanged", "model": {"id": "asked"}, "attr": "data",
         "new": {"type": "map", "entries": [["query", [7]]]}},
        {"kind": "ModelChanged", "model": {"id": "near"}, "attr": "start", "new": True},
        {"kind": "ModelChanged", "model": {"id": "near"}, "attr": "start", "new": {"type": "number", "value": "nan"}},
        {"kind": "ModelChanged", "model": {"id": "near"}, "attr": "start", "new": 10**400},
        {"kind": "ModelChanged", "model": {"id": "near"}, "attr": "end", "new": float("inf")},
    ],
    ids=lambda event: str(event)[:60],
)  # fmt: skip
def test_a_forged_change_changes_nothing(served: Served, event: Any) -> None:
    async def attack() -> None:
        wire, models = await opened(served.port)
        assert {"asked", "answer", "near", "whole"} <= set(models)
        made = event
        if isinstance(event, dict) and isinstance(event.get("model"), dict) and event["model"]["id"] in models:
            made = {**event, "model": {"id": models[event["model"]["id"]]}}
        await say(wire, "PATCH-DOC", {"events": [made]})
        # the page works on: what it asks for next is answered
        words = {"type": "map", "entries": [["query", ["dose=3&days=2"]]]}
        asks = {"kind": "ModelChanged", "model": {"id": models["asked"]}, "attr": "data", "new": words}
        await say(wire, "PATCH-DOC", {"events": [asks]})
        text = ""
        while f'"shown","{"dose=3&days=2"}"' not in text:
            text = await heard(wire)
            assert text or wire.close_code is None
            assert "taken" not in text
        assert Scenario(dose=3, days=2).run().summary().in_words() in text
        wire.close()

    asyncio.run(attack())


def test_a_key_is_good_for_one_wire_of_an_open_page(served: Served) -> None:
    async def attack() -> None:
        page = await asyncio.to_thread(get, served.port, "/?days=2")
        wire, _ = await opened(served.port, page)
        for key in (page, page):
            with pytest.raises(Exception, match="403"):
                await opened(served.port, key)
        wire.close()

    asyncio.run(attack())


def test_more_pages_than_can_be_open_are_refused_and_the_open_ones_work_on(tmp_path: Path) -> None:
    async def attack(port: int) -> None:
        first, _ = await opened(port)
        answers = [await asyncio.to_thread(get, port, "/?dose=nonsense") for _ in range(MOST_PAGES + 3)]
        assert [answer.status for answer in answers] == [200] * (MOST_PAGES - 1) + [503] * 4
        assert first.close_code is None
        first.close()

    with logged(tmp_path) as found:
        asyncio.run(attack(found.port))
