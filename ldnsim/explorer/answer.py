"""What a page is told about what it asks: the numbers of its figures and its words, as one message."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Hashable
from typing import Any

import numpy as np

from ..base.errors import InputError
from ..engines.compiled.cache import kept_alone
from ..plots.curves import Curve, Panel
from ..plots.drawing import FLOOR, nights
from .address import STRETCHES, Asked, Wrong
from .numbers import HEADROOM, Times, drawn, pairs
from .panels import LETTERS, PANELS
from .scenario import Scenario
from .work import Found, Part, work


def key_of(asked: Asked) -> Hashable:
    """What two questions share that have the same answer."""
    return tuple(one if isinstance(one, Scenario) else str(one) for one in asked.scenarios), asked.people, asked.points


def answer(asked: Asked) -> bytes:
    """What a page shows of a question.

    Parameters
    ----------
    asked : Asked
        The question.

    Returns
    -------
    bytes
        A JSON text: ``message``, ``fields`` with what is wrong with each, ``cards`` of words by letter, ``evidence``,
        ``sources`` with the columns of each group of numbers, ``panels`` with the names of the curves that each draws,
        and ``times`` of the axes. An array is ``base64`` of
        64-bit numbers, least significant byte first; that keeps them to the bit and is read at once.
    """
    found = work(asked)
    sources = {
        f"{letter} {group}": {name: _plain(column) for name, column in columns.items()}
        for letter, one in zip(LETTERS, found.numbers, strict=False)
        for group, columns in (one or {}).items()
    }
    return _message(
        cards=_cards(found),
        fields=_fields(asked, found),
        evidence=found.evidence,
        sources=sources,
        panels={panel.name: [one.name for one in panel.curves if _seen(panel, one, found)] for panel in PANELS},
        times=_times(found.times) if found.times else None,
    )


def _seen(panel: Panel, curve: Curve, found: Found) -> bool:
    return any(curve in drawn(panel, one) for one in found.numbers)


def at_once(asked: Asked) -> bytes:
    """The same, if nothing has to be compiled for it.

    Raises
    ------
    NotKept
        If something has.
    """
    with kept_alone():
        return answer(asked)


def refusal(error: InputError) -> bytes:
    """The same where nothing of a question can be answered."""
    each = error.each if isinstance(error, Wrong) else (error,)
    return _message(message=str(error), fields={one.argument: one.expected for one in each})


def _message(**said: Any) -> bytes:
    usual: dict[str, Any] = {
        "message": "", "fields": {}, "cards": {}, "evidence": [], "sources": {}, "panels": {}, "times": None,
    }  # fmt: skip
    return json.dumps({**usual, **said}, allow_nan=False).encode()


def _plain(column: Any) -> Any:
    if isinstance(column, np.ndarray):
        return {"base64": b64encode(np.ascontiguousarray(column, dtype="<f8").tobytes()).decode()}
    return column


def _cards(found: Found) -> dict[str, dict[str, str]]:
    """The words of each scenario, or why it cannot be shown."""
    return {
        letter: {
            **part.words,
            "problem": "",
            "python": part.scenario.python(),
            "line": part.scenario.line,
            "option": part.scenario.option and f", the former with {part.scenario.option}",
        }
        if isinstance(part, Part)
        else {"problem": str(part)}
        for letter, part in zip(LETTERS, found.parts, strict=False)
    }


def _fields(asked: Asked, found: Found) -> dict[str, str]:
    """What would be right in each field that is wrong."""
    wrong = [one for scenario in asked.scenarios if isinstance(scenario, Wrong) for one in scenario.each]
    # what shows itself only when people are drawn
    wrong += [one for one in found.parts if isinstance(one, InputError) and not isinstance(one, Wrong)]
    return {one.argument: one.expected for one in wrong}


def _times(times: Times) -> dict[str, Any]:
    """Stretches, ticks, labels and nights of the axes of time, and the axis of levels."""
    told: dict[str, Any] = {"level": [times.top * FLOOR, times.top * HEADROOM] if times.top > 0 else None}
    for near, name in STRETCHES.items():
        ticks, label = times.label(near)
        left, right = pairs(nights(*times.spans[near], 0.0))
        told[name] = {
            "span": times.spans[near],
            "cut": times.cut,
            "ticks": list(ticks.items()),
            "label": label,
            "nights": {"left": left.tolist(), "right": right.tolist()},
            "panels": [panel.name for panel in PANELS if panel.near is near],
        }
    return told
