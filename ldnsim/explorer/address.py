"""Addresses: scenarios to and from the query of one, and the stretches of time that a file is asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlencode

from ..base.errors import InputError
from ..base.reading import number_in
from ..base.units import HOURS_PER_DAY
from ..ledger.assumptions import Assumptions
from .drugs import DOSES, taken
from .scenario import LIMITS, Scenario, checked, within

LONGEST_QUERY = 2000
"""Most characters of a query that are read at all."""

SECOND = "b."
"""What stands before the names of the second scenario in an address."""

STRETCHES: Mapping[bool, str] = MappingProxyType({True: "near", False: "whole"})
"""Names of the stretches of time that a file is asked for: of the panels with the last days, and of the others."""

_ON_SCREEN = (-1.0, (LIMITS["days"][1] + 1) * HOURS_PER_DAY)
"""Between what every time axis lies, which begins at a midnight; a little less, for what a screen rounds [h]."""


OF_THE_PAGE = ("people", "points")
"""What an address names once, not for each scenario."""


class Shown(NamedTuple):
    """What a page shows.

    Attributes
    ----------
    first : Scenario
        The scenario.
    second : Scenario or None
        Another one beside it.
    people : int
        How many people the bands are of; 0 for none.
    points : int
        1 to show what was measured after the same doses.
    """

    first: Scenario = Scenario()
    second: Scenario | None = None
    people: int = 0
    points: int = 0

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        """One or both."""
        return (self.first,) if self.second is None else (self.first, self.second)


def query(shown: Shown) -> str:
    """The query of an address that brings a page back, without its question mark.

    Parameters
    ----------
    shown : Shown
        What the page shows.

    Returns
    -------
    str
        Every field that each scenario has, those of the second with ``b.`` before their names.
    """
    pairs = [
        (prefix + field.name, _text(getattr(scenario, field.name)))
        for prefix, scenario in zip(("", SECOND), shown.scenarios, strict=False)
        for field in fields(Scenario)
        if field.name not in taken(scenario.drug).absent
    ]
    return urlencode([*pairs, *((name, str(getattr(shown, name))) for name in OF_THE_PAGE)])


def usual_query(drug: str) -> str:
    """What an address says of a drug that a page begins with; nothing of the one that is meant without a word.

    Examples
    --------
    >>> usual_query("nalmefene")
    'drug=nalmefene&dose=18'
    """
    return "" if drug == Scenario.drug else urlencode({"drug": drug, "dose": _text(DOSES[drug][0])})


def _text(value: object) -> str:
    if isinstance(value, Assumptions):
        return value.name
    return f"{value:.10g}" if isinstance(value, float) else str(value)


class Wrong(InputError):
    """What is wrong with a scenario, field by field.

    Parameters
    ----------
    each : tuple of InputError
        Every field that cannot be used, at least one; the first of them stands for all.
    """

    def __init__(self, each: tuple[InputError, ...]) -> None:
        super().__init__(each[0].argument, each[0].value, each[0].expected)
        self.each = each

    def __str__(self) -> str:
        return "; ".join(str(one) for one in self.each)


class Asked(NamedTuple):
    """What an address asks for, each scenario by itself.

    Attributes
    ----------
    scenarios : tuple of Scenario or Wrong
        One or two; in place of one that cannot be, why not.
    people : int
        How many people the bands are of; 0 for none.
    points : int
        1 to show what was measured after the same doses.
    """

    scenarios: tuple[Scenario | Wrong, ...]
    people: int = 0
    points: int = 0


def read_each(text: str) -> Asked:
    """What a page shall show, from the query of its address; what is wrong with one scenario leaves the other.

    Parameters
    ----------
    text : str
        With or without its question mark; what it does not name is as in `Scenario`.

    Returns
    -------
    Asked
        The scenarios.

    Raises
    ------
    InputError
        If the query is too long, or names what is unknown or twice.
    Wrong
        If the number of people cannot be used, with whatever else is wrong.

    Examples
    --------
    >>> read_each("?dose=3&b.dose=50").scenarios[1].dose
    50.0
    """
    if len(text) > LONGEST_QUERY:
        raise InputError("address", f"{len(text)} characters", f"at most {LONGEST_QUERY} characters after the '?'")
    kinds = {field.name: type(field.default) for field in fields(Scenario)}
    given: dict[str, dict[str, str]] = {"": {}, SECOND: {}, **{name: {} for name in OF_THE_PAGE}}
    for name, value in parse_qsl(text.removeprefix("?"), keep_blank_values=True):
        prefix, field = (SECOND, name.removeprefix(SECOND)) if name.startswith(SECOND) else ("", name)
        if name in OF_THE_PAGE:
            prefix = name
        elif field not in kinds:
            raise InputError(
                "address", name, f"one of {', '.join(kinds)}, or one of them after 'b.', or {' or '.join(OF_THE_PAGE)}"
            )
        if field in given[prefix]:
            raise InputError("address", name, "each name once")
        given[prefix][field] = value
    asked = [("", given[""])] + [(SECOND, given[SECOND])] * bool(given[SECOND])
    scenarios = tuple(_scenario(prefix, values, kinds) for prefix, values in asked)
    page: dict[str, int] = {}
    wrong: list[InputError] = []
    for name in OF_THE_PAGE:
        try:
            page[name] = within(name, _value(name, given[name].get(name, "0"), int))
        except InputError as error:
            wrong.append(error)
    if wrong:
        raise Wrong((*wrong, *(error for one in scenarios if isinstance(one, Wrong) for error in one.each)))
    return Asked(scenarios, **page)


def _scenario(prefix: str, values: Mapping[str, str], kinds: Mapping[str, type]) -> Scenario | Wrong:
    found: dict[str, Any] = {}
    wrong: list[InputError] = []
    for name, text in values.items():
        try:
            # each for itself, and assumptions as they were written, because not every drug has all that they can say
            found[name] = _value(name, text, kinds[name])
            checked(name, found[name])
        except InputError as error:
            wrong.append(error)
    if not wrong:
        try:
            return Scenario(**found)
        except InputError as error:
            wrong.append(error)
    return Wrong(tuple(InputError(prefix + one.argument, one.value, one.expected) for one in wrong))


def stretches(text: str) -> tuple[str, dict[bool, tuple[float, float]]]:
    """The query of a file, parted into that of the page and the stretches of time that the page shows.

    Parameters
    ----------
    text : str
        Query of an address that may name `STRETCHES`.

    Returns
    -------
    asked : str
        The query of the page.
    spans : dict of bool to (float, float)
        From when to when, of the panels that a visitor zoomed: those that show the last days, and the others [h].

    Raises
    ------
    InputError
        If a stretch is none, or named twice.
    """
    left, spans = [], {}
    for pair in text.removeprefix("?").split("&"):
        name, _, value = pair.partition("=")
        if name not in STRETCHES.values():
            left.append(pair)
            continue
        near = name == STRETCHES[True]
        start, comma, stop = unquote(value).partition(",")
        # what lies beyond every run cannot be on a screen, and would cost ticks and nights without end
        hour = partial(number_in, argument=name, low=_ON_SCREEN[0], high=_ON_SCREEN[1])
        found = (hour(start), hour(stop)) if comma else (0.0, 0.0)
        if near in spans or not found[0] < found[1]:
            raise InputError(name, unquote(value), "the start and, after a comma, the later end of one stretch, in h")
        spans[near] = found
    return "&".join(left), spans


def _value(name: str, text: str, kind: type) -> Any:
    if kind is str:
        return text
    if kind is float:
        low, high = LIMITS[name]
        return number_in(text, name, low=low, high=high)
    # by the same grammar, without a decimal point or an exponent
    if not re.fullmatch("[0-9]{1,6}", text):
        raise InputError(name, text, "a whole number without sign, decimal point or exponent")
    return int(number_in(text, name))
