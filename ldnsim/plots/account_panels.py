"""Panels beyond the four of a run: all messengers, receptors by site, the opioid growth factor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .curves import GROWTH_FACTOR, MESSENGERS, SITE_TONES, SITES
from .panel_drawing import one_panel

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes


def messengers(data: xr.Dataset, ax: Axes | None = None) -> Axes:
    """Every messenger of the inflammatory cascade.

    Parameters
    ----------
    data : xarray.Dataset
        A result or a window of it, of one subject or of a population.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure with a footer if none.

    Returns
    -------
    matplotlib.axes.Axes
        The panel, relative to untreated = 1; of a population medians.

    Raises
    ------
    InputError
        If `data` is no result of ldnsim with something that this panel shows.
    """
    return one_panel(data, ax, MESSENGERS)


def sites(data: xr.Dataset, ax: Axes | None = None) -> Axes:
    """Mu receptors that drug and metabolite hold in the brain, outside it, and in the gut wall.

    Parameters
    ----------
    data : xarray.Dataset
        A result or a window of it, of one subject or of a population.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure with a footer if none.

    Returns
    -------
    matplotlib.axes.Axes
        The panel, occupancy as a fraction; of a population medians.

    Raises
    ------
    InputError
        If `data` is no result of ldnsim with something that this panel shows.
    """
    return one_panel(data, ax, SITES)


def site_tones(data: xr.Dataset, ax: Axes | None = None) -> Axes:
    """Net opioid tone in the brain, outside it, and in the gut wall.

    Parameters
    ----------
    data : xarray.Dataset
        A result or a window of it, of one subject or of a population.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure with a footer if none.

    Returns
    -------
    matplotlib.axes.Axes
        The panel, relative to untreated = 1; of a population medians.

    Raises
    ------
    InputError
        If `data` is no result of ldnsim with something that this panel shows.
    """
    return one_panel(data, ax, SITE_TONES)


def growth_factor(data: xr.Dataset, ax: Axes | None = None) -> Axes:
    """The opioid growth factor, its receptors, their tone, and what they hold back: growth and lymphocytes.

    Parameters
    ----------
    data : xarray.Dataset
        A result or a window of it, of one subject or of a population.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure with a footer if none.

    Returns
    -------
    matplotlib.axes.Axes
        The panel, relative to untreated = 1; of a population medians.

    Raises
    ------
    InputError
        If `data` is no result of ldnsim with something that this panel shows.
    """
    return one_panel(data, ax, GROWTH_FACTOR)
