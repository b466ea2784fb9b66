"""Clearances and volumes from the constants that other tools and papers give, and back.

What is given back can be given to `one_compartment`, `two_compartment` or `three_compartment` as it is:
``two_compartment(**from_micro_constants(V1=10, k10=0.2, k12=0.3, k21=0.1))``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from ..base.errors import InputError
from ..base.reading import number

_CLEARANCES = (("CL", "V"), ("CL", "V1", "Q", "V2"), ("CL", "V1", "Q2", "V2", "Q3", "V3"))
_MICRO = (("V", "k10"), ("V1", "k10", "k12", "k21"), ("V1", "k10", "k12", "k21", "k13", "k31"))
_MACRO = (("A", "alpha"), ("A", "alpha", "B", "beta"), ("A", "alpha", "B", "beta", "C", "gamma"))

_SAME = 1e-9
"""Relative distance of rate constants below which they count as one."""


def from_micro_constants(**constants: float) -> dict[str, float]:
    """Clearances and volumes from rate constants between compartments.

    Parameters
    ----------
    **constants : float
        ``V, k10`` for one compartment; ``V1, k10, k12, k21`` for two; ``k13, k31`` besides for three. Volumes in L,
        rate constants in 1/h. ``ka`` is handed on.

    Returns
    -------
    dict of str to float
        ``CL, V``, or ``CL, V1, Q, V2``, or ``CL, V1, Q2, V2, Q3, V3``, and ``ka`` if it was given.

    Raises
    ------
    InputError
        If constants are missing, or are not above 0.

    References
    ----------
    Gibaldi and Perrier, Pharmacokinetics, 2nd ed., ch. 2 and app. B (1982).

    Examples
    --------
    >>> from_micro_constants(V1=10.0, k10=0.5, k12=0.25, k21=0.125)
    {'CL': 5.0, 'V1': 10.0, 'Q': 2.5, 'V2': 20.0}
    """
    found, ka = _read("from_micro_constants", constants, _MICRO)
    v1, k10, *exchange = found
    return _clearances(v1, k10, list(zip(exchange[::2], exchange[1::2], strict=True))) | ka


def micro_constants(**parameters: float) -> dict[str, float]:
    """Rate constants between compartments, from clearances and volumes; the inverse of `from_micro_constants`.

    Parameters
    ----------
    **parameters : float
        ``CL, V``, or ``CL, V1, Q, V2``, or ``CL, V1, Q2, V2, Q3, V3``. ``ka`` is handed on.

    Returns
    -------
    dict of str to float
        As `from_micro_constants` takes them.

    Raises
    ------
    InputError
        If parameters are missing, or are not above 0.

    References
    ----------
    Gibaldi and Perrier, Pharmacokinetics, 2nd ed., ch. 2 and app. B (1982).
    """
    (cl, v1, *others), ka = _read("micro_constants", parameters, _CLEARANCES)
    found = [v1, cl / v1]
    for q, v in zip(others[::2], others[1::2], strict=True):
        found += [q / v1, q / v]
    return dict(zip(_MICRO[len(others) // 2], found, strict=True)) | ka


def from_macro_constants(**constants: float) -> dict[str, float]:
    """Clearances and volumes from the coefficients and exponents of the curve after a dose.

    Without ``ka`` the curve is that of a bolus of 1, ``A exp(-alpha t) + B exp(-beta t) + C exp(-gamma t)``. With it,
    it is that of a dose of 1 which is absorbed at this rate constant, ``... - (A + B + C) exp(-ka t)``, and clearances
    and volumes are those over the bioavailability.

    Parameters
    ----------
    **constants : float
        ``A, alpha`` for one compartment, ``B, beta`` besides for two, ``C, gamma`` besides for three. Coefficients are
        levels for a dose of 1 [1/L], exponents and ``ka`` rate constants [1/h].

    Returns
    -------
    dict of str to float
        As from `from_micro_constants`. Of three compartments, the second exchanges faster than the third.

    Raises
    ------
    InputError
        If constants are missing or not above 0, if two exponents are the same, or if no model with elimination from the
        first compartment has such a curve.

    References
    ----------
    Gibaldi and Perrier, Pharmacokinetics, 2nd ed., ch. 2 and app. B (1982).

    Examples
    --------
    >>> from_macro_constants(A=0.05, alpha=0.2)
    {'CL': 4.0, 'V': 20.0}
    """
    # coefficients may be below zero where absorption is slower than what follows
    found, ka = _read("from_macro_constants", constants, _MACRO, signed=frozenset("ABC"))
    every = [*found[1::2], *ka.values()]
    for place, one in enumerate(every):
        for other in every[:place]:
            if abs(one - other) <= _SAME * max(one, other):
                raise InputError("from_macro_constants", one, "exponents that differ from each other")
    coefficients, exponents = np.array(found[::2]), np.array(found[1::2])
    if ka:
        coefficients = coefficients * (ka["ka"] - exponents) / ka["ka"]
    if (coefficients <= 0).any():
        raise InputError(
            "from_macro_constants",
            ", ".join(f"{one:.4g}" for one in coefficients),
            "coefficients that are all above 0 after a bolus, as where a drug leaves from the first compartment",
        )
    v1 = 1 / float(coefficients.sum())
    weights = coefficients * v1
    # the curve is (s + k21)(s + k31) / ((s + alpha)(s + beta)(s + gamma)) in Laplace's domain
    if len(weights) == 1:
        return _clearances(v1, float(exponents[0]), []) | ka
    if len(weights) == 2:
        k21 = float(weights @ exponents[::-1])
        k10 = float(exponents.prod()) / k21
        return _clearances(v1, k10, [(float(exponents.sum()) - k10 - k21, k21)]) | ka
    a, b, c = exponents
    half = float(weights @ [b + c, a + c, a + b]) / 2
    product = float(weights @ [b * c, a * c, a * b])
    k21 = half + math.sqrt(half * half - product)
    k31 = product / k21
    k10 = float(a * b * c) / product
    both = float(a + b + c) - k10 - k21 - k31
    crossed = float(a * b + a * c + b * c) - k10 * (k21 + k31) - product
    k12 = (crossed - k21 * both) / (k31 - k21)
    return _clearances(v1, k10, [(k12, k21), (both - k12, k31)]) | ka


def macro_constants(**parameters: float) -> dict[str, float]:
    """Coefficients and exponents of the curve after a dose of 1; the inverse of `from_macro_constants`.

    Parameters
    ----------
    **parameters : float
        ``CL, V``, or ``CL, V1, Q, V2``, or ``CL, V1, Q2, V2, Q3, V3``. With ``ka`` the dose is absorbed.

    Returns
    -------
    dict of str to float
        As `from_macro_constants` takes them, the fastest exponent first.

    Raises
    ------
    InputError
        If parameters are missing or not above 0, or if ``ka`` is one of the exponents.

    References
    ----------
    Gibaldi and Perrier, Pharmacokinetics, 2nd ed., ch. 2 and app. B (1982).
    """
    (cl, v1, *others), ka = _read("macro_constants", parameters, _CLEARANCES)
    flows, volumes = others[::2], others[1::2]
    # scaled by roots of the volumes, exchange is the same in both directions: exponents are real, weights are squares
    matrix = np.diag([(cl + sum(flows)) / v1, *(q / v for q, v in zip(flows, volumes, strict=True))])
    for place, (q, v) in enumerate(zip(flows, volumes, strict=True), start=1):
        matrix[0, place] = matrix[place, 0] = -q / math.sqrt(v1 * v)
    rising, modes = np.linalg.eigh(matrix)
    exponents, coefficients = rising[::-1], modes[0, ::-1] ** 2 / v1
    if ka:
        if (np.abs(exponents - ka["ka"]) <= _SAME * ka["ka"]).any():
            raise InputError("ka", ka["ka"], f"none of the exponents {', '.join(f'{one:.6g}' for one in exponents)}")
        coefficients = coefficients * ka["ka"] / (ka["ka"] - exponents)
    found = np.column_stack([coefficients, exponents]).ravel().tolist()
    return dict(zip(_MACRO[len(flows)], found, strict=True)) | ka


def _clearances(v1: float, k10: float, exchange: Sequence[tuple[float, float]]) -> dict[str, float]:
    """From the volume, the elimination, and the rate constants out to and back from each further compartment."""
    found = [k10 * v1, v1]
    for out, back in exchange:
        found += [out * v1, out * v1 / back]
    return dict(zip(_CLEARANCES[len(exchange)], found, strict=True))


def _read(
    function: str,
    given: Mapping[str, float],
    known: Sequence[tuple[str, ...]],
    signed: frozenset[str] = frozenset(),
) -> tuple[list[float], dict[str, float]]:
    """Constants in order, and ``ka`` where it was given."""
    for names in known:
        if set(given) - {"ka"} == set(names):
            values = {name: _constant(name, value, signed) for name, value in given.items()}
            return [values[name] for name in names], {name: values[name] for name in values if name == "ka"}
    expected = " or ".join(", ".join(names) for names in known)
    raise InputError(function, ", ".join(given) or "nothing", f"{expected}, and ka where a dose is absorbed")


def _constant(name: str, value: float, signed: frozenset[str]) -> float:
    if name in signed:
        return number(value, name)
    found = number(value, name, low=0.0)
    if found == 0:
        raise InputError(name, value, "a number above 0")
    return found
