"""What was found of what matters most, in words."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..study.explanation import NOISE
from .pictures import TOP

if TYPE_CHECKING:
    import pandas as pd

    from .asking import Question
    from .local import Elasticities
    from .screening import Screening
    from .variance import SobolIndices

_WIDTH = 110
_NOTHING = "  nothing that is moved changes it"
_SAID = 5
"""Reasons that a text names."""


def of_elasticities(found: Elasticities) -> str:
    """The strongest parameters of each output, with elasticity and ends."""
    lines = _begun(found.question, "One at a time: elasticity, and the output at the ends of the range.")
    shown = ["parameter", "elasticity", "at low", "at high", "low", "high", "typical", "unit", "row", "status"]
    for output, part in found.table.groupby("output", sort=False):
        matters = (part["elasticity"].abs() > NOISE) | (part["swing"] > NOISE * part["value"].abs())
        lines += ["", f"{found.question.named(str(output))}, {part['value'].iloc[0]:.4g} where nothing is moved:"]
        ranged = part["swing"].notna()
        lines += _listed(part[matters & ranged], shown) if (matters & ranged).any() else []
        free = part[matters & ~ranged].sort_values("elasticity", key=abs, ascending=False)
        said = [f"{row['parameter']} {row['elasticity']:.3g} ({row['status']})" for _, row in free.head(TOP).iterrows()]
        lines += textwrap.wrap(f"Without a range, by elasticity: {', '.join(said)}.", _WIDTH) if said else []
        lines += [] if matters.any() or not np.isfinite(part["value"].iloc[0]) else [_NOTHING]
        lines += _reasons(part)
    return "\n".join([*lines, *_ended(found.question, ())])


def of_screening(found: Screening) -> str:
    """The parameters of each output that matter most, with their effects."""
    n = int(found.convergence["n"].max())
    what = f"Elementary effects over whole ranges (Morris), {n} trajectories, {len(found.runs):,} runs."
    lines = _begun(found.question, what)
    shown = ["parameter", "mu_star", "mu_star_conf", "mu", "sigma", "low", "high", "unit", "shape", "row", "status"]
    for output, part in found.table.groupby("output", sort=False):
        lines += ["", f"{found.question.named(str(output))}:"]
        matters = part["mu_star"] > NOISE * part["mu_star"].max()
        lines += _listed(part[matters], shown)
        lines += _settled(found.convergence, part, "mu_star")
    return "\n".join([*lines, *_ended(found.question, found.lost)])


def of_indices(found: SobolIndices) -> str:
    """The parameters of each output that matter most, with their shares."""
    n = int(found.convergence["n"].max())
    lines = _begun(found.question, f"Shares of variance over whole ranges (Sobol), n {n}, {len(found.runs):,} runs.")
    shown = ["parameter", "S1", "S1_conf", "ST", "ST_conf", "low", "high", "unit", "shape", "row", "status"]
    for output, part in found.table.groupby("output", sort=False):
        lines += ["", f"{found.question.named(str(output))}:"]
        if part["ST"].isna().all():
            lines.append(f"  {part['why'].iloc[0]}")
            continue
        lines += _listed(part[part["ST"] > NOISE], shown)
        lines.append(f"First indices add up to {part['S1'].sum():.2f}; what is left is made together.")
        lines += _settled(found.convergence, part, "ST")
    return "\n".join([*lines, *_ended(found.question, found.lost)])


def _begun(question: Question, what: str) -> list[str]:
    return [*textwrap.wrap(question.title, _WIDTH), what]


def _listed(part: pd.DataFrame, shown: Sequence[str]) -> list[str]:
    if not len(part):
        return [_NOTHING]
    text = part[list(shown)].head(TOP).to_string(index=False, float_format=lambda value: f"{value:.3g}", na_rep="-")
    left = len(part) - TOP
    return [text, *[f"({left} more in the table)"] * (left > 0)]


def _settled(every: pd.DataFrame, part: pd.DataFrame, index: str) -> list[str]:
    """By how much the index of the strongest parameter, and any, moved in the last doubling, against its interval."""
    own = every[every["output"] == part["output"].iloc[0]]
    sizes = sorted(set(own["n"]))
    if len(sizes) < 2:
        return []
    before, last = (own[own["n"] == size].set_index("parameter") for size in sizes[-2:])
    moved = (last[index] - before[index]).abs()
    most = str(moved.idxmax())
    within = bool((moved <= last[f"{index}_conf"] + before[f"{index}_conf"]).all())
    return [
        f"From n {sizes[-2]} to {sizes[-1]} {index} moved by at most {moved.max():.2g} ({most}), "
        + ("within the intervals." if within else "more than its intervals say: take a larger n.")
    ]


def _reasons(part: pd.DataFrame) -> list[str]:
    """Why numbers are missing, but for ranges that there are not."""
    alike = set(part["why"].str.removesuffix("; no range"))
    if len(alike) == 1 and len(part) > 1:
        return textwrap.wrap(f"Missing: {alike.pop()}.", _WIDTH) if alike - {"", "no range"} else []
    said = [
        f"{row['parameter']}: {row['why'].removesuffix('; no range')}"
        for _, row in part.iterrows() if row["why"] not in ("", "no range")
    ]  # fmt: skip
    left = len(said) - _SAID
    more = [f"and {left} more in the table"] * (left > 0)
    return textwrap.wrap("Missing: " + "; ".join([*said[:_SAID], *more]) + ".", _WIDTH) if said else []


def _ended(question: Question, lost: Sequence[str]) -> list[str]:
    found = [""]
    for said in lost:
        found += textwrap.wrap(said, _WIDTH)
    if question.held:
        by_reason: dict[str, list[str]] = {}
        for name, why in question.held.items():
            by_reason.setdefault("calibrated" if why.startswith("calibrated") else why, []).append(name)
        parts = "; ".join(f"{', '.join(names)} ({why})" for why, names in by_reason.items())
        found += textwrap.wrap(f"Held: {parts}.", _WIDTH)
    return [*found, f"Weakest evidence: {question.weakest}."]
