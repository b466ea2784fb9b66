"""The page of the explorer: its controls as an address says, and the texts that make it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, NamedTuple

from bokeh.core.templates import get_env

from ..base.errors import InputError
from ..ledger.assumptions import BUNDLES
from .address import SECOND, Shown, read_each
from .controls import GROUPS, PEOPLE, axes, suited, values
from .drugs import NAMES
from .panels import LETTERS, PANELS
from .scenario import Scenario

REFUSED = "This address cannot be shown; here is the usual scenario instead. "


class First(NamedTuple):
    """What a page shows at first.

    Attributes
    ----------
    shown : Shown
        The scenarios of its controls.
    message : str
        What is wrong with its address as a whole, if anything.
    problems : mapping of str to str
        What is wrong with a scenario, by letter.
    """

    shown: Shown
    message: str = ""
    problems: Mapping[str, str] = MappingProxyType({})


def first(text: str) -> First:
    """What an address shows at first: the usual scenario in place of what cannot be shown.

    Parameters
    ----------
    text : str
        The query of the address.
    """
    try:
        asked = read_each(text)
    except InputError as error:
        return First(Shown(), f"{REFUSED}{error}")
    usual = [one if isinstance(one, Scenario) else Scenario() for one in asked.scenarios]
    wrong = {
        letter: f"{REFUSED}{one}"
        for letter, one in zip(LETTERS, asked.scenarios, strict=False)
        if isinstance(one, InputError)
    }
    return First(Shown(usual[0], usual[1] if len(usual) > 1 else None, asked.people, asked.points), "", wrong)


@lru_cache(1)
def _template() -> Any:
    return get_env().from_string(asset("page.html"))


@lru_cache(None)
def asset(name: str) -> str:
    """Text of a file of this package: the page, its script and its style."""
    return (files(__package__) / name).read_text(encoding="utf-8")


def page_text(text: str) -> str:
    """The page that an address brings.

    Parameters
    ----------
    text : str
        The query of the address.

    Returns
    -------
    str
        HTML without any script of its own, so that no other script than ours can ever run on it.
    """
    found = first(text)
    shown, said = found.shown, {"message": found.message, "problems": dict(found.problems)}
    drugs = {name: suited(name) for name in NAMES}
    written: str = _template().render(
        groups=[(title, controls, place == 0) for place, (title, controls) in enumerate(GROUPS)],
        scenarios=[
            (letter, prefix, values(scenario), drugs[scenario.drug])
            for letter, prefix, scenario in zip(
                LETTERS, ("", SECOND), (shown.first, shown.second or shown.first), strict=True
            )
        ],
        beside=shown.second is not None,
        people=PEOPLE,
        shown_people=shown.people,
        points=shown.points,
        drugs=json.dumps(drugs),
        bundles=json.dumps({name: axes(bundle) for name, bundle in BUNDLES.items()}),
        # what an address holds stands in it, and must not end the element that it stands in
        first=json.dumps(said).replace("<", r"\u003c"),
        panels=[{"name": name, "title": title, "legend": legend} for name, title, legend in _legends()],
    )
    return written


def _legends() -> list[tuple[str, str, list[tuple[str, str, str]]]]:
    """Name, heading, and curves with colours and titles, of every panel in the order of the page."""
    found = []
    for panel in PANELS:
        curves = [(curve.name, curve.colour, curve.title) for curve in panel.curves]
        found.append((panel.name, panel.title, curves + ([("", "", panel.note)] if panel.note else [])))
    note = "what counts as blocked, as shaded above; outer ring A, inner ring B; dots: doses; dark rim: night"
    return [*found[:2], ("dial", "Blocked hours of the day", [("", "", note)]), *found[2:]]
