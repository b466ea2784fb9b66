"""What the explorer works out: runs, numbers for the figures, and files to take away."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from ..base.errors import InputError, LdnsimError
from ..plots.bands import people_notes
from ..plots.panels import footer_text
from ..results.over_time import finished
from ..study.person_run import Simulation
from .address import Asked, read_each, stretches
from .measured import measured, told
from .numbers import Numbers, Times, bands, numbers, times_of
from .panels import LETTERS, MEASURED
from .paper import saved, sheet, table
from .scenario import Scenario

KINDS: Mapping[str, str] = MappingProxyType({"png": "image/png", "svg": "image/svg+xml"})
"""Formats of the figure, and what each is called on its way."""

_KEPT = 8
_KEPT_CROWDS = 12


class Crowd(NamedTuple):
    """What is shown of a population, which is less than a hundredth of it.

    Attributes
    ----------
    words : str
        What a summary says.
    notes : tuple of str
        What stands below its bands.
    drawn : Numbers
        Its bands.
    attrs : dict of str to object
        What the dataset says of itself, its record among it.
    """

    words: str
    notes: tuple[str, ...]
    drawn: Numbers
    attrs: dict[str, Any]


class Part(NamedTuple):
    """What was worked out for one scenario.

    Attributes
    ----------
    scenario : Scenario
        What was asked.
    run : Simulation
        One person.
    crowd : Crowd or None
        People, if there are any.
    numbers : Numbers
        For the figures.
    measured : str
        What was measured after the same doses, if that is shown.
    """

    scenario: Scenario
    run: Simulation
    crowd: Crowd | None
    numbers: Numbers
    measured: str

    @property
    def words(self) -> dict[str, str]:
        """What a summary says of the person and of the people, and what was given to whom."""
        return {
            "words": self.run.summary().in_words(),
            "people": self.crowd.words if self.crowd else "",
            "regimen": f"{self.run.data.attrs['regimen']}; {self.run.data.attrs['assumptions']}",
        }


class Found(NamedTuple):
    """What was worked out for a page.

    Attributes
    ----------
    parts : tuple of Part or LdnsimError
        One or two; in place of one that cannot be shown, why not.
    times : Times or None
        For the axes of the figures; none where nothing can be shown.
    """

    parts: tuple[Part | LdnsimError, ...]
    times: Times | None

    @property
    def numbers(self) -> tuple[Numbers | None, ...]:
        """What each scenario shows, if it can."""
        return tuple(part.numbers if isinstance(part, Part) else None for part in self.parts)

    @property
    def good(self) -> dict[int, Part]:
        """Those that can be shown, by their places."""
        return {place: part for place, part in enumerate(self.parts) if isinstance(part, Part)}

    @property
    def evidence(self) -> list[str]:
        """What the curves rest on, as below every figure of the library, and what was measured, if that is shown."""
        lines = list(dict.fromkeys(footer_text(part.run.data) for part in self.good.values()))
        crowds = [part.crowd for part in self.good.values() if part.crowd]
        lines += [note for one in crowds[:1] for note in one.notes]
        return lines + [f"{LETTERS[place]}. {part.measured}." for place, part in self.good.items() if part.measured]


@lru_cache(_KEPT)
def _run(scenario: Scenario) -> Simulation:
    return scenario.run()


@lru_cache(_KEPT_CROWDS)
def _crowd(scenario: Scenario, people: int) -> Crowd:
    run = scenario.people(people)
    good, left_out = finished(run.data)
    notes = tuple(people_notes(good, left_out))
    return Crowd(run.summary().in_words(), notes, bands(good), dict(run.data.attrs))


def work(asked: Asked) -> Found:
    """Simulate what a page shows.

    Parameters
    ----------
    asked : Asked
        What its address asks for.

    Returns
    -------
    Found
        What is wrong with one scenario stands in its place, and leaves the other.
    """
    parts = tuple(_part(place, one, asked) for place, one in enumerate(asked.scenarios))
    runs = [part.run.data for part in parts if isinstance(part, Part)]
    return Found(parts, times_of(runs) if runs else None)


def _part(place: int, scenario: Scenario | InputError, asked: Asked) -> Part | LdnsimError:
    if isinstance(scenario, InputError):
        return scenario
    try:
        run = _run(scenario)
        crowd = _crowd(scenario, asked.people) if asked.people else None
        points = measured(scenario) if asked.points else ()
        drawn = numbers(place, run.data, None, points) | (crowd.drawn if crowd else {})
        seen = [one for group, columns in drawn.items() if group.startswith(MEASURED) for one in columns["said"]]
        return Part(scenario, run, crowd, drawn, told(scenario, seen) if asked.points else "")
    except LdnsimError as error:
        # its frames would keep what was worked out until then
        return error.with_traceback(None)


def file(name: str, text: str) -> tuple[str, bytes]:
    """A file to take away: what the page shows of a query.

    Parameters
    ----------
    name : str
        ``figure.png`` or ``figure.svg``; ``A.csv`` or ``B.csv``, the numbers behind the figure; ``A_run.csv`` or
        ``B_run.csv``, the whole run.
    text : str
        Query of the address; it can name the `STRETCHES` of time that the page shows.

    Returns
    -------
    kind : str
        Type of its content.
    content : bytes
        The content.

    Raises
    ------
    InputError
        If the query cannot be shown, or has no such scenario.
    SolverError
        If the integration fails.
    """
    asked, spans = stretches(text)
    found = work(read_each(asked))
    if name.startswith("figure."):
        kind = name.partition(".")[2]
        return KINDS[kind], picture(found, spans, kind)
    place = LETTERS.index(name[0])
    if place >= len(found.parts):
        raise InputError("address", name, "a scenario that the address names")
    part = found.parts[place]
    if isinstance(part, LdnsimError):
        raise part
    text = part.run.csv() if name.endswith("_run.csv") else table(part.numbers, spans)
    return "text/csv; charset=utf-8", text.encode()


def picture(found: Found, spans: Mapping[bool, tuple[float, float]], kind: str) -> bytes:
    """The figure of what was worked out, with the records of its runs.

    Parameters
    ----------
    found : Found
        What was worked out.
    spans : mapping of bool to (float, float)
        Stretches of time that a visitor chose, as in `Times` [h].
    kind : str
        A name of `KINDS`.

    Raises
    ------
    LdnsimError
        Why nothing of it can be shown.
    """
    if found.times is None:
        raise next(part for part in found.parts if isinstance(part, LdnsimError))
    words = {place: part.words for place, part in found.good.items()}
    figure = sheet(found.numbers, found.times.of(spans), words, found.evidence)
    for place, shown in found.good.items():
        figure.remember(shown.run.data.attrs, LETTERS[place])
        if shown.crowd is not None:
            figure.remember(shown.crowd.attrs, f"{LETTERS[place]}, people")
    return saved(figure, kind)
