"""The picture of a claim: in which part of the ranges it holds, and which dose is best."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..plots.drawing import BLACK, BLUE, GREEN, ORANGE, evidence_line, four_axes
from ..plots.lettering import TYPED, folded
from ..results.behind import Shown
from ..results.words import word
from .deciding import BEST
from .telling import best_in_words, headline

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from .robustness import Robustness

_PANELS = 4


def figure(found: Robustness) -> Figure:
    """Share of the parameter sets over the ranges of the parameters that decide most, and the best doses.

    Parameters
    ----------
    found : Robustness
        What is drawn.

    Returns
    -------
    matplotlib.figure.Figure
        Up to four panels.
    """
    doses = found.best is not None
    shown = found.table.head(_PANELS - doses)
    about = found.data
    notes = [
        f"{headline(found)} {best_in_words(found)}",
        "Points: share in an equal part of the range, with its 95 % interval; line across: share of all; dotted: "
        "typical value. Calibrated parameters are held.",
        evidence_line(about, {word(str(name)): Shown(str(name)) for name in about.data_vars}),
    ]
    sentence = found.claim.sentence.replace(" mg", "\N{NO-BREAK SPACE}mg")
    title = f"{sentence}\n{found.claim.name}, assumptions: {about.attrs['assumptions']}"
    axes = four_axes(None, title, notes, doses + len(shown))
    if doses:
        _draw_doses(axes[0], found)
    for ax, (_, row) in zip(axes[doses:], shown.iterrows(), strict=True):
        _draw_share(ax, found, row)
    made: Figure = axes[0].figure
    return made


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
    ax.set_xlabel(folded(f"{row['meaning']}{unit}", 50), **TYPED)
    decides = f"KS {row['KS']:.2f}" + ("" if row["decides"] else ", does not decide") if row["KS"] == row["KS"] else ""
    ax.set_title(f"{row['parameter']} ({row['row']}, {row['status']})", loc="left", fontsize="medium", **TYPED)
    ax.set_title(decides, loc="right", fontsize="small")


def _ticks(low: float, high: float) -> tuple[list[float], list[str]]:
    """Round numbers on a logarithmic axis."""
    tens = 10.0 ** np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
    every = [float(ten * k) for ten in tens for k in (1, 2, 5) if low <= ten * k <= high]
    return every, [f"{value:g}" for value in every]


def _draw_doses(ax: Axes, found: Robustness) -> None:
    """The first endpoint over dose, and how often each dose is best."""
    best = found.best
    assert best is not None
    dose = best["dose [mg]"].to_numpy()
    ax.fill_between(dose, best["5 %"], best["95 %"], color=BLUE, alpha=0.2, linewidth=0, label="90 % of the sets")
    ax.plot(dose, best["median"], color=BLUE, label="median")
    ax.plot(dose, best["typical"], color=ORANGE, linestyle="--", label="typical values")
    ax.axhline(1.0, color=BLACK, linewidth=0.8)
    ax.set_ylabel(next(iter(found.claim.endpoints)))
    ax.set_xlabel("Dose [mg]")
    often = ax.twinx()
    often.bar(dose, best[BEST], width=0.16 * dose, color=GREEN, alpha=0.6, label="how often best")
    often.set_ylim(0, 3 * max(best[BEST].max(), 1e-9))
    often.set_ylabel("Share in which a dose is best")
    if dose[0] > 0:
        ax.set_xscale("log")
        ax.set_xticks(dose, [f"{value:g}" for value in dose], fontsize="small")
        ax.set_xticks([], minor=True)
    (drawn, labels), (bars, label) = (panel.get_legend_handles_labels() for panel in (ax, often))
    place: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (0.0, 1.0), "ncols": 2}
    ax.legend(drawn + bars, labels + label, fontsize="small", frameon=False, **place)
