"""What counts as blocked, as assumptions choose: a share of mu receptors held, or half of an agonist's effect gone."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..base.errors import InputError
from ..ledger.parameters import Entry
from ..receptors import blocked_from
from .words import HALF, HALF_BLOCKED, HALF_HELD, HELD_BY_EACH, held_to

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]

BEHIND = ("receptors.blocked", "receptors.o50", "receptors.functional")
"""Parameters that say what counts as blocked."""

COUNTS, BLOCKS = "blocked_from", "half_blocked_from"
"""Attributes of a result, or of people who differ in it their coordinates: mu occupancy from which receptors count as
blocked, and from which an agonist's effect is blocked by half [1].
"""


class Limits(NamedTuple):
    """Mu occupancies of blockade, of one person or of each of many.

    Attributes
    ----------
    counts : float or ndarray
        From which receptors count as blocked [1].
    blocks : float or ndarray
        From which the agonist's effect is blocked by half [1].
    """

    counts: Any
    blocks: Any


def limits(values: Mapping[str, Any]) -> Limits:
    """Both, from parameters by name."""
    blocked, o50, functional = (values[name] for name in BEHIND)
    return Limits(blocked_from(blocked, o50, functional), o50)


def decided_by(parameters: Mapping[str, Entry]) -> tuple[str, ...]:
    """Which parameters say what counts as blocked, the share itself last; none where the model does not know it."""
    if not set(BEHIND) <= set(parameters):
        return ()
    share, o50, functional = BEHIND
    return functional, (o50 if parameters[functional].value else share)


def attributes(parameters: Mapping[str, Entry]) -> dict[str, Any]:
    """What a result says of blockade; nothing where the model does not know it."""
    if not (names := decided_by(parameters)):
        return {}
    found = limits({name: parameters[name].value for name in BEHIND})
    switch, counted = (parameters[name] for name in names)
    means = HALF_BLOCKED if switch.value == 1 else held_to(found.counts)
    return {COUNTS: found.counts, BLOCKS: found.blocks, "blocked_means": means, "blocked_evidence": counted.status}


def among_people(varied: Collection[str], about: Mapping[str, Any]) -> dict[str, str]:
    """What people who differ in some parameters change of `attributes`."""
    by_each = "receptors.functional" in varied or (
        "receptors.blocked" in varied and about["blocked_means"] != HALF_BLOCKED
    )
    return {"blocked_means": HELD_BY_EACH} if by_each else {}


def means(data: xr.Dataset) -> str:
    """What counts as blocked, in words; in results of before it was said, half of mu receptors held."""
    return str(data.attrs.get("blocked_means", HALF_HELD))


def shaded(data: xr.Dataset) -> str:
    """What is shaded where what counts as blocked is, in words."""
    if is_functional(data):
        return f"{HALF_BLOCKED} or more"
    share = float(data.attrs.get(COUNTS, HALF))
    return f"mu occupancy of {'half' if share == HALF else f'{100 * share:.3g} %'} or more"


def is_functional(data: xr.Dataset) -> bool:
    """Whether what counts is how much of an agonist's effect is blocked."""
    return means(data) == HALF_BLOCKED


def counted_from(data: xr.Dataset, receptor: str = "mor") -> Any:
    """Occupancy from which receptors count as blocked [1], one for each person where they differ in it.

    Parameters
    ----------
    data : xarray.Dataset
        A result or a window of it.
    receptor : {"mor", "dor", "kor"}
        Which receptor.

    Returns
    -------
    float or ndarray, shape (n_people,)
        Occupancy.

    Raises
    ------
    InputError
        If another receptor than mu is meant where an agonist of mu says what counts.
    """
    if receptor != "mor" and is_functional(data):
        raise InputError("receptor", receptor, f"mor, because what counts as blocked is {HALF_BLOCKED}")
    return _said(data, COUNTS)


def half_blocked_from(data: xr.Dataset) -> Any:
    """Mu occupancy from which the agonist's effect is blocked by half [1], as `counted_from`; None where not said."""
    return _said(data, BLOCKS, None)


def _said(data: xr.Dataset, name: str, default: float | None = HALF) -> Any:
    return data.coords[name].values if name in data.coords else data.attrs.get(name, default)
