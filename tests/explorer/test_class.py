"""The explorer as a class meets it: behind a token, and with work that takes long beside work that does not."""

from __future__ import annotations

import asyncio
import contextlib
import select
import socket
import threading
from collections.abc import Iterator

import pytest

pytest.importorskip("bokeh")

from tornado.ioloop import IOLoop

import ldnsim
from ldnsim import InputError
from ldnsim.engines.compiled.cache import NotKept
from ldnsim.explorer import server as served
from ldnsim.explorer.gate import new_token
from ldnsim.explorer.server import ADDRESS, Running, server

from .test_page import get


@contextlib.contextmanager
def running(host: str | None, drug: str = "naltrexone") -> Iterator[Running]:
    """A server in a thread of its own, without compiling anything."""
    begun = threading.Event()
    found: list[tuple[Running, IOLoop]] = []

    def run() -> None:
        asyncio.set_event_loop(asyncio.new_event_loop())
        loop = IOLoop.current()
        found.append((server(0, host, drug), loop))
        loop.add_callback(begun.set)
        loop.start()
        found[0][0].stop()
        loop.close(all_fds=True)

    thread = threading.Thread(target=run)
    thread.start()
    assert begun.wait(30)
    try:
        yield found[0][0]
    finally:
        found[0][1].add_callback(found[0][1].stop)
        thread.join(30)


@pytest.fixture(scope="module")
def shared() -> Iterator[Running]:
    with running("0.0.0.0") as found:
        yield found


def token_of(running: Running) -> str:
    return running.address.split("/")[3]


PATHS = ("", "answer", "page.js", "page.css", "drawing.json", "A.csv", "A_run.csv", "figure.png", "figure.svg",
         "static/js/bokeh.min.js", "none")  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("before", ["", "x/", "{}/", "{} /", "%2e/", "{upper}/"])
def test_without_its_token_nothing_is_answered(shared: Running, path: str, before: str) -> None:
    token = token_of(shared)
    text = before.format(token[:-1], upper=token.upper()).replace(" ", "%20")
    answer = get(shared.port, f"/{text}{path}")
    assert answer.status == 403
    assert b"lacks the token" in answer.body
    assert token.encode() not in answer.body


def test_no_refusal_tells_the_token_to_who_lacks_it(shared: Running) -> None:
    for head in ({"Origin": "http://example.org"}, {"Host": "a_b"}, {"Host": ""}, {"Origin": "null"}):
        answer = get(shared.port, "/", **head)
        assert answer.status in (400, 403)
        assert token_of(shared).encode() not in answer.body


def test_with_its_token_it_is_answered_under_every_name(shared: Running) -> None:
    token = token_of(shared)
    for host in (f"{ADDRESS}:{shared.port}", f"teacher.local:{shared.port}", "192.168.1.7", "[fe80::1]:5006"):
        # a link to it can stand on a page of another site
        assert get(shared.port, f"/{token}/", Host=host, Sec_Fetch_Site="cross-site").status == 200
        assert get(shared.port, f"/{token}/answer?dose=x", Host=host).status == 200
    bare = get(shared.port, f"/{token}")
    assert (bare.status, bare.headers["Location"]) == (302, f"/{token}/")
    # what a page of another site sends by itself is not
    assert get(shared.port, f"/{token}/answer", Origin="http://example.org").status == 403
    assert get(shared.port, f"/{token}/answer", Host="a b").status in (400, 403)


def test_every_server_has_a_token_of_its_own_that_can_be_typed(shared: Running) -> None:
    tokens = {new_token() for _ in range(50)} | {token_of(shared)}
    assert len(tokens) == 51
    for token in tokens:
        assert [len(part) for part in token.split("-")] == [4, 4, 4]
        assert not set("il1o0") & set(token)


def test_it_is_never_open_by_accident() -> None:
    with running(None) as alone:
        assert alone.address == f"http://{ADDRESS}:{alone.port}/"
        with pytest.raises(OSError, match=r"refused|unreachable|requested address"):
            socket.create_connection(("127.0.0.2", alone.port), timeout=5)
    for wrong in ("", "192.0.2.1", "no such name.invalid", "0.0.0.0/0", "a" * 300):
        with pytest.raises(InputError, match="host"):
            server(0, wrong)
    with running("127.0.0.1") as here:
        assert get(here.port, "/").status == 403


def test_a_server_of_another_drug_hands_out_addresses_that_name_it() -> None:
    with running("127.0.0.1", "nalmefene") as found:
        token = token_of(found)
        bare = get(found.port, f"/{token}/")
        assert (bare.status, bare.headers["Location"]) == (302, "?drug=nalmefene&dose=18")
        page = get(found.port, f"/{token}/{bare.headers['Location']}").body.decode()
        assert "<option selected>nalmefene</option>" in page
        # who names another scenario gets it
        assert "<option selected>nalmefene</option>" not in get(found.port, f"/{token}/?dose=3").body.decode()


def test_a_drug_that_there_is_not_is_refused_before_anything_is_served() -> None:
    with pytest.raises(InputError, match="drug: got 'naloxone', expected one of naltrexone, nalmefene"):
        ldnsim.explore(drug="naloxone")


def test_what_has_to_be_compiled_waits_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    go, said = threading.Event(), b'{"message": ""}'

    def needs_compiling(asked: object) -> bytes:
        if "dose=9" in repr(asked):
            raise NotKept
        return said

    def compiled(_: object) -> bytes:
        assert go.wait(30)
        return said

    monkeypatch.setattr(served, "at_once", needs_compiling)
    monkeypatch.setattr(served, "answer", compiled)
    with running(None) as found:
        waiting = [threading.Thread(target=get, args=(found.port, f"/answer?dose=9.{number}")) for number in range(5)]
        for one in waiting:
            one.start()
        # more than there are threads wait for a compiler, and others are answered nevertheless
        assert get(found.port, "/answer?dose=2").body == said
        assert any(one.is_alive() for one in waiting)
        go.set()
        for one in waiting:
            one.join(30)


def test_one_who_asks_without_pause_is_put_off_and_others_are_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    go, said, begun = threading.Event(), b'{"message": ""}', threading.Semaphore(0)

    def slow(_: object) -> bytes:
        begun.release()
        assert go.wait(30)
        return said

    monkeypatch.setattr(served, "at_once", slow)
    with running("0.0.0.0") as found:
        path = f"/{token_of(found)}/answer?dose="
        with contextlib.ExitStack() as wires:

            def sent(where: str, dose: float) -> socket.socket:
                # another address of this machine is another visitor
                wire = wires.enter_context(socket.create_connection((ADDRESS, found.port), 30, (where, 0)))
                wire.sendall(f"GET {path}{dose} HTTP/1.1\r\nHost: {ADDRESS}\r\n\r\n".encode())
                return wire

            loud = [sent("127.0.0.2", 1 + number / 10) for number in range(2)]
            # both threads are at work on it
            assert all(begun.acquire(timeout=30) for _ in range(2))
            for number in range(2, 30):
                loud.append(sent("127.0.0.2", 1 + number / 10))
            told: dict[socket.socket, bytes] = {}
            while len(told) < 18:
                answered, _, _ = select.select([one for one in loud if one not in told], [], [], 30)
                told |= {one: one.makefile("rb").read1() for one in answered}
            assert not set(told) & set(loud[:2])
            assert all(answer.startswith(b"HTTP/1.1 503") for answer in told.values())
            assert all(b"newer questions came from your address" in answer for answer in told.values())
            others = [sent(f"127.0.0.{number}", 9) for number in (3, 4, 5)]
            go.set()
            left = [one for one in loud if one not in told]
            assert len(left) == 12
            assert all(one.recv(4096).startswith(b"HTTP/1.1 200") for one in (*others, *left))
