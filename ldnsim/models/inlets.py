"""Where a dose can go, and how it enters: compartments with bioavailability and lag, functions of the covariates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

from ..base.errors import InputError, LdnsimError

Covariates: TypeAlias = Mapping[str, float]
Given: TypeAlias = "float | str | Callable[[Covariates], float]"
"""A number, a text with its unit where the small models take it, or a function of the covariates that gives it."""


def from_covariates(given: Callable[[Covariates], Any], covariates: Covariates, what: str) -> Any:
    """What a function of the covariates gives.

    Parameters
    ----------
    given : callable
        The function.
    covariates : mapping of str to float
        Covariates of a row, which it cannot change.
    what : str
        What it gives, for errors.

    Returns
    -------
    object
        What it gives.

    Raises
    ------
    InputError
        If it asks for a covariate that is not there, or fails.
    """
    try:
        return given(MappingProxyType(covariates))
    except KeyError as error:
        known = ", ".join(covariates) or "none"
        raise InputError(
            f"{what}, covariate",
            error.args[0] if error.args else "",
            f"covariates={{...}} of the run, the people or the table to name it (named so far: {known})",
        ) from error
    except LdnsimError:
        raise
    except Exception as error:
        raise InputError(
            what,
            f"{type(error).__name__}: {error}",
            "a function of the covariates that gives a number, such as lambda c: 2 * c['WT'] / 70",
        ) from error


def constant(value: Any, _covariates: Covariates) -> Any:
    """What is the same whatever the covariates are, by a name that another process finds."""
    return value


class Inlet(NamedTuple):
    """One way from a compartment's dose into the state.

    Attributes
    ----------
    state : int
        Position of the state.
    share : float
        Fraction of the dose [1].
    lag : float
        Delay of its own [h].
    """

    state: int
    share: float
    lag: float


@dataclass(frozen=True)
class Compartment:
    """Where a dose can go.

    Attributes
    ----------
    name : str
        Its name, which CMT may say instead of its number.
    states : tuple of int
        Positions of the states that hold its amount.
    inlets : tuple of Inlet
        How a dose enters; none where nothing can be given.
    f, lag : float or callable
        Bioavailability [1] and lag [h].
    rate, duration : float, callable or None
        Rate (RATE -1) and duration [h] (RATE -2) of infusions that the model gives.
    """

    name: str
    states: tuple[int, ...]
    inlets: tuple[Inlet, ...]
    f: Given = 1.0
    lag: Given = 0.0
    rate: Given | None = None
    duration: Given | None = None


class Dosing(NamedTuple):
    """How doses enter, under some parameters.

    Attributes
    ----------
    compartments : tuple of Compartment
        Where a dose can go; shares, lags and bioavailability are numbers, or arrays over subjects.
    amount : callable
        ``amount(compartment, carried)`` gives the factor from AMT to the amounts of the state.
    """

    compartments: tuple[Compartment, ...]
    amount: Callable[[str, Mapping[str, Any]], Any]
