"""Assumptions: a named choice on each axis on which accounts of low-dose naltrexone differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from types import MappingProxyType
from typing import Any

from ..base.errors import InputError
from ..base.near import meant
from ..base.reading import choice, fields_of, number, number_in

SITES = ("plasma", "pet")
TLR4 = ("clinical", "in-vitro", "opioid-mediated", "off")
REBOUNDS = ("popular", "conservative", "off")
EXPOSURES = ("pooled", "label50", "ldn24", "deep96")
BLOCKADES = ("occupancy", "functional")
_ISOMERS = MappingProxyType({"racemic": 0.5, "levo": 0.0})


@dataclass(frozen=True)
class Assumptions:
    """A named choice on each axis on which accounts of low-dose naltrexone differ.

    Parameters
    ----------
    site : {"plasma", "pet"}
        What holds the mu receptor: free plasma drug with a residence time of about an hour, or
        a fast biophase plus slow retention fitted to human PET.
    isomers : {"racemic", "levo"} or float
        Dextro isomer as a fraction of the dose: 0.5, 0, or any number from 0 to 1. The Kd of
        the plasma site is solved for each named choice; a number other than 0 uses that of
        ``racemic``.
    tlr4 : {"clinical", "in-vitro", "opioid-mediated", "off"}
        Potency at TLR4.
    rebound : {"popular", "conservative", "off"}
        Gain of the peptide and receptor response.
    exposure : {"pooled", "label50", "ldn24", "deep96"}
        Which published plasma levels the kinetics reproduce: two studies of healthy people that print peak and area,
        the label's peak of 50 mg, the area of 2.4 mg alone, or a deep compartment of 96 h.
    blockade : {"occupancy", "functional"}
        What counts as blocked: that the drug holds half of mu receptors, or that half of the effect of 25 mg of heroin
        is blocked. The Kd of the plasma site is solved for five hours of it.

    Raises
    ------
    InputError
        If a choice is not one of these.

    Examples
    --------
    >>> Assumptions.of("measured").site
    'pet'
    >>> Assumptions(site="pet", isomers=0.5).name
    'popular,site=pet'
    """

    site: str = "plasma"
    isomers: str | float = "racemic"
    tlr4: str = "clinical"
    rebound: str = "popular"
    exposure: str = "pooled"
    blockade: str = "occupancy"

    def __post_init__(self) -> None:
        choice("site", self.site, SITES)
        choice("tlr4", self.tlr4, TLR4)
        choice("rebound", self.rebound, REBOUNDS)
        choice("exposure", self.exposure, EXPOSURES)
        choice("blockade", self.blockade, BLOCKADES)
        if isinstance(self.isomers, str):
            if self.isomers not in _ISOMERS:
                raise InputError("isomers", self.isomers, "racemic, levo or a dextro fraction from 0 to 1")
        else:
            fraction = number(self.isomers, "isomers", low=0.0, high=1.0)
            named = {f: name for name, f in _ISOMERS.items()}
            object.__setattr__(self, "isomers", named.get(fraction, fraction))

    @property
    def f_dextro(self) -> float:
        """Dextro isomer as a fraction of the dose [1]."""
        return _ISOMERS[self.isomers] if isinstance(self.isomers, str) else self.isomers

    @property
    def name(self) -> str:
        """The nearest bundle's name, followed by the axes that differ from it."""
        mine = asdict(self)

        def differing(bundle: str) -> list[str]:
            return [axis for axis, choice in asdict(BUNDLES[bundle]).items() if choice != mine[axis]]

        nearest = min(BUNDLES, key=lambda bundle: len(differing(bundle)))
        return ",".join([nearest, *(f"{axis}={mine[axis]}" for axis in differing(nearest))])

    @staticmethod
    def from_dict(cells: object) -> Assumptions:
        """The choices of a record, by axis; raises `InputError` naming what is missing or unknown."""
        # in records of runs before it could be chosen, what counted as blocked was occupancy
        later = {"blockade": Assumptions.blockade}
        return Assumptions(**fields_of(cells, "assumptions", [axis for axis in _AXES if axis not in later], later))

    @staticmethod
    def of(value: object) -> Assumptions:
        """Assumptions from a bundle's name, a text of choices, or themselves.

        Parameters
        ----------
        value : str or Assumptions
            ``"popular"``, ``"measured"``, or ``"site=pet,isomers=0.5"``; a text may start with
            a bundle and change it: ``"measured,exposure=ldn24"``.

        Returns
        -------
        Assumptions
            The choices.

        Raises
        ------
        InputError
            If it names no bundle, axis or choice.
        """
        if isinstance(value, Assumptions):
            return value
        expected = f"{' or '.join(BUNDLES)}, or axis=choice joined by commas (axes: {', '.join(_AXES)})"
        if not isinstance(value, str) or not value.strip():
            raise InputError("assumptions", value, expected)
        first, *rest = (part.strip() for part in value.split(","))
        if first in BUNDLES:
            base, pairs = BUNDLES[first], rest
        else:
            base, pairs = BUNDLES["popular"], [first, *rest]
        changes: dict[str, Any] = {}
        for pair in pairs:
            axis, equals, choice = (part.strip() for part in pair.partition("="))
            if not equals or axis not in _AXES or axis in changes:
                known = _AXES if equals else (*BUNDLES, *_AXES)
                near = meant(axis, known) if axis not in known else ""
                raise InputError("assumptions", value, expected + near)
            given = axis != "isomers" or choice in _ISOMERS
            changes[axis] = choice if given else number_in(choice, "isomers", low=0.0, high=1.0)
        return replace(base, **changes)


BUNDLES: Mapping[str, Assumptions] = MappingProxyType(
    {
        "popular": Assumptions(),
        "measured": Assumptions(site="pet", isomers="levo", tlr4="in-vitro", rebound="conservative"),
    }
)
"""The popular account of low-dose naltrexone, and what human PET and in-vitro potency show."""

_AXES = tuple(asdict(Assumptions()))
