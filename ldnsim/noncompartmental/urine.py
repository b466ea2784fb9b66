"""What was collected of urine: volume and amount of each profile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..base.errors import InputError
from ..base.reading import columns_of_frame
from .areas import Array

if TYPE_CHECKING:
    import pandas as pd


def collected(urine: Any, keys: pd.DataFrame) -> tuple[Array, Array]:
    """Volume and amount of what each profile's subject passed.

    Parameters
    ----------
    urine : pandas.DataFrame, polars.DataFrame or mapping of str to array_like
        A row a collection: ``concentration`` in it, its ``volume``, in units whose product is that of the dose, and
        the columns that tell profiles apart.
    keys : pandas.DataFrame
        What tells profiles apart.

    Returns
    -------
    volume, amount : ndarray, shape (n_profiles,)
        Sums over the collections; nan where one of them lacks a number, or there are none.

    Raises
    ------
    InputError
        If a column is missing, or a number is below zero.
    """
    import pandas as pd

    names = columns_of_frame(urine, "a frame with concentration and volume of each collection")
    wanted: Sequence[str] = [*map(str, keys.columns), "concentration", "volume"]
    for name in wanted:
        if name not in names:
            raise InputError("urine", [str(one) for one in names], f"the column {name} too")
    table = pd.DataFrame({name: list(urine[name]) for name in wanted})
    for name in ("concentration", "volume"):
        table[name] = pd.to_numeric(table[name], errors="coerce")
        if (table[name] < 0).any():
            raise InputError(f"urine, column {name}", float(table[name].min()), "nothing below zero")
    table["amount"] = table["concentration"] * table["volume"]
    found = np.full((2, len(keys)), np.nan)
    for row, label in enumerate(keys.itertuples(index=False)):
        mine = np.ones(len(table), dtype=bool)
        for name, one in zip(keys.columns, label, strict=True):
            mine &= (table[name] == one).to_numpy()
        if mine.any():
            found[0, row] = table["volume"][mine].sum(skipna=False)
            found[1, row] = table["amount"][mine].sum(skipna=False)
    return found[0], found[1]
