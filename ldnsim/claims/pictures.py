"""The picture of a claim: its endpoint, and in which part of the ranges it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..plots.closing import finished
from ..plots.drawing import BLACK, BLUE, GREEN, ORANGE, evidence_line, four_axes
from ..plots.layout import figure_of
from ..plots.lettering import TYPED
from ..results.behind import Shown
from ..results.words import word
from .deciding import BEST
from .telling import best_in_words, headline

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from .robustness import Robustness

GREY = "#999999"

_LEGEND = (
    "Points: share in an equal part of the range, with its 95 % interval; line across: share of all; dotted: typical "
    "value."
)

_PANELS = 4
_BARS = 30


def figure(found: Robustness) -> Figure:
    """The endpoint over the parameter sets or doses, and the share over the ranges of the parameters that decide most.

    Parameters
    ----------
    found : Robustness
        What is drawn.

    Returns
    -------
    matplotlib.figure.Figure
        Up to four panels.
    """
    shown = found.table[found.table["KS"].notna()].head(_PANELS - 1)
    about = found.data
    notes = [
        f"{headline(found)} {best_in_words(found)} Calibrated parameters are held.",
        *[_LEGEND] * bool(len(shown)),
        evidence_line(about, {word(str(name)): Shown(str(name)) for name in about.data_vars}),
    ]
    sentence = found.claim.sentence.replace(" mg", "\N{NO-BREAK SPACE}mg")
    title = f"{sentence}\n{found.claim.name}, assumptions: {about.attrs['assumptions']}"
    axes = four_axes(None, title, notes, 1 + len(shown))
    marks: dict[str, Any] = {}
    if found.best is None:
        _draw_endpoint(axes[0], found)
    else:
        marks = _draw_doses(axes[0], found.best, next(iter(found.claim.endpoints)))
    for ax, (_, row) in zip(axes[1:], shown.iterrows(), strict=True):
        _draw_share(ax, found, row)
    return finished(figure_of(axes[0]), marks={axes[0]: marks} if marks else None)


def _draw_share(ax: Axes, found: Robustness, row: pd.Series[Any]) -> None:
    """In which share of the sets it holds, over the range of one parameter."""
    part = found.bins[found.bins["parameter"] == row["parameter"]]
    low, high, share = (part[name].to_numpy() for name in ("from", "to", "share"))
    many = row["spread"] != "uniform"
    middle = np.sqrt(low * high) if many else (low + high) / 2
    bars = np.abs(part[["low", "high"]].to_numpy().T - share)
    ax.errorbar(middle, share, bars, fmt="o", color=BLUE, markersize=5, linewidth=1.2, capsize=2)
    ax.stairs(share, np.append(low, high[-1]), baseline=None, color=BLUE, alpha=0.5)
    ax.axhline(found.share, color=BLACK, linewidth=0.8)
    ax.axvline(float(row["typical"]), color=ORANGE, linestyle=":", linewidth=1.5)
    if many:
        ax.set_xscale("log")
        ax.set_xticks(*_ticks(low[0], high[-1]))
        ax.set_xticks([], minor=True)
    ax.set_ylim(-0.03, 1.03)
    ax.set_ylabel("Share in which it holds")
    unit = "" if row["unit"] == "1" else f" [{row['unit']}]"
    ax.set_xlabel(f"{row['meaning']}{unit}", **TYPED)
    decides = f"KS {row['KS']:.2f}" + ("" if row["decides"] else ", does not decide") if row["KS"] == row["KS"] else ""
    ax.set_title(f"{row['parameter']} ({row['row']}, {row['status']})", loc="left", fontsize="medium", **TYPED)
    ax.set_title(decides, loc="right", fontsize="small")


def _ticks(low: float, high: float) -> tuple[list[float], list[str]]:
    """Round numbers on a logarithmic axis."""
    tens = 10.0 ** np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
    every = [float(ten * k) for ten in tens for k in (1, 2, 5) if low <= ten * k <= high]
    return every, [f"{value:g}" for value in every]


def _draw_endpoint(ax: Axes, found: Robustness) -> None:
    """The first endpoint over all sets, those in which the claim holds apart."""
    name = next(iter(found.claim.endpoints))
    ended = found.sample[found.sample["holds"].notna() & np.isfinite(found.sample[name])]
    holds = ended["holds"].to_numpy(dtype=bool)
    values = [ended[name].to_numpy()[where] for where in (holds, ~holds)]
    ax.hist(values, bins=_BARS, stacked=True, color=[BLUE, GREY], label=["holds", "does not hold"])
    ax.set_xlabel(name, **TYPED)
    ax.set_ylabel("Parameter sets")


def _draw_doses(ax: Axes, best: pd.DataFrame, name: str) -> dict[str, Any]:
    """The first endpoint over dose, and how often each dose is best, whose bars it returns for the legend."""
    dose = best["dose [mg]"].to_numpy()
    place = np.arange(len(dose))
    ax.fill_between(place, best["5 %"], best["95 %"], color=BLUE, alpha=0.2, linewidth=0, label="90 % of the sets")
    ax.plot(place, best["median"], color=BLUE, marker="o", markersize=3, label="median")
    ax.plot(place, best["typical"], color=ORANGE, linestyle="--", label="typical values")
    ax.set_xticks(place, [f"{value:g}" for value in dose], fontsize="small")
    ax.set_ylabel(name, **TYPED)
    ax.set_xlabel("Dose [mg]")
    often = ax.twinx()
    bars = often.bar(place, best[BEST], width=0.5, color=GREEN, alpha=0.45)
    often.set_ylim(0, 1)
    often.set_ylabel("Share in which a dose is best")
    return {"how often best": bars}
