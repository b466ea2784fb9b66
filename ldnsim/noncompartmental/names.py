"""What noncompartmental analysis finds: names as PKNCA has them with underscores for dots, kinds of unit, meanings."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import NamedTuple

from ..base.errors import InputError
from ..base.near import nearest
from ..base.reading import listed
from ..base.units import check_unit


class Named(NamedTuple):
    """One number of a profile.

    Attributes
    ----------
    kind : str
        What its unit is made of: a key of `KINDS`.
    meaning : str
        What it is.
    cdisc : str
        The code that CDISC and NonCompart have for it; empty where there is none.
    """

    kind: str
    meaning: str
    cdisc: str = ""


KINDS: Mapping[str, str] = MappingProxyType(
    {
        "level": "{level}",
        "time": "{time}",
        "area": "{time}*{level}",
        "moment": "{time}**2*{level}",
        "rate": "1/{time}",
        "percent": "%",
        "ratio": "1",
        "clearance": "{dose}/({time}*{level})",
        "volume": "{dose}/({level})",
        "amount": "{dose}",
    }
)
"""Units of each kind, from those of time, level and dose; ``per dose`` behind it is divided by the dose."""

_OBS, _PRED = "extrapolated from the last observed level", "extrapolated from the last level of the terminal line"

_MAIN = {
    "cmax": Named("level", "highest level, within tau where there is one", "CMAX"),
    "tmax": Named("time", "time of the highest level, the first of equal ones", "TMAX"),
    "cmin": Named("level", "lowest level, within tau where there is one", "CMIN"),
    "cstart": Named("level", "level at the time of the dose"),
    "c0": Named("level", "level at the time of a bolus, observed or extrapolated back", "C0"),
    "tfirst": Named("time", "time of the first level above zero", "TFIRST"),
    "tlag": Named("time", "time before the first rise", "TLAG"),
    "tlast": Named("time", "time of the last level above zero", "TLST"),
    "clast_obs": Named("level", "last level above zero", "CLST"),
    "clast_pred": Named("level", "level at tlast on the terminal line", "CLSTP"),
    "lambda_z": Named("rate", "rate constant of the terminal phase", "LAMZ"),
    "half_life": Named("time", "half-life of the terminal phase", "LAMZHL"),
    "lambda_z_n_points": Named("ratio", "points of the terminal line", "LAMZNPT"),
    "lambda_z_time_first": Named("time", "first time of the terminal line", "LAMZLL"),
    "lambda_z_time_last": Named("time", "last time of the terminal line", "LAMZUL"),
    "lambda_z_intercept": Named("ratio", "logarithm of the level at time 0 on the terminal line", "b0"),
    "lambda_z_corrxy": Named("ratio", "correlation of time and logarithm on the terminal line", "CORRXY"),
    "r_squared": Named("ratio", "r-squared of the terminal line", "R2"),
    "adj_r_squared": Named("ratio", "r-squared of the terminal line, adjusted for its points", "R2ADJ"),
    "span_ratio": Named("ratio", "half-lives that the terminal line spans"),
    "auclast": Named("area", "area to tlast", "AUCLST"),
    "aucall": Named("area", "area to tlast, and the triangle to the next sample", "AUCALL"),
    "aucinf_obs": Named("area", f"area to infinity, {_OBS}", "AUCIFO"),
    "aucinf_pred": Named("area", f"area to infinity, {_PRED}", "AUCIFP"),
    "aucpext_obs": Named("percent", "extrapolated share of aucinf_obs", "AUCPEO"),
    "aucpext_pred": Named("percent", "extrapolated share of aucinf_pred", "AUCPEP"),
    "aucpbext_obs": Named("percent", "share of aucinf_obs between a bolus and the first sample", "AUCPBEO"),
    "aucpbext_pred": Named("percent", "share of aucinf_pred between a bolus and the first sample", "AUCPBEP"),
    "aumclast": Named("moment", "area of time times level to tlast", "AUMCLST"),
    "aumcall": Named("moment", "the same, and the triangle to the next sample"),
    "aumcinf_obs": Named("moment", f"area of time times level to infinity, {_OBS}", "AUMCIFO"),
    "aumcinf_pred": Named("moment", f"area of time times level to infinity, {_PRED}", "AUMCIFP"),
    "aumcpext_obs": Named("percent", "extrapolated share of aumcinf_obs", "AUMCPEO"),
    "aumcpext_pred": Named("percent", "extrapolated share of aumcinf_pred", "AUMCPEP"),
}

_ENDS = {"last": "to tlast", "obs": _OBS, "pred": _PRED}
_MRT = {"last": "LST", "obs": "IFO", "pred": "IFP"}
_FATE: dict[str, Named] = {
    **{f"mrt_{end}": Named("time", f"mean residence time, {said}", f"MRTEV{_MRT[end]}") for end, said in _ENDS.items()},
    **{
        f"mrt_iv_{end}": Named("time", f"the same without half the infusion, {said}", f"MRTIV{_MRT[end]}")
        for end, said in _ENDS.items()
    },
    "cl_last": Named("clearance", "dose over auclast"),
    "cl_all": Named("clearance", "dose over aucall"),
    "cl_obs": Named("clearance", "dose over aucinf_obs; CL/F where F is not known", "CLO, CLFO"),
    "cl_pred": Named("clearance", "dose over aucinf_pred; CL/F where F is not known", "CLP, CLFP"),
    "vz_obs": Named("volume", "cl_obs over lambda_z", "VZO, VZFO"),
    "vz_pred": Named("volume", "cl_pred over lambda_z", "VZP, VZFP"),
    **{f"vss_{end}": Named("volume", f"cl_{end} times mrt_{end}") for end in _ENDS},
    **{
        f"vss_iv_{end}": Named("volume", f"cl_{end} times mrt_iv_{end}", {"obs": "VSSO", "pred": "VSSP"}.get(end, ""))
        for end in _ENDS
    },
    **{f"thalf_eff_{end}": Named("time", f"ln 2 times mrt_{end}") for end in _ENDS},
    **{f"thalf_eff_iv_{end}": Named("time", f"ln 2 times mrt_iv_{end}") for end in _ENDS},
    **{f"kel_{end}": Named("rate", f"1 over mrt_{end}") for end in _ENDS},
    **{f"kel_iv_{end}": Named("rate", f"1 over mrt_iv_{end}") for end in _ENDS},
    **{
        f"{name}_dn": Named(f"{_MAIN[name].kind} per dose", f"{name} over the dose", code)
        for name, code in {
            "cmax": "CMAXD", "cmin": "", "clast_obs": "", "clast_pred": "", "auclast": "", "aucall": "",
            "aucinf_obs": "AUCIFOD", "aucinf_pred": "AUCIFPD", "aumclast": "", "aumcall": "", "aumcinf_obs": "",
            "aumcinf_pred": "",
        }.items()
    },
}  # fmt: skip

WITH_TAU: Mapping[str, Named] = MappingProxyType(
    {
        "auctau": Named("area", "area within the dosing interval", "AUCTAU"),
        "aumctau": Named("moment", "area of time times level within the dosing interval", "AUMCTAU"),
        "cav": Named("level", "auctau over tau", "CAVG"),
        "ctrough": Named("level", "level at the end of the dosing interval", "CTROUGH"),
        "ptr": Named("ratio", "cmax over ctrough", "PTROUGHR"),
        "swing": Named("percent", "cmax above cmin, relative to cmin", "SWING"),
        "deg_fluc": Named("percent", "cmax above cmin, relative to cav", "FLUCP"),
        "accumulation_index": Named("ratio", "1 over what is lost in tau by the terminal phase", "ARCMAX"),
        "cl_tau": Named("clearance", "dose over auctau, at steady state"),
        "vz_tau": Named("volume", "cl_tau over lambda_z, at steady state"),
        "mrt_md_obs": Named("time", "mean residence time at steady state, with aucinf_obs"),
        "mrt_md_pred": Named("time", "mean residence time at steady state, with aucinf_pred"),
        "vss_md_obs": Named("volume", "cl_tau times mrt_md_obs"),
        "vss_md_pred": Named("volume", "cl_tau times mrt_md_pred"),
    }
)
"""What there is beside these where a dosing interval is given."""

WITH_URINE: Mapping[str, Named] = MappingProxyType(
    {
        "volpk": Named("volume of urine", "volume collected"),
        "ae": Named("amount", "amount excreted", "RCAMINT"),
        "fe": Named("ratio", "ae over the dose", "RCPCINT"),
        "clr_last": Named("clearance", "ae over auclast", "RENALCL"),
        "clr_obs": Named("clearance", "ae over aucinf_obs"),
        "clr_pred": Named("clearance", "ae over aucinf_pred"),
    }
)
"""What there is where urine was collected."""

WITH_THRESHOLD: Mapping[str, Named] = MappingProxyType(
    {
        "time_above": Named("time", "time at or above the threshold", "TAT"),
        "time_below": Named("time", "time below the threshold", "TBT"),
    }
)
"""What there is where a threshold is given."""

WITH_BASELINE: Mapping[str, Named] = MappingProxyType(
    {
        "auec_above": Named("area", "area between curve and baseline where the curve is above"),
        "auec_below": Named("area", "area between curve and baseline where the curve is below"),
        "auec_net": Named("area", "auec_above less auec_below"),
    }
)
"""What there is where a baseline is given."""

USUAL: Mapping[str, Named] = MappingProxyType({**_MAIN, **_FATE})
"""What there is of every profile."""

PARTIAL = ("aucint_last", "aucint_inf_obs", "aucint_inf_pred")
"""What each partial area begins its name with: nothing beyond tlast, or what is extrapolated."""

EVERY: Mapping[str, Named] = MappingProxyType({**USUAL, **WITH_TAU, **WITH_URINE, **WITH_THRESHOLD, **WITH_BASELINE})
"""All names, but for those of partial areas."""

_SHORT = {"clast": "clast_obs", "aucpbext": "aucpbext_obs", "fluctuation": "deg_fluc", "clr": "clr_last"}


def column(name: str) -> str:
    """The name of a column as it is written here, from that of PKNCA with dots or a common short one."""
    plain = name.replace(".", "_")
    return _SHORT.get(plain, plain)


def chosen(columns: object, known: Collection[str]) -> list[str]:
    """The columns that are asked for, of those that there are; raises `InputError`."""
    if isinstance(columns, str):
        columns = [columns]
    found = []
    for name in listed(columns, "columns", "a sequence of names, such as cmax, auclast and half_life"):
        if not isinstance(name, str) or column(name) not in known:
            near = nearest(column(str(name)), known, 0.5, 4) or ["cmax", "auclast", "half_life"]
            raise InputError("columns", name, f"a name as PKNCA has it, such as {', '.join(near)}")
        found.append(column(name))
    if len(set(found)) < len(found) or not found:
        raise InputError("columns", columns, "at least one name, each once")
    return found


NEEDS: Mapping[str, Mapping[str, Named]] = MappingProxyType(
    {"tau": WITH_TAU, "urine": WITH_URINE, "threshold": WITH_THRESHOLD, "baseline": WITH_BASELINE}
)
"""What has to be given for what is not there of every profile."""


def needed(name: str) -> str:
    """Why a number is missing that was not looked for."""
    lacking = next((what for what, names in NEEDS.items() if name in names), "")
    return f"it needs {lacking}=" if lacking else "it is not of an effect"


_UNITS = {
    "time": (("h",), "a unit of time, such as 'h', 'min' or 'day'"),
    "dose": (
        ("mg", "mg/kg", "mg/m**2", "mol", "mol/kg", "mol/min", "Bq", "Bq/kg"),
        "a unit of a dose, such as 'mg', 'mg/kg' or 'nmol'",
    ),
}
"""What units of times and doses convert to: of doses also enzyme units and activities; levels may be of anything."""


def check_kind(kind: str, unit: str, argument: str) -> None:
    """Refuse a unit of something else for times or doses; raises `InputError`."""
    if kind in _UNITS:
        check_unit(unit, argument, *_UNITS[kind])


def unit_of(kind: str, units: Mapping[str, str]) -> str:
    """The unit of a kind, from those of time, level and dose; empty where one of them is not known."""
    kind, _, divided = kind.partition(" per ")
    if kind not in KINDS:
        return units.get(kind, "")
    parts = [part for part in ("level", "time", "dose") if f"{{{part}}}" in KINDS[kind] or part == divided]
    if not all(units.get(part) for part in parts):
        return ""
    text = KINDS[kind].format(**units)
    if units.get("level") == "1":
        text = text.replace("*1", "").replace(f"({units.get('time')})", units["time"])
    return f"({text})/({units['dose']})" if divided else text
