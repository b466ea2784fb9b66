"""Records of runs read back: what is missing, unknown or out of range is named, never passed over."""

from __future__ import annotations

import re
import warnings
from collections.abc import Collection, Mapping
from importlib.metadata import version
from typing import Any

from ..base.errors import InputError, LdnsimWarning
from ..base.reading import fields_of, listed, names_in, number
from ..base.units import hours
from ..dosing.regimen import Regimen
from ..dosing.sampling import sample_times
from ..engines.choice import USUAL_RTOL
from ..ledger.assumptions import Assumptions
from ..ledger.parameters import ParameterSet
from ..models.dosable import Model
from ..population.covariate_reading import from_plain, read_for_one
from ..population.covariates import check
from ..population.individuals import Individuals
from ..population.population import Population
from .account import Account, Endotoxin, fingerprint
from .known_models import model_of

_NEW = "receptors.ratio_ogfr"
"""Parameter that records of before do not have."""

_VERSION = re.compile(r"([0-9]+)\.([0-9]+)(?:\.([0-9]+))?(?:[^0-9].*)?")


def parts_of_record(record: object, further: Collection[str] = (), given: str = "regimen") -> dict[str, Any]:
    """The parts of a record, each of which is there, none of which is unknown.

    Parameters
    ----------
    record : mapping
        What the user gave.
    further : collection of str
        Parts beside those of every record.
    given : str
        Part that says what was given.

    Returns
    -------
    dict of str to object
        Its parts.

    Raises
    ------
    InputError
        Naming the part, or the version of ldnsim that this one does not know.
    """
    needed = (given, "assumptions", "parameters", "versions", "settings", *further)
    # records of runs before covariates of one person have none
    found = fields_of(record, "record", needed, {"covariates": {}, "model": None, "known": {}, "structure": ""})
    versions = dict(names_in(found["versions"], "record.versions"))
    made, mine = (_version(one) for one in (versions.get("ldnsim"), version("ldnsim")))
    if made is None or (mine is not None and made > mine):
        expected = f"a version of ldnsim up to {version('ldnsim')}, which is installed"
        raise InputError("record.versions.ldnsim", versions.get("ldnsim"), expected)
    return found


def _version(text: object) -> tuple[int, ...] | None:
    found = _VERSION.fullmatch(text) if isinstance(text, str) and len(text) < 100 else None
    return None if found is None else tuple(int(part or 0) for part in found.groups())


def account_of(record: Mapping[str, Any], condition: str, cell: str, model: Model | None) -> Account:
    """The account of a record, as `Account.record` wrote it; raises `InputError` where it is none.

    Of another model than that of naltrexone it needs the one given, or where that is None one of `ldnsim.models`.
    """
    known = read_for_one(from_plain(record["covariates"]))
    name = record["model"]
    model = model_of(record) if model is None else model
    if model is not None and not isinstance(model, Model):
        raise InputError("model", model, "a model, such as ldnsim.models.one_compartment(CL=2, V=20)")
    if (name is None) != (model is None) or (model is not None and model.name != name):
        given = None if model is None else model.name
        of_naltrexone = "to be left out; the record is of the naltrexone model"
        expected = f"the model {name} of the record" if name else of_naltrexone
        raise InputError("model", given, expected)
    if model is None:
        if _NEW not in dict(names_in(record["parameters"], "record.parameters")):
            warnings.warn(
                f"the record has no {_NEW}: it is of before the growth factor had a tone of its own, so that "
                "met-enkephalin and growth are others when it is run again",
                LdnsimWarning, stacklevel=2,
            )  # fmt: skip
        found = ParameterSet.from_dict(record["parameters"])
        check(known, found.rules)
        return Account(Assumptions.from_dict(record["assumptions"]), found, condition, cell, known)
    somebody = {name: number(value, "known") for name, value in names_in(record["known"], "known")}
    if record["structure"] != fingerprint(model, somebody):
        raise InputError("model", model.name, f"the model {name} of the record, whose equations or doses are others")
    found = ParameterSet.from_dict(record["parameters"], model.typical(somebody)[0].rules)
    return Account(None, found, condition, cell, known, model, somebody)


def people_of(cells: Any, account: Account | None = None) -> Population:
    """Who took part, as a record says it, as the model of an account takes them; raises `InputError`."""
    kind = Individuals if isinstance(cells, Mapping) and "individuals" in cells else Population
    found = kind.from_dict(cells)
    return found if account is None else found.bound(account.parameters.rules, account.spread)


def decisions_of(given: object, doses: int) -> list[float]:
    """Decisions about one person: mg of each dose; raises `InputError` where they are none, or not one a dose."""
    found = [number(mg, "decisions", low=0.0) for mg in listed(given, "decisions", "mg of each dose")]
    if len(found) != doses:
        raise InputError("decisions", found, f"mg of each of {doses} doses")
    return found


def settings_of(
    settings: object, regimen: Regimen, further: Collection[str], optional: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The settings of a record, as the call that made it checked them.

    Parameters
    ----------
    settings : mapping
        What the record holds.
    regimen : Regimen
        What is given.
    further : collection of str
        Settings beside those of every record, which are not checked here.
    optional : mapping of str to object, optional
        Settings that may be missing, with what they are then.

    Returns
    -------
    dict of str to object
        Plain values.

    Raises
    ------
    InputError
        Naming the setting.
    """
    needed = [name for name in ("until", "step", "at", "endotoxin", "engine", "rtol") if name not in (optional or {})]
    found = fields_of(settings, "record", (*needed, *further), optional)
    if not isinstance(found["engine"], str) or found["engine"] not in USUAL_RTOL:
        raise InputError("engine", found["engine"], f"one of {', '.join(USUAL_RTOL)}")
    until = hours(found["until"], "until")
    challenge = found["endotoxin"]
    if challenge is not None:
        challenge = Endotoxin(**fields_of(challenge, "endotoxin", ("time", "peak"))).plain()
    return found | {
        "until": until,
        "step": hours(found["step"], "step"),
        "at": sample_times(found["at"], clock=regimen.clock, until=until),
        "endotoxin": challenge,
        "rtol": number(found["rtol"], "rtol", low=1e-13, high=1e-2),
    }
