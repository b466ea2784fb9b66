"""Who may ask the explorer for anything, and what stands at the head of all that it answers."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from tornado.routing import Matcher
from tornado.web import OutputTransform, RequestHandler

_OWN = ("same-origin", "none")
"""Whose requests a browser may send here: those of our own page, and of a visitor who types an address."""


_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""What tokens are made of: nothing that looks like something else on a projector."""

_NAME = re.compile(r"[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:[0-9]{1,5})?")
"""What can stand in ``Host``."""


def new_token() -> str:
    """A token that nobody can guess and everybody can type: 12 letters and digits, about 59 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))


def hosts(port: int, address: str) -> tuple[str, ...]:
    """What a request may call this server; a browser leaves out the usual port."""
    names = [f"{name}:{port}" for name in (address, "localhost")]
    return (*names, address, "localhost") if port == 80 else tuple(names)


class Foreign(Matcher):  # type: ignore[misc]
    """Matches what does not come from our own page, a visitor or a program on this machine.

    A page of another site can make the browser of a visitor send anything, by an image, a form, a link or a script;
    the browser then says so in ``Sec-Fetch-Site``, an older one in ``Origin`` or at least ``Referer``. A name of
    another site that is made to point to this machine stands in ``Host``.

    Parameters
    ----------
    hosts : sequence of str or None
        What a request may call this server; none for any name, where a token guards it, which no other site knows.
    """

    def __init__(self, hosts: Sequence[str] | None) -> None:
        self._hosts = hosts

    def match(self, request: Any) -> dict[str, Any] | None:
        """As of a route: none if another one shall answer."""
        host = request.headers.get("Host", "").lower()
        if self._hosts is None:
            # a link to it may stand on any page, and a page that can name the token has been told it
            return None if _NAME.fullmatch(host) and request.headers.get("Origin") in (None, f"http://{host}") else {}
        site, origin, referer = (request.headers.get(name) for name in ("Sec-Fetch-Site", "Origin", "Referer"))
        own = f"http://{host}"
        known = (
            host in self._hosts
            and (site is None or site in _OWN)
            and (origin is None or origin == own)
            and (site is not None or origin is not None or referer is None or _root(referer) == own)
        )
        return None if known else {}


class Locked(Matcher):  # type: ignore[misc]
    """Matches what does not begin with the token.

    Parameters
    ----------
    token : str
        Between the first two strokes of every path.
    """

    def __init__(self, token: str) -> None:
        self._token = token.encode()

    def match(self, request: Any) -> dict[str, Any] | None:
        """As of a route: none if another one shall answer."""
        given = request.path.split("/")[1] if request.path.startswith("/") else ""
        # what takes as long for every wrong one tells nobody how much of it is right
        return None if secrets.compare_digest(given.encode("utf-8", "replace"), self._token) else {}


def _root(address: str) -> str:
    try:
        found = urlsplit(address)
    except ValueError:
        return ""
    return f"{found.scheme}://{found.netloc}"


class Refused(RequestHandler):  # type: ignore[misc]
    """Answers nothing but why."""

    def initialize(self, status: int, why: str) -> None:
        """With which status, and why."""
        self._status, self._why = status, why

    def prepare(self) -> None:
        """Whatever the method."""
        say(self, self._status, self._why)


def say(handler: Any, status: int, text: str) -> None:
    """Answer with a plain text."""
    handler.set_status(status)
    handler.set_header("Content-Type", "text/plain; charset=utf-8")
    handler.finish(text)


class Headers(OutputTransform):  # type: ignore[misc]
    """Adds to every answer, whatever made it, what a browser may do with it.

    Parameters
    ----------
    request : tornado HTTPServerRequest
        What is answered.
    """

    _policy = "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            # Bokeh draws with elements and attributes of style, none of which it marks
            "style-src 'self' 'unsafe-inline'",
            # its tools are drawn from data, and what they save is a blob
            "img-src 'self' data: blob:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )

    def transform_first_chunk(
        self, status_code: int, headers: Any, chunk: bytes, finishing: bool
    ) -> tuple[int, Any, bytes]:
        """Called by Tornado for files and errors too."""
        del finishing
        headers["Content-Security-Policy"] = self._policy
        headers["X-Content-Type-Options"] = "nosniff"
        headers["X-Frame-Options"] = "DENY"
        headers["Referrer-Policy"] = "no-referrer"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        return status_code, headers, chunk
