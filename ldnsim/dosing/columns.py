"""Columns that the reader of event tables does not use: which of them would have said something."""

from __future__ import annotations

import re
import warnings
from collections.abc import Collection, Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import groupby
from typing import Any, NamedTuple

from ..base.errors import InputError, LdnsimWarning
from .rows import COLUMNS, blank

ITEMS: Mapping[str, str] = {
    "ID": "SUBJECT SUBJ SUBJID SUBJECTID USUBJID PATIENT PATIENTID PAT PATID PTID PID SID UID ANIMAL INDIV NAME",
    "TIME": "TIMEH TIMEHR TIMEHRS TIMEMIN TIMED TIMEDAY HOUR HOURS HR HRS NTIME ATIME TAFD NTAFD ELTIME RELTIME T "
    "TIMES EXSTDTC PCDTC ADTM DTC DTTM DATETIME EXSTDY NOMTIME TSFD",
    "AMT": "DOSE DOSES DOSEAMT DOSAMT DOSEMG DOSEUG DOSENG DOSEG DOS AMOUNT AMNT AMTMG AMTUG EXDOSE EXDOSTOT ADOSE "
    "ACTDOSE DOSEA DOSEACT DAMT",
    "RATE": "INF INFRATE INFUSIONRATE INFR IRATE DOSERATE RINF R INFUSION",
    "DUR": "TINF DURATION INFDUR INFTIME INFT TDUR DINF INFUSIONDURATION INFUSIONTIME EXDUR INFHR INFLEN",
    "II": "TAU INTERVAL INTVL DOSINT DOSEINT DOSEINTERVAL DOSINGINTERVAL FREQ FREQUENCY EXDOSFRQ",
    "ADDL": "NDOSES NDOSE NDOS ADD NADD ADDITIONAL ADDDOSE ADDDOSES NUMDOSES NDOSING NBDOSES REPEATS",
    "SS": "STEADY STEADYSTATE SSFLAG ISSS SSTATE",
    "CMT": "ROUTE EXROUTE ROA ADM ADMID ADMTYPE ADMINISTRATION COMP COMPARTMENT CMPT COMPT DVID DVNAME YTYPE OBSID "
    "PARAMCD PCTESTCD ANALYTE",
    "EVID": "EVENT EVT EVTID EVENTID EVENTTYPE EVTYPE",
}
"""Words of NONMEM users, Monolix, Phoenix, CDISC, rxode2 and Pumas for what a column of this reader says."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


COUNTS = _words("NDOSES NDOSE NDOS NUMDOSES NDOSING NBDOSES")
"""Words that count all doses, where ADDL counts those after the first."""

ONE_KIND = _words("ADM ADMID ADMTYPE DVID YTYPE OBSID")
"""Numbers that tell kinds of doses or of observations apart, and nothing where there is one kind."""

LEFT_OUT = _words(
    "C EXCL EXCLUDE EXCLUDED EXCLUSION EXC EXCLF EXCLFN EXFL FLAG FLAGS IGNORE IGN OMIT OMITTED OUTLIER DEL "
    "DELETE DELETED DROP REMOVE NCAXFL"
)
"""Flags of rows that another tool leaves out."""

LIMITED = _words("BLQ BQL BLOQ CENS CENSORED LLOQFL BLQFL BLOQFL")
"""Flags of observations below a limit."""

UNITS: Mapping[str, str] = {
    "AMT": "AMTU AMTUNIT AMTUNITS DOSU DOSEU DOSEUNIT DOSEUNITS DOSUNIT EXDOSU UNIT UNITS AMOUNTUNIT",
    "TIME": "TIMEU TIMEUNIT TIMEUNITS TUNIT TIMU",
    "RATE": "RATEU RATEUNIT RATEUNITS",
}
"""Columns that say the unit of another."""

USUAL: Mapping[str, str] = {"TIME": "h", "II": "h", "DUR": "h", "AMT": "mg", "RATE": "mg/h", "DV": "ng/mL"}
"""Unit into which each column is brought."""

_SAME_UNIT = {
    "AMT": {"mg", "milligram", "milligrams"},
    "TIME": {"h", "hr", "hrs", "hour", "hours"},
    "RATE": {"mg/h", "mg/hr"},
}

DAYS = _words("DAY DAYS DY STUDYDAY STUDYDY ADY VISITDY DOSEDAY DAYNO")

KNOWN_AS: Mapping[str, str] = {
    "WT": "WGT WEIGHT BW BWT BODYWEIGHT BODYWT TBW",
    "AGE": "AGEYR AGEYRS AGEY YEARS",
    "CRCL": "CLCR CCR CREATININECLEARANCE CRCLEARANCE",
    "SMOK": "SMOKER SMOKING SMOKE SMK",
    "CHILD": "CHILDPUGH CHILDPUGHCLASS CPCLASS HEPATIC HEP LIVER",
    "SEX": "GENDER MALE FEMALE",
}
"""Other names of covariates that the ledger knows."""

_KNOWN = {word: name for name, words in KNOWN_AS.items() for word in (name, *words.split())}

COVARIATES = _words("HT HGT HEIGHT BMI BSA LBM FFM EGFR GFR SCR CREA ALB") | _KNOWN.keys()
"""Names under which people keep what parameters often depend on."""

PARAMETERS = _words(
    "CL V V1 V2 V3 VC VP VD Q Q2 Q3 KA KE KEL K K10 K12 K21 KTR MTT VMAX KM F F1 F2 FREL BIO BIOAV ALAG ALAG1 "
    "ALAG2 LAG TLAG R1 R2 D1 D2 S1 S2"
)
"""Names that parameters usually have."""

_NEAR, _SHORTEST = 0.8, 3
_TWO_DAYS = 48.0
_NO = frozenset({"0", "n", "no", "f", "false", "0.0"})
_WORDS = {word: column for column, words in ITEMS.items() for word in words.split()}
_OF_UNITS = {word: column for column, words in UNITS.items() for word in words.split()}


class Unused(NamedTuple):
    """A column that is not used, as the pass over them sees it.

    Attributes
    ----------
    name : str
        Its name.
    word : str
        The name in upper case, without anything but letters and digits.
    cells : sequence of object
        Its cells.
    """

    name: str
    word: str
    cells: Sequence[Any]

    @property
    def says(self) -> bool:
        """Whether any cell is neither blank, nor 0, nor a no."""
        return any(map(counts, self.cells))


def plain(name: str) -> str:
    """A name in upper case, without unit in brackets, blanks and signs."""
    return re.sub(r"[^A-Z0-9]", "", re.sub(r"[(\[].*", "", name.upper()))


def meaning(name: str) -> str | None:
    """The column of this reader that a name stands for or nearly is, None if none."""
    word = plain(name)
    if word in COLUMNS:
        return word
    if word in _WORDS:
        return _WORDS[word]
    if word in COVARIATES | PARAMETERS | LEFT_OUT | LIMITED | DAYS or word in _OF_UNITS:
        return None
    for known in COLUMNS:
        if len(known) >= _SHORTEST and (
            SequenceMatcher(None, word, known).ratio() >= _NEAR or _swapped(word, known) or word == known + "S"
        ):
            return known
    return None


def _swapped(word: str, known: str) -> bool:
    """Whether two neighbouring letters changed places."""
    return any(
        word == known[:at] + known[at + 1] + known[at] + known[at + 2 :] and word != known
        for at in range(len(known) - 1)
    )


def look_over(
    heading: str,
    unused: Mapping[str, Sequence[Any]],
    used: Mapping[str, Sequence[Any]],
    *,
    spoken_for: Collection[str],
    converted: Collection[str],
    clock: bool,
) -> None:
    """Refuse what the columns that are not used would have said.

    Parameters
    ----------
    heading : str
        Where the names of the columns stand.
    unused, used : mapping of str to sequence
        Cells of the columns that the reader does not use, and of those it does, by their names in `COLUMNS`.
    spoken_for : collection of str
        Columns of which the user said that they are only carried along, or are covariates.
    converted : collection of str
        Columns of `COLUMNS` whose unit the user said.
    clock : bool
        Whether TIME holds times of day without a date.

    Raises
    ------
    InputError
        Naming the columns and the cure.

    Warns
    -----
    LdnsimWarning
        If observations are marked as below a limit.
    """
    columns = [Unused(name, plain(name), cells) for name, cells in unused.items() if name not in spoken_for]
    acting = {name for name, cells in used.items() if Unused(name, name, cells).says}
    if acting & {"RATE", "DUR"}:
        acting |= {"RATE", "DUR"}  # one says what the other would
    foreign = {
        column.name: target
        for column in columns
        if (target := meaning(column.name)) not in (None, "ID", "TIME", "DV", "MDV", *acting)
        and column.says
        and not (column.word in ONE_KIND and len({str(cell).strip() for cell in column.cells if counts(cell)}) == 1)
    }
    if foreign:
        names = list(foreign)
        raise InputError(f"{heading}, columns", names[0] if len(names) == 1 else names, _cure(foreign))
    for column in columns:
        if column.word in LEFT_OUT and column.says:
            raise InputError(
                f"{heading}, column {column.name}",
                _first(column),
                f"which rows to leave out: ignore={{{column.name!r}: {_first(column)!r}}}; or carry=[{column.name!r}] "
                "to use them all",
            )
        if column.word in LIMITED and column.says:
            warnings.warn(
                f"{heading}, column {column.name}: observations are marked as below a limit, but their DV stays as "
                "written; DV '<0.05' is read as missing with its limit",
                LdnsimWarning,
                stacklevel=4,
            )
        if column.word in _OF_UNITS:
            _check_unit(heading, column, _OF_UNITS[column.word], used, converted)
        if column.word in DAYS and "ID" in used and "TIME" in used:
            _check_days(heading, column, used, clock=clock)


def suggestion(columns: Sequence[str], missing: Sequence[str]) -> str:
    """What to rename so that columns that are missing are there, empty if nothing looks like them."""
    found: dict[str, str] = {}
    for wanted in (*missing, *(name for name in COLUMNS if name not in missing)):
        if any(name.upper() == wanted for name in columns):
            continue
        for name in columns:
            if name not in found and wanted not in found.values() and meaning(name) == wanted:
                found[name] = wanted
    return f": rename={found}" if set(missing) & set(found.values()) else ""


def counts(cell: Any) -> bool:
    """Whether a cell is neither blank, nor 0, nor a no."""
    return not blank(cell) and str(cell).strip().lower() not in _NO


def _first(column: Unused) -> Any:
    found = next(cell for cell in column.cells if counts(cell))
    return found.strip() if isinstance(found, str) else found


def _cure(foreign: Mapping[str, Any]) -> str:
    chosen: dict[str, str] = {}
    for name, target in foreign.items():
        if target not in chosen.values():
            chosen[name] = target
    count = next((f" (ADDL is one less than {name})" for name in foreign if plain(name) in COUNTS), "")
    return f"rename={chosen}{count} if that is meant, or carry={list(foreign)} for columns that change nothing"


def _check_unit(
    heading: str, column: Unused, target: str, used: Mapping[str, Sequence[Any]], converted: Collection[str]
) -> None:
    cells = used.get(target, column.cells)
    found = {str(unit).strip() for unit, cell in zip(column.cells, cells, strict=True) if counts(unit) and counts(cell)}
    if len(found) > 1:
        raise InputError(f"{heading}, column {column.name}", sorted(found), f"one unit of {target} for all rows")
    wrong = {unit for unit in found if unit.lower() not in _SAME_UNIT[target]}
    if wrong and target not in converted:
        (unit,) = wrong
        raise InputError(
            f"{heading}, column {column.name}",
            unit,
            f"{USUAL[target]}: units={{{target!r}: {unit!r}}} converts, carry=[{column.name!r}] keeps {target} as it "
            "stands, in the unit of your own model",
        )


def _check_days(heading: str, column: Unused, used: Mapping[str, Sequence[Any]], *, clock: bool) -> None:
    """Refuse a column of days that TIME does not agree with, because TIME then counts within days."""
    try:
        days = [float(cell) for cell in column.cells]
        times = [float(cell) for cell in used["TIME"]]
    except (TypeError, ValueError, ArithmeticError):
        return
    rows = range(len(days))
    for _, group in groupby(rows, key=lambda row: str(used["ID"][row])):
        first, *others = group
        for row in others:
            passed, since = times[row] - times[first], 24.0 * (days[row] - days[first])
            if passed >= 0 and (since > 0 and passed < 24.0 if clock else abs(since - passed) >= _TWO_DAYS):
                raise InputError(
                    f"{heading}, column {column.name}",
                    column.cells[row],
                    f"days as in TIME: rename={{{column.name!r}: 'DATE'}} where TIME is an hour of that day, "
                    f"units={{'TIME': 'day'}} where TIME is in days, or carry=[{column.name!r}]",
                )


def refuse_units_row(place: str, cells: Mapping[str, Any], number: int) -> None:
    """Say that the first row holds units, where no cell has a digit and TIME is a word."""
    words = {name: str(cell).strip() for name, cell in cells.items() if not blank(cell)}
    numeric = [name for name in words if name.upper() in ("TIME", "AMT", "RATE", "DUR", "II")]
    if not numeric or any(any(sign.isdigit() for sign in word) for word in words.values()):
        return
    units = {
        name.upper(): words[name]
        for name in numeric
        if words[name].strip("[]()").lower() not in _SAME_UNIT.get(name.upper(), _SAME_UNIT["TIME"])
    }
    more = f", units={units} converts" if units else ""
    raise InputError(
        place, words, f"a row of data; these look like units: skip_rows=[{number}] leaves the row out{more}"
    )


def unit_column(name: str) -> str | None:
    """The column whose unit a column of this name says."""
    return _OF_UNITS.get(plain(name))


def does_not_act(carried: Iterable[str]) -> list[str]:
    """Carried columns that elsewhere often are covariates or parameters."""
    return [name for name in carried if _covariate(name) or name.upper() in PARAMETERS]


def known_covariate(name: str) -> str | None:
    """The covariate of the ledger that a column of another name seems to hold, None if none."""
    return _KNOWN.get(_covariate(name))


def _covariate(name: str) -> str:
    """The word for a covariate in a name, without the unit behind it; empty if there is none."""
    words = (plain(name), plain(re.split(r"[\W_]", name.strip())[0]))
    return next((word for word in words if word in COVARIATES), "")
