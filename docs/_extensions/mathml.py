"""Equations as MathML, which browsers draw by themselves: no script, no font and nothing from elsewhere.

A long equation is written in pieces that follow each other like words, so that it has one line on a wide page and
several on a narrow one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from itertools import pairwise
from typing import Any

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx

ROOM = 22.0
"""How wide a piece may be, in letters; a phone has room for more than that."""

_TOKEN = re.compile(r"\\[a-zA-Z]+|\\.|.", re.DOTALL)
_BRACKET = re.compile(r"\\left(?P<open>\(|\||\[)|\\right(?P<close>\)|\||\])|(?P<in>\{|\\begin)|(?P<out>\}|\\end)")


def pieces(equation: str) -> list[str]:
    """An equation in pieces that can stand on lines of their own.

    Parameters
    ----------
    equation : str
        LaTeX.

    Returns
    -------
    list of str
        LaTeX: the left side with its sign, then terms, each with its own; brackets around several have one size.
    """
    places = [at for at, sign, depth in _signs(equation) if sign == "=" and depth == 0]
    if not places or width(equation) <= ROOM:
        return [equation]
    left, right = equation[: places[0]].strip(), equation[places[0] + 1 :].strip()
    return [rf"{left} = {{}}", *_broken(right)]


def _broken(text: str, room: float = ROOM) -> Iterator[str]:
    if width(text) <= room:
        yield text
        return
    signs = [at for at, sign, depth in _signs(text) if sign in "+-" and depth == 0]
    found = None if signs else _widest(text)
    if signs:
        yield from _broken(text[: signs[0]].strip(), room)
        for start, end in pairwise([*signs, len(text)]):
            first, *others = _broken(text[start + 1 : end].strip(), room)
            # with something before it a sign has the space of one between two
            yield f"{{}} {text[start]} {first}"
            yield from others
    elif found is None:
        yield text
    else:
        start, end = found
        before, after = text[:start], text[end:]
        size = r"\Bigl" if r"\frac" in text[start:end] else r"\bigl"
        inside = text[start + len(r"\left(") : end - len(r"\right)")].strip()
        parts = [*_broken(inside, room - width(before + after))]
        parts[0] = f"{before}{size}({parts[0]}"
        parts[-1] = f"{parts[-1]}{size[:-1]}r){after}"
        yield from parts


def _signs(text: str) -> Iterator[tuple[int, str, int]]:
    """Signs between two sides, with how many brackets they are in; none within fractions and indices."""
    depth = braces = 0
    for match in re.finditer(rf"{_BRACKET.pattern}|(?<= )(?P<sign>[=+-])(?= )", text):
        depth += bool(match["open"]) - bool(match["close"])
        braces += bool(match["in"]) - bool(match["out"])
        if match["sign"] and braces == 0:
            yield match.start(), match["sign"], depth


def _widest(text: str) -> tuple[int, int] | None:
    """The widest sum in brackets that is in no other."""
    found = []
    depth = braces = start = 0
    for match in _BRACKET.finditer(text):
        braces += bool(match["in"]) - bool(match["out"])
        if braces == 0 and match["open"]:
            start = match.start() if depth == 0 else start
            depth += 1
        if braces == 0 and match["close"]:
            depth -= 1
            inside = text[start : match.end()]
            if depth == 0 and inside.startswith(r"\left(") and any(at for _, at, deep in _signs(inside) if deep == 1):
                found.append((start, match.end()))
    return max(found, key=lambda place: width(text[slice(*place)]), default=None)


def width(text: str) -> float:
    """How wide LaTeX comes out, in letters."""
    return _width([*_TOKEN.findall(text)])


def _width(tokens: list[str]) -> float:
    total = 0.0
    while tokens:
        token = tokens.pop(0)
        if token in ("_", "^"):
            total += 0.7 * _width(_group(tokens))
        elif token == r"\frac":
            total += max(_width(_group(tokens)), _width(_group(tokens)))
        elif token in "+-=":
            total += 2
        elif token not in ("{", "}", " ", r"\left", r"\right", r"\mathrm", r"\,", r"\bar", r"\dot", r"\text"):
            total += 1
    return total


def _group(tokens: list[str]) -> list[str]:
    """The next token, or what stands in the next braces; taken away."""
    while tokens[0] == " ":
        tokens.pop(0)
    found = [tokens.pop(0)]
    while found.count("{") > found.count("}"):
        found.append(tokens.pop(0))
    return found


def _converted(latex: str) -> str:
    # a single upright letter would come out in italics, and words letter by letter
    upright = re.sub(r"\\mathrm\{([^{}\\]+)\}", r"\\text{\1}", latex)
    return str(convert(upright, display="inline"))


def _inline(writer: Any, node: nodes.math) -> None:
    writer.body.append(_converted(node.astext()))
    raise nodes.SkipNode


def _block(writer: Any, node: nodes.math_block) -> None:
    latex = node.astext()
    said = " ".join(
        _converted(piece).replace('display="inline"', 'display="inline" displaystyle="true"', 1)
        for piece in pieces(latex)
    )
    # should a piece be wider than the page it scrolls, which a keyboard can do only in what can be focused
    writer.body.append(
        f'<div class="equation" tabindex="0" role="group" aria-label="equation" title="{escape(latex)}">{said}</div>'
    )
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the renderer under the name ``mathml``."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
