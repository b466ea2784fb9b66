"""Models of ldnsim made again from the record of a run, which holds their parameters but no equations."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from itertools import product
from typing import Any

from .. import models
from ..base.errors import InputError
from ..base.reading import listed, names_in, number
from ..ledger.assumptions import BLOCKADES, BUNDLES, REBOUNDS, SITES
from ..models.dosable import Model
from .account import fingerprint

_WHOLE = {"kind": range(1, 5), "n": range(21)}
"""Arguments of models that are no parameters, and what they can be."""


def model_of(record: Mapping[str, Any], given: Model | None = None) -> Model | None:
    """The model of a record: the one given, or one of `ldnsim.models` whose parameters are numbers.

    Parameters
    ----------
    record : mapping
        Of a run.
    given : Model, optional
        One that is taken where it has the name of the record.

    Returns
    -------
    Model or None
        None for that of naltrexone.

    Raises
    ------
    InputError
        If ldnsim cannot make it; it is named.
    """
    name = record.get("model")
    if given is not None and not isinstance(given, Model):
        raise InputError("model", given, "a model, such as ldnsim.models.one_compartment(CL=2, V=20)")
    if name is None or (given is not None and given.name == name):
        return given if name else None
    known = {key: number(value, "known") for key, value in names_in(record.get("known"), "known")}
    for made in _candidates(str(name), record):
        if fingerprint(made, known) == record.get("structure"):
            return made
    cure = "ldnsim cannot make it by itself; in Python it is given as model="
    raise InputError("model", None if given is None else given.name, f"the model {name} of the record: {cure}")


def _candidates(name: str, record: Mapping[str, Any]) -> Iterator[Model]:
    """Models of a name with the parameters of a record, in every way that the record does not say."""
    if name in models.DRUGS:
        for bundle, site, rebound, blockade in product(BUNDLES.values(), SITES, REBOUNDS, BLOCKADES):
            yield models.DRUGS[name](replace(bundle, site=site, rebound=rebound, blockade=blockade))
        return
    function = getattr(models, name, None) if name in models.__all__ else None
    if not inspect.isfunction(function) or inspect.signature(function).return_annotation != "Model":
        return
    arguments = inspect.signature(function).parameters
    entries = names_in(record.get("parameters"), "parameters")
    values = {term: found[0] for term, entry in entries if (found := listed(entry, term, "a parameter"))}
    given = {term: value for term, value in values.items() if term in arguments}
    # what was left out stands in a record as 0
    said = {term: value for term, value in given.items() if value or arguments[term].default is not None}
    whole = {term: numbers for term, numbers in _WHOLE.items() if term in arguments and term not in values}
    for numbers, chosen in product((said, given), product(*whole.values())):
        # of some kinds the parameters are others
        with suppress(InputError, TypeError):
            yield function(**numbers, **dict(zip(whole, chosen, strict=True)))
