"""What a nightly dose does in the long run, against the dose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Unpack

from ..base.errors import InputError
from ..results.behind import Shown
from ..results.over_time import Array
from ..results.readings import NEAR, plateau
from ..results.words import word
from .closing import noted
from .curves import BETA_ENDORPHIN, MU_RECEPTORS, TONE, Curve
from .drawing import BLACK, BLUE, evidence_line, footer_of, four_axes, keep
from .fitted import fit, titled
from .inks import Palette
from .legends import legend
from .plot_options import FigureOptions, check_options

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes


def dose_response(
    data: xr.Dataset, ax: Axes | None = None, *, log: bool | None = None, **options: Unpack[FigureOptions]
) -> Axes:
    """Net tone, peptide and receptors against dose, where less is more; of another model what it observes.

    Parameters
    ----------
    data : xarray.Dataset
        From ``ldnsim.dose_response``.
    ax : matplotlib.axes.Axes, optional
        Where to draw.
    log : bool, optional
        Whether doses stand on a logarithmic axis, in which 0 has a place of its own; by default they do.
    **options
        As `ldnsim.plots.plot_options.FigureOptions` has them.

    Returns
    -------
    matplotlib.axes.Axes
        The panel, daily means over dose [mg], relative to untreated = 1, or in the unit of what is observed.

    Raises
    ------
    InputError
        If `data` is no dose-response of ldnsim, or an option does not fit.
    """
    check_options(options, FigureOptions)
    observed = getattr(data, "attrs", {}).get("observed", "tone")
    if not hasattr(data, "data_vars") or "dose" not in data.dims or observed not in data.data_vars:
        raise InputError("data", type(data).__name__, "the data of a dose-response of ldnsim")
    curves = _TONE if observed == "tone" else {observed: Curve(Shown(observed), word(observed), BLUE)}
    names = {curve.title: name for name, curve in curves.items()} | {name: name for name in curves}
    palette = Palette(options.get("colors"), names)
    colours = {name: palette.of(name, curve.colour) for name, curve in curves.items()}
    shown = {"net tone": Shown("tone"), "blockade": Shown("hours_blocked")}
    shown = shown if observed == "tone" else {word(observed): Shown(observed)}
    notes = [evidence_line(data, shown, footer_of(options.get("footer"), ax))]
    axes: Axes = four_axes(ax, "", notes, 1, options.get("width"), "ax")[0]
    dose = data["dose"].values
    if observed == "tone":
        _draw_tone(axes, data, colours)
        axes.set_ylabel("Daily mean relative to untreated = 1")
    else:
        axes.plot(
            dose, data[observed].values, color=colours[observed], marker="o", linewidth=TONE.width, label=word(observed)
        )
        axes.set_ylabel(f"Daily mean [{data[observed].attrs['units']}]")
    _dose_axis(axes, dose, log=log is None or log)
    fit(axes)
    titled(axes, str(data.attrs["title"]), str(data.attrs["assumptions"]))
    legend(axes)
    keep(axes, data)
    noted([axes], notes)
    return axes


_TONE = {"peptide": BETA_ENDORPHIN, "receptors": MU_RECEPTORS, "tone": TONE}
"""Curves of a dose-response by their variables."""


def _dose_axis(axes: Axes, dose: Array, *, log: bool) -> None:
    """Doses along the axis, some of them named."""
    positive = dose[dose > 0]
    axes.set_xlabel("Nightly dose [mg]")
    if not log:
        axes.set_xscale("linear")
        return
    if len(positive) == len(dose):
        axes.set_xscale("log")
    elif len(positive):
        axes.set_xscale("symlog", linthresh=float(positive.min()))
    ticks = [value for value in (0.0, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0) if dose.min() <= value <= dose.max()]
    axes.set_xticks(ticks or dose.tolist(), [f"{value:g}" for value in ticks or dose.tolist()])
    axes.set_xticks([], minor=True)


def _draw_tone(axes: Axes, data: xr.Dataset, colours: Mapping[str, Any]) -> None:
    """Net tone with what it is made of, and where it is highest, which the legend says."""
    dose, tone = data["dose"].values, data["tone"].values
    axes.axhline(1.0, color=BLACK, linewidth=0.8)
    for name, curve in _TONE.items():
        axes.plot(dose, data[name].values, color=colours[name], linestyle=curve.style, label=curve.title)
    axes.lines[-1].set(marker="o", linewidth=TONE.width)
    axes.fill_between(dose, 1.0, tone, where=tone > 1.0, interpolate=True, color=colours["tone"], alpha=0.15)
    if tone.max() > 1:
        best, low, high = plateau(dose, tone)
        near = f"{low:g} to {high:g} mg" if low < high else "no other dose"
        axes.plot([best], [tone.max()], "o", color=colours["tone"], markeredgecolor=BLACK, markersize=10,
                  markerfacecolor="none", markeredgewidth=1.5, clip_on=False, linestyle="none",
                  label=f"best: {best:g} mg, {tone.max() - 1:+.0%}\nat the ledger's typical values;\n"
                        f"{near} within {NEAR:.0%} of it")  # fmt: skip
