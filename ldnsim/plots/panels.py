"""The panels of a run: plasma, blockade, rebound and inflammation, as curves of one subject or bands of many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .curves import BLOCKADE, INFLAMMATION, PLASMA, REBOUND, STORY, TOLD
from .doses import dose_response
from .drawing import clock_axis, evidence_line
from .overlays import compare
from .panel_drawing import one_panel, picture
from .subject_plots import course_of

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

__all__ = [
    "blockade",
    "clock_axis",
    "compare",
    "course_of",
    "dose_response",
    "footer_text",
    "four_panels",
    "inflammation",
    "plasma",
    "rebound",
]


def plasma(data: xr.Dataset, ax: Axes | None = None, *, log: bool = False) -> Axes:
    """Plasma levels of the drug and its metabolites.

    Parameters
    ----------
    data : xarray.Dataset
        A result or a window of it, of one subject or of a population.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure with a footer if none.
    log : bool
        Logarithmic levels; zeros, and levels below a ten-thousandth of the highest, leave a gap.

    Returns
    -------
    matplotlib.axes.Axes
        The panel, levels in ng/mL; of a population, as in the other panels, medians with the bands that hold 50 % and
        90 % of people, who are counted in the legend.

    Raises
    ------
    InputError
        If `data` is no result of ldnsim with something that this panel shows.
    """
    return one_panel(data, ax, PLASMA, log=log)


def blockade(data: xr.Dataset, ax: Axes | None = None) -> Axes:
    """Occupancy of opioid receptors and functional block of an agonist; of one subject shaded what counts as blocked.

    Parameters
    ----------
    data : xarray.Dataset
        A result or a window of it, of one subject or of a population.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The panel, fractions of receptors held and of the agonist's effect blocked. Its title says how long what counts
        as blocked lasts (`ldnsim.results.blockade`), its legend how long the other meanings of blockade do.

    Raises
    ------
    InputError
        If `data` is no result of ldnsim with something that this panel shows.
    """
    return one_panel(data, ax, BLOCKADE)


def rebound(data: xr.Dataset, ax: Axes | None = None) -> Axes:
    """Beta-endorphin, mu receptors and net tone against the untreated baseline.

    Longer than three days the thick lines are daily means; of one subject the thin ones are the course within days.

    Parameters
    ----------
    data : xarray.Dataset
        A result or a window of it, of one subject or of a population.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The panel, relative to untreated = 1.

    Raises
    ------
    InputError
        If `data` is no result of ldnsim with something that this panel shows.
    """
    return one_panel(data, ax, REBOUND)


def inflammation(data: xr.Dataset, ax: Axes | None = None) -> Axes:
    """TLR4 inhibition and the cytokines behind it.

    Parameters
    ----------
    data : xarray.Dataset
        A result or a window of it, of one subject or of a population.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The panel: inhibition as a fraction, cytokines relative to untreated = 1.

    Raises
    ------
    InputError
        If `data` is no result of ldnsim with something that this panel shows.
    """
    return one_panel(data, ax, INFLAMMATION)


def four_panels(data: xr.Dataset, axes: Any = None) -> Any:
    """Plasma, blockade, rebound and, where the drug has any, inflammation in one figure.

    Of a run longer than three days, plasma and blockade show the last two days, rebound and inflammation the whole
    course as daily means. Where only quantiles were kept, these are daily means of the quantiles, which is said. A
    panel whose variables were not kept says so.

    Parameters
    ----------
    data : xarray.Dataset
        A result of one subject, or of a population of single people or of the quantiles 0.05, 0.25, 0.5, 0.75, 0.95.
    axes : sequence of 4 matplotlib.axes.Axes, optional
        Where to draw; a new figure with title and footer if none.

    Returns
    -------
    ndarray of matplotlib.axes.Axes, shape (4,)
        The panels. People whose run did not finish are left out and counted in legends and footer.

    Raises
    ------
    InputError
        If `data` is no result of ldnsim with a variable of these panels, or `axes` are not four.
    """
    return picture(data, STORY, "axes", ax=axes)


def footer_text(data: xr.Dataset) -> str:
    """Assumptions and weakest evidence of a result, in one paragraph.

    Parameters
    ----------
    data : xarray.Dataset
        A result.

    Returns
    -------
    str
        The text of the footer.
    """
    return evidence_line(data, {title: one for title, one in TOLD.items() if one.name in data.data_vars})
