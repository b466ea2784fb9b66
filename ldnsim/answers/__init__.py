"""Answers instead of curves: how long above a threshold and when, what a rebound repays, when a drug is gone.

Each is a function of a result or a regimen, and each number of one is also offered as a callable that
`ldnsim.Ensemble.endpoints` takes (`hours_above` and the others of `ldnsim.answers.wanted`), for sensitivity and design.
Imports `ldnsim.simulation` and what stands below; the command line imports it, and rooms of the row above may.
"""

from .agonists import Agonist, AgonistLeft, agonist_left, agonists
from .repaying import Rebound, rebound
from .time_above import Windows, windows
from .wanted import (
    Answer,
    break_even,
    hours_above,
    hours_below,
    hours_until_below,
    longest_above,
    net_area,
    rebound_area,
    suppressed_area,
    window_end,
    window_start,
)
from .washing_out import Washout, washout

__all__ = [
    "Agonist",
    "AgonistLeft",
    "Answer",
    "Rebound",
    "Washout",
    "Windows",
    "agonist_left",
    "agonists",
    "break_even",
    "hours_above",
    "hours_below",
    "hours_until_below",
    "longest_above",
    "net_area",
    "rebound",
    "rebound_area",
    "suppressed_area",
    "washout",
    "window_end",
    "window_start",
    "windows",
]
