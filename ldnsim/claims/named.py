"""What a claim is, and the claims about low-dose naltrexone that have a name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.errors import InputError
from ..base.reading import check_function, listed
from ..base.units import quantity
from ..doses import DOSES
from ..dosing.regimen import Regimen
from ..results.behind import Shown
from ..results.readings import BLOCKED_HOURS, CYTOKINES, TONE
from ..study.ensemble_rows import Endpoint

Array = NDArray[np.float64]

MG = "mg"

LOW_DOSE = 6.0
"""Highest nightly dose that counts as low, that of the largest trial of fibromyalgia (O014) [mg]."""

FULL_DOSE = 50.0
"""The labelled daily dose [mg]."""

BLOCKED_FOR = (4.0, 6.0)
"""What counts as a blockade of about five hours [h]."""

FALL = 0.05
"""Fall of the cytokine index that counts, a third of what is claimed (M006) [1]."""


@dataclass(frozen=True, eq=False)
class Claim:
    """Something that is said of a drug, so that it can be asked of many parameter sets.

    Parameters
    ----------
    name : str
        What it is called.
    sentence : str
        What it says.
    regimen : Regimen or str
        What is given.
    reads : sequence of str or Shown
        Variables of the run that the endpoints read, such as ``"tone"``, with labels where only some are read:
        ``Shown("occupancy", {"receptor": "mor"})``. What they depend on is what varies.
    endpoints : sequence of str, or mapping of str to callable
        Numbers that are read off each run, as `ldnsim.Ensemble.endpoints` takes them.
    holds : callable
        ``holds(found)`` says of each parameter set whether the claim holds: an array of truth values, shape (n,).
        ``found`` has each endpoint by name, shape (n,), or (n, n_doses) where there are `doses`; the parameters that
        vary, shape (n,), in the units of the model; and ``"mg"``, the `doses`.
    doses : sequence of float or str
        Doses that every parameter set is run with in place of that of the regimen, increasing [mg]. Of the first
        endpoint the dose at which it is highest is then told.
    start, until, step : optional
        As in `ldnsim.simulate`.

    Raises
    ------
    InputError
        If a part cannot be used.
    """

    name: str
    sentence: str
    regimen: Regimen | str
    reads: Sequence[str | Shown]
    endpoints: Sequence[str] | Mapping[str, Endpoint]
    holds: Callable[[Mapping[str, Array]], Any]
    doses: Sequence[float | str] = ()
    start: str = "untreated"
    until: float | str | None = None
    step: float | str | None = None

    def __post_init__(self) -> None:
        for part in ("name", "sentence"):
            text = getattr(self, part)
            if not isinstance(text, str) or not text.strip():
                raise InputError(part, text, "a text that is not empty")
        if not isinstance(self.regimen, Regimen):
            object.__setattr__(self, "regimen", Regimen.parse(self.regimen))
        reads = tuple(listed(self.reads, "reads", _READS))
        if not reads or not all(isinstance(one, str | Shown) for one in reads):
            raise InputError("reads", self.reads, _READS)
        object.__setattr__(self, "reads", reads)
        if not isinstance(self.endpoints, Mapping):
            object.__setattr__(self, "endpoints", tuple(listed(self.endpoints, "endpoints", _ENDPOINTS)))
        if not self.endpoints or not all(isinstance(name, str) for name in self.endpoints):
            raise InputError("endpoints", self.endpoints, _ENDPOINTS)
        for name, function in self.endpoints.items() if isinstance(self.endpoints, Mapping) else ():
            check_function(function, f"endpoints[{name!r}]", "data")
        check_function(self.holds, "holds", "found")
        doses = [quantity(dose, "mg", "doses", low=0.0) for dose in listed(self.doses, "doses", "a sequence")]
        if sorted(set(doses)) != doses or len(doses) == 1:
            raise InputError("doses", self.doses, "two doses or more that increase, or none")
        object.__setattr__(self, "doses", tuple(doses))

    @property
    def shown(self) -> tuple[Shown, ...]:
        """What is read, with its labels."""
        return tuple(Shown(one) if isinstance(one, str) else one for one in self.reads)


_READS = "names of variables such as 'tone', or Shown(name, labels)"
_ENDPOINTS = "names of quantities of a summary, or a mapping from name to a function of the curves"


def _best_is_low(found: Mapping[str, Array]) -> Any:
    tone, doses = found[TONE], found[MG]
    best = tone.max(axis=1)
    full = tone[:, np.flatnonzero(doses == FULL_DOSE)[0]]
    return (doses[tone.argmax(axis=1)] <= LOW_DOSE) & (best > 1) & (full < best)


def _blocks_for_hours(found: Mapping[str, Array]) -> Any:
    low, high = BLOCKED_FOR
    return (found[BLOCKED_HOURS] >= low) & (found[BLOCKED_HOURS] <= high)


def _above_normal(found: Mapping[str, Array]) -> Any:
    return found[TONE] > 1


def _falls(found: Mapping[str, Array]) -> Any:
    return found[CYTOKINES] <= 1 - FALL


@cache
def named_claims() -> Mapping[str, Claim]:
    """Claims of the popular account by name."""
    least, most = BLOCKED_FOR
    mu = Shown("occupancy", {"receptor": "mor"})
    claims = (
        Claim(
            "inverted-u",
            f"Over nightly doses, the daily mean of net opioid tone in week 8 is highest at a dose of at most "
            f"{LOW_DOSE:g} mg, above normal there, and lower at {FULL_DOSE:g} mg.",
            "4.5 mg at 22:00 daily for 8 weeks", ("tone",), (TONE,), _best_is_low, doses=(0.0, *DOSES),
        ),
        Claim(
            "blocked-5-h",
            f"One dose of 4.5 mg blocks for {least:g} to {most:g} h, in the sense that the account gives to it.",
            "4.5 mg at 22:00", (mu,), (BLOCKED_HOURS,), _blocks_for_hours,
        ),
        Claim(
            "tone-above-normal",
            "In week 6 of 4.5 mg every night the daily mean of net opioid tone is above normal.",
            "4.5 mg at 22:00 daily for 6 weeks", ("tone",), (TONE,), _above_normal,
        ),
        Claim(
            "cytokines-fall",
            f"In week 8 of 4.5 mg every night the daily mean of the cytokine index is at least {100 * FALL:g} % below "
            "normal.",
            "4.5 mg at 22:00 daily for 8 weeks", ("cytokine_index",), (CYTOKINES,), _falls,
        ),
    )  # fmt: skip
    return MappingProxyType({one.name: one for one in claims})
