"""What comes over the wire of an open page, and what of it is taken."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("bokeh")

from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from ldnsim.explorer.scenario import Scenario
from ldnsim.explorer.server import ADDRESS

from .test_gate import Served, logged
from .test_page import Answer, get


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server that has nothing to say, whatever comes over its wires."""
    with logged(tmp_path_factory.mktemp("served")) as found:
        yield found


class Wire:
    """The wire of a page, as its script has it."""

    def __init__(self, connection: WebSocketClientConnection) -> None:
        self.connection = connection
        self.models: dict[str, str] = {}
        self.ended = False

    async def heard(self) -> str:
        """The next part of a message; nothing once the wire has ended."""
        said = None if self.ended else await asyncio.wait_for(asyncio.ensure_future(self.connection.read_message()), 60)
        self.ended = said is None
        return said if isinstance(said, str) else ""

    async def until(self, word: str) -> str:
        """All that comes up to the part that holds a word."""
        text = ""
        while word not in text:
            assert not self.ended, "the server hung up"
            text += await self.heard()
        return text

    async def end(self) -> None:
        """Read on until the other side has closed."""
        while not self.ended:
            await self.heard()

    async def say(self, kind: str, content: object) -> None:
        """Send a message as a page does."""
        for part in ({"msgid": "1", "msgtype": kind}, {}, content):
            await self.connection.write_message(json.dumps(part))


@contextlib.asynccontextmanager
async def opened(port: int, page: Answer | None = None) -> AsyncIterator[Wire]:
    """The wire of an open page, of a new one unless said, and its models by their names."""
    if page is None:
        page = await asyncio.to_thread(get, port, "/?days=2")
    found = re.search(rb'id="visit">(.*?)</script>', page.body)
    assert found is not None
    asked = HTTPRequest(f"ws://{ADDRESS}:{port}/ws", headers={"Origin": f"http://{ADDRESS}:{port}"})
    token = json.loads(found.group(1))[0]["token"]
    wire = Wire(await websocket_connect(asked, subprotocols=["bokeh", token]))
    try:
        await wire.until('"ACK"')  # before which the server does not listen
        await wire.say("PULL-DOC-REQ", {})
        models = re.findall(r'"id":"([^"]+)","attributes":\{"name":"(\w+)"', await wire.until('"roots"'))
        wire.models = {name: identity for identity, name in models}
        yield wire
    finally:
        wire.connection.close()
        await wire.end()


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


def test_a_forged_message_ends_its_own_page_alone(served: Served) -> None:
    async def attack() -> None:
        async with opened(served.port) as other:
            for parts in FORGED:
                async with opened(served.port) as wire:
                    for part in parts:
                        await wire.connection.write_message(part, binary=isinstance(part, bytes))
                    await wire.end()
                await other.say("SERVER-INFO-REQ", {})
                await other.until("version_info")

    asyncio.run(attack())


CHANGES: list[Any] = [
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
]  # fmt: skip
"""With names of models in place of their keys."""


def test_a_forged_change_changes_nothing(served: Served) -> None:
    async def attack() -> None:
        async with opened(served.port) as wire:
            assert {"asked", "answer", "near", "whole"} <= set(wire.models)
            for place, change in enumerate(CHANGES):
                text = json.dumps(change)
                for name, identity in wire.models.items():
                    text = text.replace(f'{{"id": "{name}"}}', f'{{"id": "{identity}"}}')
                await wire.say("PATCH-DOC", {"events": [json.loads(text)]})
                # the page works on: what it asks for next is answered
                asked = f"dose={1 + place}&days=2"
                words = {"type": "map", "entries": [["query", [asked]]]}
                asks = {"kind": "ModelChanged", "model": {"id": wire.models["asked"]}, "attr": "data", "new": words}
                await wire.say("PATCH-DOC", {"events": [asks]})
                answer = await wire.until(f'"shown","{asked}"')
                assert "taken" not in answer
                assert Scenario(dose=1 + place, days=2).run().summary().in_words() in answer

    asyncio.run(attack())


def test_a_key_is_good_for_one_wire_of_an_open_page(served: Served) -> None:
    async def attack() -> None:
        page = await asyncio.to_thread(get, served.port, "/?days=2")
        async with opened(served.port, page):
            for _ in range(2):
                with pytest.raises(HTTPClientError, match="403"):
                    async with opened(served.port, page):
                        pass

    asyncio.run(attack())


def test_more_pages_than_can_be_open_are_refused_and_the_open_ones_work_on(tmp_path: Path) -> None:
    async def attack(port: int) -> None:
        async with opened(port) as first, opened(port):
            answers = [await asyncio.to_thread(get, port, "/?dose=nonsense") for _ in range(3)]
            assert [answer.status for answer in answers] == [200, 503, 503]
            assert b"3 pages are open" in answers[-1].body
            await first.say("SERVER-INFO-REQ", {})
            await first.until("version_info")

    with logged(tmp_path, "import ldnsim.explorer.wire as wire; wire.MOST_PAGES = 3") as found:
        asyncio.run(attack(found.port))
