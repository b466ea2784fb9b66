"""Adherence: which planned doses a person takes, and how late."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base.errors import InputError
from ..base.reading import fields_of, number
from ..base.streams import Array, Purpose, normals, uniforms
from ..base.units import hours
from .distributions import LogitNormal, from_dict

MAX_LATE = 1e6
"""Largest standard deviation of a delay [h]."""


@dataclass(frozen=True, kw_only=True)
class Adherence:
    """How people keep to their plan, dose by dose and independently of each other.

    Parameters
    ----------
    miss : float
        Probability that a dose is missed.
    late_sd : float or str
        Doses that are taken are late by the absolute value of a normal number with this standard
        deviation, ``"45 min"`` or a number [h]; what would reach the next planned dose is drawn again.
    between : LogitNormal, optional
        How `miss` differs between people; `miss` is then the median.

    Raises
    ------
    InputError
        If an argument cannot be used.
    """

    miss: float = 0.0
    late_sd: float = 0.0
    between: LogitNormal | None = None

    def __init__(self, *, miss: float = 0.0, late_sd: float | str = 0.0, between: LogitNormal | None = None) -> None:
        object.__setattr__(self, "miss", number(miss, "miss", low=0.0, high=1.0))
        object.__setattr__(self, "late_sd", hours(late_sd, "late_sd", high=MAX_LATE))
        if between is not None and (not isinstance(between, LogitNormal) or between.typical is not None):
            raise InputError("between", between, "a LogitNormal about miss, such as LogitNormal(sd=1)")
        object.__setattr__(self, "between", between)

    def draw(self, seed: int, replicate: int, ids: NDArray[np.int64], latest: Array) -> tuple[NDArray[np.bool_], Array]:
        """What people do with each planned dose.

        Parameters
        ----------
        seed : int
            Seed.
        replicate : int
            Number of the replicate.
        ids : ndarray of int, shape (n_people,)
            Numbers of the people.
        latest : ndarray, shape (n_doses,)
            Longest delay of each dose, infinite where none follows [h].

        Returns
        -------
        taken : ndarray of bool, shape (n_doses, n_people)
            Whether it is taken.
        delay : ndarray, shape (n_doses, n_people)
            How late [h]; 0 where it is missed.
        """
        chance: Any = self.miss
        if self.between is not None:
            chance = self.between.values(self.miss, normals(seed, Purpose.RELIABILITY, replicate, (), ids))
        taken = np.ones((latest.size, ids.size), dtype=np.bool_)
        delay = np.zeros((latest.size, ids.size))
        # one draw per dose even where it is not needed, so that no choice moves what is drawn for another
        for dose, longest in enumerate(latest):
            if self.miss:
                taken[dose] = uniforms(seed, Purpose.MISSED, replicate, (dose,), ids) >= chance
            if self.late_sd:
                from scipy.special import erf, erfinv

                # the inverse of the truncated distribution is the same as drawing until it fits
                scale = math.sqrt(2) * self.late_sd
                share = uniforms(seed, Purpose.LATE, replicate, (dose,), ids) * erf(longest / scale)
                # the last digit of the inverse may round up beyond the limit
                delay[dose] = np.where(taken[dose], np.minimum(scale * erfinv(share), longest), 0.0)
        return taken, delay

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        between = None if self.between is None else self.between.to_dict()
        return {"miss": self.miss, "late_sd": self.late_sd, "between": between}

    @staticmethod
    def from_dict(cells: Any) -> Adherence:
        """The adherence that `to_dict` wrote; raises `InputError`."""
        found = fields_of(cells, "adherence", ("miss", "late_sd", "between"))
        between: Any = None if found["between"] is None else from_dict(found["between"], "between")
        return Adherence(miss=found["miss"], late_sd=found["late_sd"], between=between)
