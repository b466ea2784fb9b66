"""What is wanted of a run: one or more endpoints, by name or as functions, and what they are to become."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from ..base.errors import InputError, LdnsimError
from ..base.near import among
from ..base.reading import listed, number
from ..base.units import HOURS_PER_DAY, clock_hour, has_unit, quantity
from ..results.readings import CLOCK, cell, labelled, read_day
from ..study.ensemble_rows import Endpoint, by_name, endpoints_of

if TYPE_CHECKING:
    import xarray as xr

Wanted: TypeAlias = "str | Endpoint | Sequence[str] | Mapping[str, Endpoint]"
"""Endpoints by the names that a summary has for them, or functions of curves, by names where a mapping gives them."""

_EXPECTED = "a name of a summary such as 'ntx Cmax', a function of the curves, or a mapping from a name to one"


class Endpoints(NamedTuple):
    """What is read off every run.

    Attributes
    ----------
    wanted : list of str, or mapping of str to callable
        As `ldnsim.Ensemble.endpoints` takes them.
    units : mapping of str to str
        Unit of each, `CLOCK` for a time of day; empty where a function does not say it.
    outputs : tuple of str
        Variables that are read, or that functions may read.
    """

    wanted: list[str] | Mapping[str, Endpoint]
    units: Mapping[str, str]
    outputs: tuple[str, ...]

    @property
    def names(self) -> list[str]:
        """What they are called."""
        return list(self.wanted)

    def heading(self, name: str) -> str:
        """One of them with its unit."""
        return labelled(name, self.units[name] or "1")

    def told(self, name: str, value: float) -> str:
        """A value of one of them, with its unit."""
        unit = self.units[name]
        if unit == CLOCK:
            return cell(value, unit)
        return f"{value:.4g} {unit}".removesuffix(" 1").strip()


def endpoints_in(
    wanted: Wanted, data: xr.Dataset, day: tuple[float, float], usual: Sequence[str], *, one: bool
) -> Endpoints:
    """Endpoints as they were asked for.

    Parameters
    ----------
    wanted : str, callable, sequence of str, or mapping of str to callable
        What was asked for.
    data : xarray.Dataset
        Curves of somebody, with a first dimension ``person``: everything that the model shows.
    day : (float, float)
        On which endpoints with a name are read [h].
    usual : sequence of str
        Variables that are kept of people, which functions read where these are enough.
    one : bool
        Whether there can be only one.

    Returns
    -------
    Endpoints
        The same, with units.

    Raises
    ------
    InputError
        If there is none, more than one where only one can be, a name is unknown, or a function cannot read the curves.
    """
    wanted = by_name(wanted)
    if isinstance(wanted, Mapping):
        if not wanted or (one and len(wanted) > 1) or not all(map(callable, wanted.values())):
            raise InputError("wanted", dict(wanted), _EXPECTED)
        _try(wanted, data, day)
        try:
            _try(wanted, data[list(usual)], day)
            outputs = tuple(usual)
        except InputError:
            outputs = tuple(map(str, data.data_vars))
        units = {name: _unit_of(function, data) for name, function in wanted.items()}
        return Endpoints(dict(wanted), units, outputs)
    names = listed(wanted, "wanted", _EXPECTED)
    if not names or (one and len(names) > 1):
        raise InputError("wanted", wanted, _EXPECTED)
    every = {reading.quantity: reading for reading in read_day(data, day)}
    for name in names:
        if not isinstance(name, str) or name not in every:
            raise InputError("wanted", name, among(name, every, ", or a function of the curves"))
    read = dict.fromkeys(every[name].of.name for name in names)
    # what an agonist's effect is blocked by is read beside what holds the receptors
    beside = {"occupancy": None} if "functional_block" in read else {}
    return Endpoints(names, {name: every[name].unit for name in names}, tuple(read | beside))


def _try(wanted: Mapping[str, Endpoint], data: xr.Dataset, day: tuple[float, float]) -> None:
    """Call functions once; raises `InputError` where they cannot read the curves or give what is no number a person."""
    try:
        endpoints_of(data, wanted, day)
    except LdnsimError:
        raise
    except Exception as error:
        raised = f"{type(error).__name__}: {error}"
        expected = f"functions of the curves, a dataset with a first dimension person; one raised {raised}"
        raise InputError("wanted", list(wanted), expected) from error


def _unit_of(function: Endpoint, data: xr.Dataset) -> str:
    """The unit that a function says, of these curves or at all."""
    said: Any = getattr(function, "unit", "")
    return str(said(data) if callable(said) else said)


def target_in(target: object, unit: str, day: tuple[float, float], clock: float, argument: str = "target") -> float:
    """What an endpoint is to become, in its own unit.

    Parameters
    ----------
    target : float or str
        A number in the unit of the endpoint, or a text with a unit that converts; of a time of day ``"06:00"``, which
        is the first time from the beginning of the day that is read when the clock shows it.
    unit : str
        Of the endpoint.
    day : (float, float)
        On which it is read [h].
    clock : float
        Hour of the day at time 0 [h].
    argument : str
        Its name, for the error.

    Returns
    -------
    float
        The number.

    Raises
    ------
    InputError
        If it cannot be read so.
    """
    if unit == CLOCK:
        hour = clock_hour(target, argument)
        begins = (clock + day[0]) % HOURS_PER_DAY
        return hour if hour >= begins else hour + HOURS_PER_DAY
    if unit:
        return quantity(target, unit, argument)
    if has_unit(target):
        raise InputError(argument, target, "a number, because the function does not say its unit")
    return number(target, argument)


def check_best(best: object, names: Sequence[str]) -> tuple[str, ...]:
    """Which way each endpoint is better, ``"highest"`` or ``"lowest"``; raises `InputError`."""
    ways = [best] if isinstance(best, str) else listed(best, "best", _WAYS)
    if len(ways) != len(names) or any(way not in ("highest", "lowest") for way in ways):
        raise InputError("best", best, f"{_WAYS}, one for each of {', '.join(names)}")
    return tuple(ways)


_WAYS = "'highest' or 'lowest'"


def quantile_of(values: Any, share: float) -> float:
    """A quantile over the people who have a value; nan where nobody has."""
    seen = np.asarray(values, dtype=float)
    seen = seen[~np.isnan(seen)]
    return float(np.quantile(seen, share)) if seen.size else float("nan")
