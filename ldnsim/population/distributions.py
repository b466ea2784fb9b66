"""Distributions about a typical value, with their spread named: ``cv=``, ``sd=`` or ``var=``.

Each turns standard normal numbers into values, so that any of them can be correlated with any other.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, fields
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..base.errors import InputError
from ..base.reading import fields_of, number

Array = NDArray[np.float64]

MAX_CV = 10.0
"""Largest coefficient of variation, so that 30 for 30 % is refused."""

_MAX_SPREAD = 1e100


@dataclass(frozen=True)
class Spread(ABC):
    """What the distributions with a spread share.

    Parameters
    ----------
    typical : float, optional
        Value about which it spreads. Only for a covariate; a parameter has its own.
    cv, sd, var : float
        The spread, exactly one of them.

    Raises
    ------
    InputError
        If a number cannot be used, or not exactly one spread is given.
    """

    typical: float | None = None
    _: KW_ONLY
    cv: float | None = None
    sd: float | None = None
    var: float | None = None

    def __post_init__(self) -> None:
        if self.typical is not None:
            object.__setattr__(self, "typical", number(self.typical, "typical"))
        given = {name: getattr(self, name) for name in ("cv", "sd", "var") if getattr(self, name) is not None}
        if len(given) != 1:
            raise InputError("cv, sd, var", given, "exactly one of them")
        ((name, value),) = given.items()
        if name == "cv":
            found = number(value, name, low=0.0)
            if found > MAX_CV:
                raise InputError(name, value, f"a fraction of at most {MAX_CV:g}, such as 0.3 for 30 %")
        else:
            found = number(value, name, low=0.0, high=_MAX_SPREAD)
        object.__setattr__(self, name, found)

    @abstractmethod
    def values(self, typical: Any, normals: Array) -> Array:
        """Values from standard normal numbers.

        Parameters
        ----------
        typical : float or ndarray, shape (n_people,)
            Value about which they spread.
        normals : ndarray, shape (n_people,)
            Standard normal numbers.

        Returns
        -------
        ndarray, shape (n_people,)
            Values in the unit of `typical`.
        """

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return _plain(self)


@dataclass(frozen=True)
class LogNormal(Spread):
    """Log-normal: the typical value is the median.

    Parameters
    ----------
    typical : float, optional
        Median of a covariate.
    cv : float
        Coefficient of variation of the value, standard deviation over mean: 0.3 for 30 %. The logarithm
        then has the standard deviation ``sqrt(log(1 + cv**2))``.
    sd, var : float
        Standard deviation or variance of the logarithm; `var` is what NONMEM calls OMEGA, the variance
        of ETA.

    Raises
    ------
    InputError
        If a number cannot be used, or not exactly one spread is given.

    Examples
    --------
    >>> round(LogNormal(cv=0.4).sd_log, 4)
    0.3853
    """

    @property
    def sd_log(self) -> float:
        """Standard deviation of the logarithm."""
        if self.cv is not None:
            return math.sqrt(math.log1p(self.cv**2))
        return _sd(self)

    def values(self, typical: Any, normals: Array) -> Array:
        """Values from standard normal numbers, see `Spread.values`."""
        # what overflows is infinite and leaves the range of any parameter, so that it is drawn again
        with np.errstate(over="ignore", under="ignore"):
            found: Array = typical * np.exp(self.sd_log * normals)
        return found


@dataclass(frozen=True)
class Normal(Spread):
    """Normal: the typical value is the mean.

    Parameters
    ----------
    typical : float, optional
        Mean of a covariate.
    cv : float
        Standard deviation as a fraction of the typical value.
    sd, var : float
        Standard deviation or variance, in the unit of the value or its square.

    Raises
    ------
    InputError
        If a number cannot be used, or not exactly one spread is given.
    """

    def values(self, typical: Any, normals: Array) -> Array:
        """Values from standard normal numbers, see `Spread.values`."""
        found: Array = typical + _scale(self, typical) * normals
        return found


@dataclass(frozen=True)
class LogitNormal(Spread):
    """Normal on the scale of log odds, for fractions: the typical value is the median.

    Parameters
    ----------
    typical : float, optional
        Median.
    sd, var : float
        Standard deviation or variance of the log odds. `cv` is refused, because the same one means
        another spread at every typical value.

    Raises
    ------
    InputError
        If a number cannot be used, or not exactly one spread is given.
    """

    def __post_init__(self) -> None:
        if self.cv is not None:
            raise InputError("cv", self.cv, "sd= or var= of the log odds, which do not depend on the typical value")
        super().__post_init__()
        if self.typical is not None:
            number(self.typical, "typical", low=0.0, high=1.0)

    def values(self, typical: Any, normals: Array) -> Array:
        """Values from standard normal numbers, see `Spread.values`."""
        from scipy.special import expit, logit

        found: Array = expit(logit(typical) + _sd(self) * normals)
        return found


@dataclass(frozen=True)
class Uniform(Spread):
    """Uniform: the typical value is the middle, and the ends are ``sqrt(3)`` standard deviations away.

    Parameters
    ----------
    typical : float, optional
        Middle of a covariate.
    cv : float
        Standard deviation as a fraction of the typical value.
    sd, var : float
        Standard deviation or variance, in the unit of the value or its square.

    Raises
    ------
    InputError
        If a number cannot be used, or not exactly one spread is given.
    """

    def values(self, typical: Any, normals: Array) -> Array:
        """Values from standard normal numbers, see `Spread.values`."""
        from scipy.special import ndtr

        found: Array = typical + math.sqrt(3) * _scale(self, typical) * (2 * ndtr(normals) - 1)
        return found


@dataclass(frozen=True)
class Triangular:
    """Triangular between two limits, most likely at the typical value, which may be a limit itself.

    Parameters
    ----------
    low, high : float
        Limits.

    Raises
    ------
    InputError
        If they are no numbers or not in order.
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "low", number(self.low, "low"))
        object.__setattr__(self, "high", number(self.high, "high"))
        if not self.low < self.high:
            raise InputError("high", self.high, f"a number above low, {self.low:g}")

    def values(self, typical: Any, normals: Array) -> Array:
        """Values from standard normal numbers, see `Spread.values`; raises `InputError` if `typical` is outside."""
        from scipy.special import ndtr

        if not np.all((self.low <= typical) & (typical <= self.high)):
            raise InputError("typical", typical, f"a value within the limits {self.low:g} and {self.high:g}")
        share, width = ndtr(normals), self.high - self.low
        rising, falling = (typical - self.low) * width, (self.high - typical) * width
        below = self.low + np.sqrt(share * rising)
        found: Array = np.where(share * width < typical - self.low, below, self.high - np.sqrt((1 - share) * falling))
        return found

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return _plain(self)


Distribution: TypeAlias = LogNormal | Normal | LogitNormal | Uniform | Triangular

DISTRIBUTIONS: Mapping[str, type[Any]] = {
    kind.__name__: kind for kind in (LogNormal, Normal, LogitNormal, Uniform, Triangular)
}
"""Every distribution by the name of its class."""


def _sd(distribution: Spread) -> float:
    """Standard deviation on the scale of `sd` and `var`."""
    if distribution.sd is not None:
        return distribution.sd
    assert distribution.var is not None
    return math.sqrt(distribution.var)


def _scale(distribution: Spread, typical: Any) -> Any:
    """Standard deviation in the unit of the value."""
    return _sd(distribution) if distribution.cv is None else distribution.cv * np.abs(typical)


def _plain(distribution: Any) -> dict[str, Any]:
    given = {field.name: getattr(distribution, field.name) for field in fields(distribution)}
    return {"kind": type(distribution).__name__, **{name: value for name, value in given.items() if value is not None}}


def from_dict(cells: Any, argument: str) -> Distribution:
    """The distribution that `to_dict` wrote; raises `InputError` if there is none of that kind."""
    kind = cells.get("kind") if isinstance(cells, Mapping) else None
    if not isinstance(kind, str) or kind not in DISTRIBUTIONS:
        raise InputError(argument, cells, f"a distribution of kind {', '.join(DISTRIBUTIONS)}")
    names = [field.name for field in fields(DISTRIBUTIONS[kind])]
    needed = names if kind == Triangular.__name__ else ()
    given = fields_of(cells, argument, ("kind", *needed), {name: None for name in names if name not in needed})
    found: Distribution = DISTRIBUTIONS[kind](**{name: value for name, value in given.items() if name != "kind"})
    return found
