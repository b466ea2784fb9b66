"""What states, parameters and quantities are called in formulas: from a table, or by the rules of pharmacometrics."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

from ..base.errors import LedgerError
from ..ledger.evidence import table

_GREEK = frozenset(
    [
        *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "kappa", "lambda", "mu", "nu", "xi"),
        *("pi", "rho", "sigma", "tau", "phi", "chi", "psi", "omega"),
    ]
)
_RULES = (
    # EC50, V1
    (re.compile(r"([A-Z]{2}|[A-Za-z])(\d+)"), False),
    # Vmax, Km, Rtot; KB; kon, kdeg, ka1
    (re.compile(r"([A-Z])([a-z]+)"), True),
    (re.compile(r"(K)([A-Z])"), True),
    (re.compile(r"(k)([a-z]{1,5}\d?|\d[a-z])"), True),
)
"""A letter or two, and what stands below it; whether that is upright."""


@cache
def _table() -> Mapping[str, str]:
    """Symbols by name, those that no rule gives; a name may begin with the group that it belongs to."""
    found: dict[str, str] = {}
    for place, cells in table(files("ldnsim") / "data" / "symbols.csv", ("name", "symbol")):
        if cells["name"] in found:
            raise LedgerError(f"{place}: {cells['name']!r} has a symbol already")
        found[cells["name"]] = cells["symbol"]
    return found


def symbol(name: str) -> str:
    r"""The LaTeX of a name.

    Parameters
    ----------
    name : str
        A state, parameter, output or quantity; what stands before a point is the group that it belongs to.

    Returns
    -------
    str
        From ``ldnsim/data/symbols.csv``, with the group or without it, or by a rule: a letter or two with an index; of
        other words the first is upright, and the others are its index.

    Examples
    --------
    >>> symbol("pk.cl"), symbol("Vmax"), symbol("tau")
    ('\\mathrm{CL}', 'V_{\\max}', '\\tau')
    """
    *group, last = name.split(".")
    known = _table()
    found = next((known[one] for one in ("_".join((*group[-1:], last)), last) if one in known), None)
    if found is not None:
        return found
    head, *below = last.split("_")
    return indexed(known.get(head) or _by_rule(head), below)


def _by_rule(word: str) -> str:
    if word in _GREEK:
        return rf"\{word}"
    numbered = re.fullmatch(r"(\D{2,})(\d+)", word)
    if numbered and numbered[1] in _table():
        return indexed(_table()[numbered[1]], [numbered[2]])
    for pattern, upright in _RULES:
        match = pattern.fullmatch(word)
        if match:
            base, index = match.groups()
            return indexed(_by_rule(base), [index]) if upright else f"{_by_rule(base)}_{{{index}}}"
    return word if len(word) == 1 else rf"\mathrm{{{word}}}"


def indexed(base: str, below: Sequence[str]) -> str:
    r"""A symbol with more below it.

    Parameters
    ----------
    base : str
        LaTeX, which may have an index.
    below : sequence of str
        Words.

    Returns
    -------
    str
        LaTeX with one index.

    Examples
    --------
    >>> indexed("k_{0}", ["gut", "mu"])
    'k_{0,\\mathrm{gut},\\mu}'
    """
    if not below:
        return base
    words = ",".join(map(_index, below))
    return f"{base[:-1]},{words}}}" if "_{" in base and base.endswith("}") else f"{base}_{{{words}}}"


def _index(word: str) -> str:
    level = re.fullmatch(r"\[(.*)\]", _table().get(word, ""))
    if level:
        # what is shown as a level stands without its brackets below a constant of it
        return level[1]
    if word in _GREEK or word in ("max", "min"):
        return rf"\{word}"
    return word if word.isdigit() else rf"\mathrm{{{word}}}"


def distinct(names: Sequence[str]) -> list[str]:
    r"""Symbols of several names; two that come to the same have their group below them.

    Parameters
    ----------
    names : sequence of str
        Names as `symbol` takes them.

    Returns
    -------
    list of str
        LaTeX, one a name.

    Examples
    --------
    >>> distinct(["one.central", "two.central", "cl"])
    ['A_{\\mathrm{c},\\mathrm{one}}', 'A_{\\mathrm{c},\\mathrm{two}}', '\\mathrm{CL}']
    """
    found = [symbol(name) for name in names]
    told = [
        indexed(one, name.split(".")[:-1]) if found.count(one) > 1 else one
        for one, name in zip(found, names, strict=True)
    ]
    # by a rule two names may still come to one, such as kb and k_b: then as they are
    return [
        rf"\mathrm{{{re.sub(r'[._]', ' ', name)}}}" if told.count(one) > 1 else one
        for one, name in zip(told, names, strict=True)
    ]
