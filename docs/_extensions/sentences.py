"""Search that shows sentences: those of every page in one script, so that it works from a folder, without a server."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

_ENDS = re.compile(r"(?<=[.!?:]) +(?=[A-Z0-9`*\"(])")
LONGEST = 300
"""What is longer than this many letters is cut, such as a row of a wide table."""

Section = tuple[str, str, list[str]]
"""Anchor, title and sentences."""


def sentences(tree: nodes.document) -> list[Section]:
    """The sentences of a page, by section.

    Parameters
    ----------
    tree : docutils.nodes.document
        The page as it was read.

    Returns
    -------
    list of tuple
        Anchor, title and sentences of each section; rows of tables and lines of code count as sentences.
    """
    found: dict[str, Section] = {}
    for node in tree.findall(_is_text):
        section = node
        while section is not None and not isinstance(section, nodes.section):
            section = section.parent
        anchor = section["ids"][0] if section is not None and section["ids"] else ""
        title = section.next_node(nodes.title) if section is not None else None
        known = found.setdefault(anchor, (anchor, title.astext() if title else "", []))
        known[2].extend(_said(node))
    return [*found.values()]


def _is_text(node: nodes.Node) -> bool:
    inside = node.parent
    while inside is not None:
        # a row of a table is one sentence
        if isinstance(inside, nodes.row | nodes.literal_block):
            return False
        inside = inside.parent
    return isinstance(node, nodes.paragraph | nodes.term | nodes.row | nodes.literal_block)


def _said(node: nodes.Node) -> Iterator[str]:
    if isinstance(node, nodes.literal_block):
        parts = node.astext().splitlines()
    elif isinstance(node, nodes.row):
        # formulas are no words
        parts = [", ".join(filter(None, (_words(cell) for cell in node.findall(nodes.entry))))]
    else:
        parts = _ENDS.split(_words(node))
    for part in parts:
        said = " ".join(part.split())
        if any(letter.isalpha() for letter in said):
            yield said if len(said) <= LONGEST else f"{said[:LONGEST].rsplit(' ', 1)[0]} ..."


def _words(node: nodes.Node) -> str:
    texts = (text for text in node.findall(nodes.Text) if not isinstance(text.parent, nodes.math))
    return " ".join("".join(texts).split())


def _write(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.format == "html":
        pages = {name: sentences(app.env.get_doctree(name)) for name in sorted(app.env.found_docs)}
        said = json.dumps(pages, ensure_ascii=False, separators=(",", ":"))
        (Path(app.outdir) / "_static" / "sentences.js").write_text(f"const SENTENCES = {said};\n", encoding="utf-8")


def _search_alone(app: Sphinx, page: str, *_: Any) -> None:
    if page == "search":
        app.add_js_file("sentences.js")
        app.add_js_file("search_sentences.js")


def setup(app: Sphinx) -> dict[str, Any]:
    """Write the script when the pages are there, and have the page of the search load it."""
    app.connect("html-page-context", _search_alone)
    app.connect("build-finished", _write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
