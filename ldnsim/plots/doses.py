"""What a nightly dose does in the long run, against the dose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..base.errors import InputError
from ..results.behind import Shown
from ..results.readings import NEAR, plateau
from ..results.words import word
from .curves import BETA_ENDORPHIN, MU_RECEPTORS, TONE
from .drawing import BLACK, BLUE, evidence_line, keep, new_axes
from .lettering import TYPED

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes


def dose_response(data: xr.Dataset, ax: Axes | None = None) -> Axes:
    """Net tone, peptide and receptors against dose, where less is more; of another model what it observes.

    Parameters
    ----------
    data : xarray.Dataset
        From ``ldnsim.dose_response``.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The panel, daily means over dose [mg], relative to untreated = 1, or in the unit of what is observed.

    Raises
    ------
    InputError
        If `data` is no dose-response of ldnsim.
    """
    observed = getattr(data, "attrs", {}).get("observed", "tone")
    if not hasattr(data, "data_vars") or "dose" not in data.dims or observed not in data.data_vars:
        raise InputError("data", type(data).__name__, "the data of a dose-response of ldnsim")
    shown = {"net tone": Shown("tone"), "blockade": Shown("hours_blocked")}
    notes = [evidence_line(data, shown if observed == "tone" else {word(observed): Shown(observed)})]
    axes = new_axes(notes) if ax is None else ax
    dose = data["dose"].values
    if observed == "tone":
        _draw_tone(axes, data)
        axes.set_ylabel("Daily mean relative to untreated = 1")
    else:
        axes.plot(dose, data[observed].values, color=BLUE, marker="o", linewidth=TONE.width, label=word(observed))
        axes.set_ylabel(f"Daily mean [{data[observed].attrs['units']}]")
    positive = dose[dose > 0]
    if len(positive) == len(dose):
        axes.set_xscale("log")
    elif len(positive):
        axes.set_xscale("symlog", linthresh=float(positive.min()))
    ticks = [value for value in (0.0, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0) if dose.min() <= value <= dose.max()]
    axes.set_xticks(ticks or dose.tolist(), [f"{value:g}" for value in ticks or dose.tolist()])
    axes.set_xticks([], minor=True)
    axes.set_xlabel("Nightly dose [mg]")
    axes.set_title(str(data.attrs["title"]), loc="left", **TYPED)
    axes.set_title(str(data.attrs["assumptions"]), loc="right", fontsize="small", **TYPED)
    axes.legend(loc="best", fontsize="small")
    keep(axes, data)
    return axes


def _draw_tone(axes: Axes, data: xr.Dataset) -> None:
    """Net tone with what it is made of, and where it is highest."""
    dose, tone = data["dose"].values, data["tone"].values
    axes.axhline(1.0, color=BLACK, linewidth=0.8)
    for name, curve in (("peptide", BETA_ENDORPHIN), ("receptors", MU_RECEPTORS), ("tone", TONE)):
        axes.plot(dose, data[name].values, color=curve.colour, linestyle=curve.style, label=curve.title)
    axes.lines[-1].set(marker="o", linewidth=TONE.width)
    axes.fill_between(dose, 1.0, tone, where=tone > 1.0, interpolate=True, color=BLUE, alpha=0.15)
    if tone.max() > 1:
        best, low, high = plateau(dose, tone)
        near = f"{low:g} to {high:g} mg" if low < high else "no other dose"
        # at an end of the axis it would lie over what stands beside the panel
        side = "left" if best == dose[0] else "right" if best == dose[-1] else "center"
        axes.annotate(
            f"best: {best:g} mg, {tone.max() - 1:+.0%}\n"
            f"at the ledger's typical values;\n{near} within {NEAR:.0%} of it",
            (best, tone.max()), xytext=(0, -64), textcoords="offset points", ha=side,
            arrowprops={"arrowstyle": "-", "color": BLACK},
        )  # fmt: skip
