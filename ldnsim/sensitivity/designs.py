"""What both designs over whole ranges share: SALib, blocks of runs, and what is left of them where runs fail."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..base.errors import InputError, MissingExtra, SolverError
from ..base.reading import whole_number
from ..base.streams import MAX_SEED
from ..population.spans import Array
from ..results.over_time import FINISHED
from .asking import Progress, Question

if TYPE_CHECKING:
    import pandas as pd

MOST_LOST = 0.2
"""Largest share of blocks that may be left out because a run of theirs has no value [1]."""

CONFIDENCE = 0.95
RESAMPLES = 100
"""Bootstrap samples behind an interval."""

MOST_RUNS = 10_000_000

_FLAT = 1e-6
"""Spread of an output, over its size, below which it is what the solver errs by [1]."""


def salib() -> None:
    """Ask for SALib; raises `MissingExtra`."""
    if find_spec("SALib") is None:
        raise MissingExtra("SALib", "sensitivity")


def seeds(seed: object) -> tuple[int, int]:
    """Seeds of design and bootstrap, from that of the user; none of both is 0, which SALib takes for none."""
    first, second = np.random.default_rng(whole_number(seed, "seed", high=MAX_SEED)).integers(1, 2**31, size=2).tolist()
    return int(first), int(second)


def check_size(n: int, block: int) -> None:
    """Refuse designs of more runs than anybody waits for."""
    if n * block > MOST_RUNS:
        raise InputError("n", n, f"at most {MOST_RUNS // block}, as {block} runs make a block")


def problem_of(question: Question) -> dict[str, Any]:
    """What is moved, as SALib knows it: shares from 0 to 1."""
    names = [one.name for one in question.factors]
    return {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names), "groups": None}


def run_all(question: Question, shares: Array, progress: Progress, *, whole: bool) -> pd.DataFrame:
    """Runs at shares of the ranges, shape (n_runs, n_factors); raises `SolverError` where none finished."""
    columns = {one.name: one.values(shares[:, place], whole=whole) for place, one in enumerate(question.factors)}
    found = question.run(columns, progress)
    if not found["status"].isin(FINISHED).any():
        raise SolverError(f"no run of the design finished: {found['reason'].iloc[0]}")
    return found


def whole_blocks(runs: pd.DataFrame, output: str, block: int) -> NDArray[np.bool_]:
    """Which blocks have a value of an output in each of their runs.

    Parameters
    ----------
    runs : pandas.DataFrame
        Blocks of runs, one after the other.
    output : str
        Which output.
    block : int
        Runs in a block.

    Returns
    -------
    ndarray of bool, shape (n_blocks,)
        Those that can be used.

    Raises
    ------
    InputError
        If there are too few.
    """
    valued = np.isfinite(runs[output].to_numpy(dtype=float))
    kept: NDArray[np.bool_] = valued.reshape(-1, block).all(axis=1)
    lost = 1 - float(kept.mean())
    if lost > MOST_LOST:
        said = f"{100 * lost:.3g} % of {kept.size} blocks have a run without a value"
        most = f"at most {100 * MOST_LOST:g} % of blocks lost"
        if 2 * (~runs["status"].isin(FINISHED)).sum() > (~valued).sum():
            raise InputError("over", said, f"ranges in which runs can be done ({most}); most often: {_why(runs)}")
        raise InputError("wanted", f"{output}: {said}", f"an output that has a value all over the ranges ({most})")
    return kept


def flat(values: Array) -> bool:
    """Whether an output does not vary beyond what the solver errs by."""
    return bool(np.ptp(values) <= _FLAT * np.abs(values).max())


def growing(kept: NDArray[np.bool_], least: int) -> list[tuple[int, NDArray[np.int64]]]:
    """Sizes of growing parts of a design, with the places of the blocks in each that can be used: so many at least."""
    parts = {size: np.flatnonzero(kept[:size]) for size in (kept.size // 8, kept.size // 4, kept.size // 2)}
    return [(size, used) for size, used in parts.items() if len(used) >= least] + [(kept.size, np.flatnonzero(kept))]


def lost_in_words(question: Question, runs: pd.DataFrame, block: int) -> Sequence[str]:
    """What was left out of each output, a sentence each."""
    found = []
    failed = int((~runs["status"].isin(FINISHED)).sum())
    for output in question.outputs:
        valued = np.isfinite(runs[output].to_numpy(dtype=float)).reshape(-1, block)
        lost = int((~valued.all(axis=1)).sum())
        if lost:
            without = int((~valued).sum()) - failed
            parts = [f"{failed} runs failed (most often: {_why(runs)})"] if failed else []
            parts += [f"{without} have no value"] * bool(without)
            found.append(f"{output}: {lost} of {len(valued)} blocks of {block} runs were left out: {', '.join(parts)}.")
    return found


def tables(question: Question, rows: list[dict[str, Any]], n: int, by: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Numbers of the whole design, the one that matters most first, and of its growing parts."""
    import pandas as pd

    every = pd.DataFrame(rows)
    told = {one.name: one.told() for one in question.factors}
    whole = every[every["n"] == n].drop(columns=["n", "used"])
    parts = [part.sort_values(by, ascending=False, kind="stable") for _, part in whole.groupby("output", sort=False)]
    table = pd.concat(parts, ignore_index=True)
    table["output unit"] = table["output"].map(dict(question.units))
    about = pd.DataFrame([told[name] for name in table["parameter"]])
    return pd.concat([table, about], axis=1), every


def _why(runs: pd.DataFrame) -> str:
    """What most of the runs that failed have said."""
    return str(runs["reason"][~runs["status"].isin(FINISHED)].mode().iloc[0])
