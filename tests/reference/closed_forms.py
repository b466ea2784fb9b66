"""Closed forms of small models, written down from textbooks, for doses given at time 0.

Gabrielsson and Weiner, Pharmacokinetic and Pharmacodynamic Data Analysis; Gibaldi and Perrier, Pharmacokinetics.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Terms = list[tuple[float, float]]
"""Coefficients and rate constants of a sum of exponentials."""


def one(volume: float, clearance: float) -> Terms:
    """Amount after a unit bolus into one compartment."""
    return [(1.0, clearance / volume)]


def two(clearance: float, v1: float, q: float, v2: float) -> Terms:
    """Central amount after a unit bolus into the first of two compartments."""
    k10, k12, k21 = clearance / v1, q / v1, q / v2
    total = k10 + k12 + k21
    root = np.sqrt(total * total - 4 * k10 * k21)
    fast = (total + root) / 2
    # the product of both is k10 * k21; the difference would lose digits
    slow = k10 * k21 / fast
    return [((fast - k21) / (fast - slow), fast), ((k21 - slow) / (fast - slow), slow)]


def bolus(terms: Terms, dose: float, time: Array) -> Array:
    """After a bolus; nothing before time 0."""
    since = np.maximum(time, 0.0)
    return np.where(time >= 0, dose * sum(c * np.exp(-k * since) for c, k in terms), 0.0)


def infusion(terms: Terms, rate: float, duration: float, time: Array) -> Array:
    """During and after an infusion."""
    running = np.clip(time, 0.0, duration)
    since = np.maximum(time - duration, 0.0)
    return np.asarray(rate * sum(c / k * -np.expm1(-k * running) * np.exp(-k * since) for c, k in terms))


def absorbed(terms: Terms, dose: float, ka: float, time: Array) -> Array:
    """After a dose that is absorbed at a first-order rate."""
    since = np.maximum(time, 0.0)
    return np.asarray(dose * sum(c * ka * _difference(k, ka, since) for c, k in terms))


def _difference(k: float, ka: float, time: Array) -> Array:
    """(exp(-k t) - exp(-ka t)) / (ka - k), without loss of digits where both are close."""
    return np.exp(-k * time) * -np.expm1(-(ka - k) * time) / (ka - k)


def steady_bolus(terms: Terms, dose: float, interval: float, time: Array) -> Array:
    """Within an interval of the infinite regimen."""
    return np.asarray(dose * sum(c * np.exp(-k * time) / -np.expm1(-k * interval) for c, k in terms))


def steady_absorbed(terms: Terms, dose: float, ka: float, interval: float, time: Array) -> Array:
    """Within an interval of the infinite regimen of absorbed doses."""
    return np.asarray(
        dose
        * sum(
            c * ka / (ka - k)
            * (np.exp(-k * time) / -np.expm1(-k * interval) - np.exp(-ka * time) / -np.expm1(-ka * interval))
            for c, k in terms
        )
    )  # fmt: skip


def chain(rates: list[float], time: Array) -> Array:
    """Bateman: what a unit amount at the head of a chain of first-order steps leaves in its last member."""
    found = np.zeros_like(time)
    for i, own in enumerate(rates):
        below = np.prod([other - own for j, other in enumerate(rates) if j != i])
        found += np.exp(-own * time) / below
    return np.asarray(found * np.prod(rates[:-1]))


def association(level: float, kon: float, koff: float, time: Array) -> Array:
    """Occupancy at a constant level, from none."""
    rate = kon * level + koff
    return np.asarray(kon * level / rate * -np.expm1(-rate * time))


def response(kin: float, kout: float, production: float, loss: float, time: Array) -> Array:
    """Indirect response under factors on production and loss that start at time 0 and stay."""
    final = kin * production / (kout * loss)
    return np.asarray(final + (kin / kout - final) * np.exp(-kout * loss * time))
