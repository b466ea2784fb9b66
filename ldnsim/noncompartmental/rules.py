"""By which rules profiles are read: those of PKNCA, with its names and defaults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ..base.errors import InputError
from ..base.reading import choice, fields_of, listed, number, truth, whole_number
from .areas import METHODS, UP_DOWN
from .terminal import BEST_FIT, TERMINALS

EXTRAVASCULAR, BOLUS, INFUSION = "extravascular", "bolus", "infusion"
ROUTES = (EXTRAVASCULAR, BOLUS, INFUSION)
ORAL = "oral"
"""What `EXTRAVASCULAR` may be called too."""

WHERE = ("first", "middle", "last")
"""Where levels below the limit of quantification lie: up to the first one above it, between those, after the last."""

_BLQ = {"first": "keep", "middle": "drop", "last": "keep"}
_STARTS = ("c0", "logslope", "c1", "cmin", "set0")

Blq = str | float | Mapping[str, str | float]


@dataclass(frozen=True)
class Rules:
    """How a profile is read.

    Attributes
    ----------
    auc_method : {"lin up/log down", "linear", "lin-log"}
        How areas are found.
    conc_blq : str, float or mapping
        What becomes of levels of 0, which are those below the limit of quantification: ``"keep"``, ``"drop"`` or a
        number in their place; for all of them, or by where they lie, ``first``, ``middle`` and ``last``.
    conc_na : {"drop"} or float
        What becomes of missing levels.
    c0 : sequence of str, optional
        How the level at the time of the dose is found, the first that gives one: ``c0`` it was measured and is not
        zero, ``logslope`` the line through the first two samples on a logarithmic axis, ``c1`` the first sample,
        ``cmin`` the lowest, ``set0`` zero. By default the first three for a bolus, else ``c0``, then ``cmin`` at
        steady state or ``set0``.
    first_tmax : bool
        Whether tmax is the first of equal highest levels; else the last.
    allow_tmax_in_half_life : bool or "bolus"
        Whether the terminal line may begin with the highest level; ``"bolus"`` after a bolus, as WinNonlin does.
    terminal : {"best fit", "settled"}
        How the terminal phase is found, see `ldnsim.noncompartmental.terminal`.
    min_hl_points : int
        How many points the line needs.
    adj_r_squared_factor : float
        How much worse than the best the adjusted r-squared of a line with more points may be [1].
    min_hl_r_squared, min_span_ratio, max_aucinf_pext : float
        A half-life is doubtful below the first two [1], an area to infinity above the last [%].
    """

    auc_method: str = UP_DOWN
    conc_blq: Blq | None = None
    conc_na: str | float = "drop"
    c0: Sequence[str] | None = None
    first_tmax: bool = True
    allow_tmax_in_half_life: bool | Literal["bolus"] = False
    terminal: str = BEST_FIT
    min_hl_points: int = 3
    adj_r_squared_factor: float = 1e-4
    min_hl_r_squared: float = 0.9
    min_span_ratio: float = 2.0
    max_aucinf_pext: float = 20.0

    def __post_init__(self) -> None:
        choice("auc_method", self.auc_method, METHODS)
        choice("terminal", self.terminal, TERMINALS)
        truth("first_tmax", self.first_tmax)
        if self.allow_tmax_in_half_life != BOLUS and not isinstance(self.allow_tmax_in_half_life, bool):
            raise InputError("allow_tmax_in_half_life", self.allow_tmax_in_half_life, "True, False or 'bolus'")
        whole_number(self.min_hl_points, "min_hl_points", low=3)
        number(self.adj_r_squared_factor, "adj_r_squared_factor", low=0.0, high=1.0)
        number(self.min_hl_r_squared, "min_hl_r_squared", low=0.0, high=1.0)
        number(self.min_span_ratio, "min_span_ratio", low=0.0)
        number(self.max_aucinf_pext, "max_aucinf_pext", low=0.0, high=100.0)
        object.__setattr__(self, "conc_blq", _blq(self.conc_blq))
        if self.conc_na != "drop":
            object.__setattr__(self, "conc_na", _instead(self.conc_na, "conc_na", ("drop",)))
        if self.c0 is not None:
            given = listed([self.c0] if isinstance(self.c0, str) else self.c0, "c0", f"some of {', '.join(_STARTS)}")
            object.__setattr__(self, "c0", tuple(choice("c0", one, _STARTS) for one in given))

    @property
    def blq(self) -> Mapping[str, str | float]:
        """What becomes of levels of 0, by where they lie."""
        assert isinstance(self.conc_blq, Mapping)
        return self.conc_blq

    def starts(self, route: str, *, steady: bool) -> tuple[str, ...]:
        """How the level at the time of the dose is found."""
        if self.c0 is not None:
            return tuple(self.c0)
        if route == BOLUS:
            return ("c0", "logslope", "c1")
        return ("c0", "cmin" if steady else "set0")


def _blq(given: Any) -> dict[str, str | float]:
    if given is None:
        return dict(_BLQ)
    if isinstance(given, Mapping):
        found = fields_of(given, "conc_blq", WHERE)
        return {name: _instead(found[name], f"conc_blq[{name!r}]", ("keep", "drop")) for name in WHERE}
    return dict.fromkeys(WHERE, _instead(given, "conc_blq", ("keep", "drop")))


def _instead(given: Any, argument: str, words: tuple[str, ...]) -> str | float:
    """One of some words, or the number that stands in place of a level."""
    if isinstance(given, str):
        if given in words:
            return given
        raise InputError(argument, given, f"{' or '.join(map(repr, words))}, or a number")
    return number(given, argument, low=0.0)


def route_of(given: object, argument: str = "route") -> str:
    """A route by its name; raises `InputError`."""
    return EXTRAVASCULAR if given == ORAL else choice(argument, given, (*ROUTES, ORAL))
