"""Who gets an answer from the explorer, what stands at the head of it, and what an attack can cost."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import pytest

pytest.importorskip("bokeh")

from ldnsim import InputError
from ldnsim.explorer.address import stretches
from ldnsim.explorer.server import ADDRESS

from .test_page import get

STARTING = "starting; the first time on a machine this compiles the equations for about ten seconds\n"
PATIENCE = 20.0


class Served(NamedTuple):
    """A server as a user starts it, and where it writes what is wrong."""

    port: int
    process: int
    log: Path


@contextmanager
def logged(folder: Path, first: str = "") -> Iterator[Served]:
    """A server, begun after a line of Python; nothing that was done to it may have left a word in its log."""
    code, log = (
        f"{first}\nfrom ldnsim.cli import main; main(['explore', '--port', '0', '--no-browser'])",
        folder / "log",
    )
    with (
        log.open("w") as wrong,
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=wrong, text=True) as process,
    ):
        assert process.stdout is not None
        said = process.stdout.readline()
        try:
            yield Served(int(said.partition(f"{ADDRESS}:")[2].partition("/")[0]), process.pid, log)
        finally:
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


PATHS = (
    "/",
    "/A.csv",
    "/A_run.csv",
    "/figure.png",
    "/page.js",
    "/page.css",
    "/static/js/bokeh.min.js",
    "/answer",
    "/drawing.json",
    "/none",
)


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
        assert "ws:" not in answer.headers["Content-Security-Policy"]
        policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
        assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert policy["script-src"] == "'self'"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "POST", "DELETE", "TRACE", "CONNECT", "NONE"])
@pytest.mark.parametrize("path", ["/", "/A.csv", "/page.js", "/answer"])
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


def test_what_an_address_holds_never_ends_an_element(served: Served) -> None:
    for name in ("at", "x", "b.at"):
        page = get(served.port, f"/?{name}=" + quote("</script><img src=x>")).body.decode()
        assert "<img" not in page
        assert page.count("</script>") == page.count("<script")


def test_a_stretch_beyond_every_run_is_refused_and_one_on_the_screen_is_not() -> None:
    text, spans = stretches("dose=3&near=20.5,44&whole=-1e-13,2040")
    assert text == "dose=3"
    assert spans == {True: (20.5, 44.0), False: (-1e-13, 2040.0)}
    for wrong in ("0,2041", "-2,3", "0,1e300"):
        with pytest.raises(InputError, match="whole"):
            stretches(f"whole={wrong}")
