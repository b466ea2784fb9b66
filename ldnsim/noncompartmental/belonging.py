"""What belongs to each profile of a frame: doses, their times and routes, however they are said."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..base.errors import InputError
from ..base.reading import number
from ..base.units import parts_of
from .areas import Array
from .rules import route_of

if TYPE_CHECKING:
    import pandas as pd


class Belonging:
    """What belongs to each profile: said once for all, by subject, in a column, or for each interval."""

    def __init__(
        self, table: pd.DataFrame, rows: Sequence[NDArray[np.int64]], labels: Sequence[tuple[Any, ...]],
        keys: Sequence[str], plain: Mapping[str, tuple[str, str]],
    ) -> None:  # fmt: skip
        self.table, self.rows, self.labels, self.keys, self.plain = table, rows, labels, keys, plain

    def each(self, given: Any, argument: str, spans: Sequence[tuple[float, float]]) -> list[Any]:
        """One value for each profile."""
        parts = len(spans)
        if isinstance(given, Mapping):
            known = {label[0] if len(label) == 1 else label for label in self.labels}
            unknown = [key for key in given if key not in known]
            missing = [key for key in known if key not in given]
            if unknown or missing:
                raise InputError(
                    argument, unknown or missing, f"a value for each of {', '.join(map(str, sorted(known, key=str)))}"
                )
            return [given[label[0] if len(label) == 1 else label] for label in self.labels for _ in range(parts)]
        named = self._column(given)
        if named is not None:
            return [self._same(named, mine) for mine in self.rows for _ in range(parts)]
        if isinstance(given, list | tuple | np.ndarray) and np.ndim(given) == 1:
            size = parts if parts > 1 else len(self.labels)
            if len(given) != size:
                raise InputError(argument, list(given), f"one value, or one for each of {size} profiles")
            one_each = list(given)
            return one_each * len(self.labels) if parts > 1 else one_each
        return [given] * (len(self.labels) * parts)

    def _column(self, given: Any) -> str | None:
        if not isinstance(given, str):
            return None
        return next((name for name in self.plain if given in (name, self.plain[name][0])), None)

    def _same(self, name: str, mine: NDArray[np.int64]) -> Any:
        values = self.table[name].iloc[mine]
        there = values[values.notna()]
        if not len(there):
            return math.nan
        if there.nunique() > 1:
            raise InputError(name, there.unique().tolist()[:5], "one value in all rows of a profile")
        return there.iloc[0]

    def of(self, given: Any, argument: str, spans: Sequence[tuple[float, float]], low: float = -math.inf) -> Array:
        """Numbers, nan where none is given."""
        found = []
        for one in self.each(given, argument, spans):
            if one is None or (isinstance(one, float | np.floating) and math.isnan(one)):
                found.append(math.nan)
            else:
                found.append(number(one, argument, low=low))
        return np.array(found)

    def dose(self, given: Any, spans: Sequence[tuple[float, float]]) -> tuple[Array, str]:
        """How much was given, and its unit where that is said."""
        found, units = [], set()
        column = self._column(given)
        if column is not None and self.plain[column][1]:
            units.add(self.plain[column][1])
        for one in self.each(given, "dose", spans):
            if isinstance(one, str) or hasattr(one, "magnitude"):
                amount, unit = parts_of(one, "dose", "a number, such as 320 or '320 mg', or a column of the frame")
                units.add(unit)
                found.append(number(amount, "dose", low=0.0))
            elif one is None or (isinstance(one, float | np.floating) and math.isnan(one)):
                found.append(math.nan)
            else:
                found.append(number(one, "dose", low=0.0))
        if len(units) > 1:
            raise InputError("dose", sorted(units), "doses in one unit")
        return np.array([math.nan if amount == 0 else amount for amount in found]), "".join(units)

    def routes(self, given: Any, spans: Sequence[tuple[float, float]]) -> NDArray[np.str_]:
        """How doses were given."""
        return np.array([route_of(one) for one in self.each(given, "route", spans)])
