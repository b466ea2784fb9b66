"""What is known of a claim, in words."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from ..ledger.evidence import ledger
from ..population.spans import CALIBRATED, SWITCH
from ..results.blockade import means
from ..results.readings import BLOCKED, NEAR, plateau
from .deciding import BEST, SIGNIFICANT

if TYPE_CHECKING:
    import pandas as pd

    from .robustness import Robustness

_WIDTH = 110
_SHOWN = ("parameter", "row", "status", "low", "high", "unit", "spread", "typical", "KS", "p",
          "median where it holds", "median where not")  # fmt: skip


def percent(share: float) -> str:
    """A share in percent."""
    return f"{100 * share:.3g} %"


def headline(found: Robustness) -> str:
    """In which share of the parameter sets it holds, and whether at the typical values."""
    low, high = found.interval
    at = {True: "holds", False: "does not hold", None: "could not be run"}[found.typical]
    blocked = BLOCKED & set(found.claim.endpoints)
    counted = f" What counts as blocked at these: {means(found.data)}." if blocked else ""
    return (
        f"Holds in {percent(found.share)} of {found.sets['finished']} parameter sets (95 % interval {percent(low)} to "
        f"{percent(high)}); {at} at the ledger's typical values.{counted}"
    )


def best_in_words(found: Robustness) -> str:
    """The best dose over the parameter sets and at the typical values; empty for a claim without doses."""
    ends = found.best_dose
    if found.best is None or ends is None:
        return ""
    low, middle, high = ends
    text = f"Best dose: {middle:g} mg (median; 90 % of the sets: {low:g} to {high:g} mg)"
    if found.claim.doses[0] == 0:
        text += f", no dose at all in {percent(found.best[BEST][0])} of them"
    doses, typical = found.best["dose [mg]"].to_numpy(), found.best["typical"].to_numpy()
    if not np.isfinite(typical).all():
        return text + "."
    best, least, most = plateau(doses, typical)
    return f"{text}; {best:g} mg at the typical values, with {least:g} to {most:g} mg within {percent(NEAR)} of it."


def deciding_in_words(found: Robustness) -> str:
    """Which parameters decide."""
    if not 0 < found.share < 1:
        return "Nothing decides: it holds in " + ("all" if found.share else "none") + " of them."
    if not found.deciding:
        return f"No parameter can be told to decide by itself (each p above {SIGNIFICANT:g}, times their number)."
    return "Decided by " + ", ".join(_cited(found.table[found.table["decides"]])) + "."


def guesses(found: Robustness) -> list[str]:
    """Rows behind it that are assumed and tuned to nothing, with what they mean."""
    behind = [*found.table["row"], *found.held["row"][~found.held["why"].eq(SWITCH)]]
    rows = [ledger().parameters[row] for row in dict.fromkeys(behind) if row]
    return [f"{row.id} {row.quantity}" for row in rows if row.status == "assumed" and not row.target]


def tell(found: Robustness) -> str:
    """Everything about it."""
    one, about, table, held = found.claim, found.data.attrs, found.table, found.held
    given = f"{one.regimen}" + (", from steady state" if one.start == "steady-state" else "")
    doses = f"; doses {', '.join(f'{dose:g}' for dose in one.doses)} mg" if one.doses else ""
    sets = ", ".join(f"{count} {how}" for how, count in found.sets.items())
    columns = {"low": _short, "high": _short, "typical": _short, "KS": "{:.2f}".format, "p": "{:.2g}".format,
               **dict.fromkeys(_SHOWN[-2:], _short)}  # fmt: skip
    lines = [
        *_folded(f"Claim {one.name}: {one.sentence}"),
        *_folded(f"{given}{doses}; assumptions: {about['assumptions']} ({about['assumptions_in_full']})"),
        "",
        *_folded(headline(found)),
        *_folded(best_in_words(found)),
        *_folded(deciding_in_words(found)),
        *_folded(f"Sets: {found.n} in a Latin hypercube, seed {found.seed}: {sets}."),
        *_folded(_without_a_value(found)),
        "",
        f"Varied, {len(table)} parameters over the ranges of their rows, each by itself (KS: how far apart the values "
        "where it",
        "holds lie from those where not; p times the number of parameters):",
        table[list(_SHOWN)].to_string(index=False, formatters=columns, na_rep="-"),
        "",
        f"Held, {len(held)} parameters:",
    ]
    calibrated = held["why"].str.startswith(CALIBRATED)
    for _, row in held[calibrated].iterrows():
        lines += _folded(f"- {row['parameter']} {_with_unit(row['value'], row['unit'])} ({row['row']}), {row['why']}")
    if calibrated.any():
        lines += _folded(
            "  These were solved at typical values and stay there: the share says how sensitive the "
            "claim is to the rest while they do, not what it would be were they solved again."
        )
    for why, some in held[~calibrated].groupby("why", sort=False):
        names = ", ".join(
            f"{name} ({row})" if row else name for name, row in zip(some["parameter"], some["row"], strict=True)
        )
        lines += _folded(f"- {why}: {names}")
    lines += ["", *_folded(f"Weakest evidence: {found.weakest}.")]
    guessed = guesses(found)
    if guessed:
        lines += _folded(f"Guessed, and tuned to nothing: {'; '.join(guessed)}.")
    return "\n".join(lines)


def _without_a_value(found: Robustness) -> str:
    """What the claim had to be asked of without a number."""
    ended = found.sample["holds"].notna()
    read = found.sample.columns.difference([*found.table["parameter"], "holds", "status", "reason"])
    count = int(found.sample.loc[ended, read].isna().any(axis=1).sum())
    return (
        f"In {count} of them an endpoint has no value; whether the claim holds there is what it makes of that."
        if count
        else ""
    )


def _cited(table: pd.DataFrame) -> Iterable[str]:
    for _, row in table.iterrows():
        yield f"{row['parameter']} ({row['row']} {row['meaning']}; KS {row['KS']:.2f})"


def _with_unit(value: float, unit: str) -> str:
    return f"{value:.4g} {unit}".removesuffix(" 1")


def _short(value: float) -> str:
    return "-" if np.isnan(value) else f"{value:.3g}"


def _folded(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH)
