"""Calibrations: every tuned number is solved here from its stated target, and can be solved again by anyone."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, fields, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .base.errors import CalibrationError
from .base.files import whole
from .base.units import HOURS_PER_DAY
from .endorphin import deficit, release
from .ledger.assumptions import BUNDLES, Assumptions
from .ledger.evidence import Parameter, ledger
from .ledger.parameters import resolve
from .population.individuals import Individuals
from .population.population import Population
from .qualification.beside import read_one
from .qualification.measures import SCALES
from .qualification.predictions import predictions
from .results.endpoints import hours_blocked, mean_over, window
from .simulation import simulate
from .study.ensemble import Ensemble

if TYPE_CHECKING:
    import xarray as xr

BLOCK_HOURS = 5.0
"""Target of the popular Kd: hours that one dose blocks, the middle of the claimed 4 to 6 [h]."""

LDN = "4.5 mg at 22:00"
SCAN_HOUR = 4.0
"""When the PET scans are taken to have been made: published only as under 8 h after the dose [h]."""

TLR4_WEEKS = 8

_LONG = 48.0
"""When levels have only the last exponent left [h]."""

PET_ROWS = tuple(f"RO00{number}" for number in range(1, 8))
LATE_ROW = "RO013"
COURSE = 5
"""Doses of 50 mg every other day after which another one changes occupancy by less than 0.1 %."""

ORAL = {"CK011": "pk.f", "CK012": "pk.vc", "CK013": "pk.q", "CK014": "pk.vp"}
"""Rows and parameters of the exposure by mouth."""
ORAL_ROWS = ("PO001", "PO002", "PO003", "PO004", "PO024", "PO026", "PO027", "PO028", "PO030", "PO031")
"""Peaks, areas and half-lives after one dose, in the studies of healthy people that print both peak and area."""
METABOLITE = {"CK016": "pk.clm", "CK017": "pk.vcm", "CK018": "pk.vpm"}
"""Rows and parameters of the metabolite."""
METABOLITE_ROWS = ("PO010", "PO020", "PO023", "PO110")
LAST_EXPONENTS = {"PP026": "10 mg iv", "PP027": "50 mg"}
"""Rows of the last exponent of plasma levels, and after which dose."""
TABLET_ROW = "PO007"

_AGREEMENT = 1e-4
_STEP = 1e-4
"""Relative step of differences."""
_FINE = 1e-7
"""Relative tolerance over weeks, far below what counts as agreement."""
_POTENCIES = (0.01, 10.0)
"""Between which potencies at TLR4 are looked for [ng/mL, and 1]."""
_SIDE_BY_SIDE = 12


class Solved(NamedTuple):
    """A calibrated number.

    Attributes
    ----------
    row : str
        Its row in the ledger.
    value : float
        What the solver found, in the unit of the row.
    stored : float
        What the ledger holds.
    target : str
        What it was solved for.
    """

    row: str
    value: float
    stored: float
    target: str

    @property
    def agrees(self) -> bool:
        """Whether the stored value is the solved one, to four digits."""
        return abs(self.value - self.stored) <= _AGREEMENT * abs(self.stored)


def calibrate(progress: Callable[[str], None] | None = None) -> Iterator[Solved]:
    """Solve every calibration afresh, in the order in which they build on each other.

    Parameters
    ----------
    progress : callable, optional
        Called with what is being solved.

    Yields
    ------
    Solved
        One a calibrated row, in ledger order within each step.

    Raises
    ------
    CalibrationError
        If a target cannot be met.
    """
    rows = {row.id: row for row in ledger().select(status="calibrated")}
    found: dict[str, float] = {}
    for title, solver in _STEPS:
        if progress is not None:
            progress(title)
        for row, value in solver(found).items():
            found[row] = value
            stored = rows[row].value
            assert stored is not None
            yield Solved(row, value, stored, rows[row].target)
    missing = rows.keys() - found.keys()
    if missing:
        raise CalibrationError(f"no calibration solves {', '.join(sorted(missing))}")


def _root(function: Callable[[float], float], low: float, high: float, target: str) -> float:
    """Where a monotone function of a positive number crosses zero, searched on a logarithmic axis."""
    from scipy.optimize import brentq

    ends = function(low), function(high)
    if ends[0] * ends[1] > 0:
        raise CalibrationError(
            f"{target}: not met between {low:g} and {high:g} (misses by {ends[0]:.3g} and {ends[1]:.3g})"
        )
    return float(np.exp(brentq(lambda x: function(float(np.exp(x))), np.log(low), np.log(high), xtol=1e-9)))


def _exposure(found: Mapping[str, float]) -> dict[str, object]:
    """What has been found of the exposure by mouth, as parameters."""
    return {name: found[row] for row, name in (ORAL | METABOLITE).items() if row in found}


def _levels(
    fitted: Mapping[str, str], targets: Sequence[str], exponents: Mapping[str, str]
) -> Callable[[Mapping[str, float]], dict[str, float]]:
    """Least squares of logarithms, every printed number with the same weight.

    Two of the numbers are not fitted, but read: clearance, because doses by mouth fix only its ratio to availability,
    and the rate of absorption, because every value from 0.5 to 2.5 /h meets the same figures with another volume.

    Parameters
    ----------
    fitted : mapping of str to str
        Rows and their parameters.
    targets : sequence of str
        Observations.
    exponents : mapping of str to str
        Rows of last exponents of naltrexone, and the dose after which.

    Returns
    -------
    callable
        A step of the calibration.
    """

    def solver(found: Mapping[str, float]) -> dict[str, float]:
        wanted = [predictions()[0][row] for row in targets]
        outputs = list(dict.fromkeys(["plasma", *(one.shown.name for one in wanted)]))
        doses = dict.fromkeys((*(one.regimen for one in wanted), *exponents.values()))
        slopes = [ledger().parameters[row].value for row in exponents]
        observed = np.log([*(one.observed for one in wanted), *(slope for slope in slopes if slope is not None)])

        def predicted(points: Any) -> Any:
            """Logarithms at some points, a row each; shape (n_points, n_targets)."""
            columns = {name: np.full(len(points), value) for name, value in _exposure(found).items()}
            columns |= dict(zip(fitted.values(), np.exp(points).T, strict=True))
            who = Individuals.of({"ID": range(len(points)), **columns})
            runs = {
                dose: simulate(
                    dose, population=who, until=_LONG, step=0.1, outputs=outputs, engine="batch", progress=False
                ).data
                for dose in doses
            }  # fmt: skip
            late = [runs[dose]["plasma"].sel(analyte="ntx") for dose in exponents.values()]
            last = [np.log((x.sel(time=_LONG / 2) / x.sel(time=_LONG)).values) / (_LONG / 2) for x in late]
            read = [SCALES[one.scale](read_one(runs[one.regimen], one)) for one in wanted]
            return np.log(np.column_stack([*read, *last]))

        start = np.log([resolve("exposure=label50")[name].value for name in fitted.values()])
        best = _least_squares(predicted, observed, start, ", ".join(fitted), xtol=1e-6)
        return {row: float(value) for row, value in zip(fitted, np.exp(best), strict=True)}

    return solver


def _least_squares(predicted: Callable[[Any], Any], observed: Any, start: Any, title: str, **settings: float) -> Any:
    """Where predictions, a row each for some points, are closest to what was observed; differences run side by side."""
    from scipy.optimize import least_squares

    def slope(point: Any) -> Any:
        steps = _STEP * np.eye(len(point))
        above, below = np.split(predicted(np.vstack([point + steps, point - steps])), 2)
        return (above - below).T / (2 * _STEP)

    fit = least_squares(lambda point: predicted(point[None])[0] - observed, start, jac=slope, **settings)
    if not fit.success:
        raise CalibrationError(f"{title}: {fit.message}")
    return fit.x


def _tablet(found: Mapping[str, float]) -> dict[str, float]:
    """What reaches the gut wall is proportional to the area."""
    target = predictions()[0][TABLET_ROW]
    run = simulate(
        target.regimen, parameters={**_exposure(found), "dose.f_er": 1.0}, until=target.until, step=0.05,
        population=Population(1, variability={}), progress=False,
    )  # fmt: skip
    return {"CK015": target.observed / float(read_one(run.data, target)[0])}


def _kd(row: str, isomers: str, blockade: str) -> Callable[[Mapping[str, float]], dict[str, float]]:
    assumptions = replace(BUNDLES["popular"], isomers=isomers, blockade=blockade)

    def solver(found: Mapping[str, float]) -> dict[str, float]:
        def miss(kd: float) -> float:
            changed = {**_exposure(found), "receptors.kd": kd}
            run = simulate(LDN, assumptions=assumptions, parameters=changed, until=24.0, step=0.02)
            return hours_blocked(run.data) - BLOCK_HOURS

        return {row: _root(miss, 0.005, 2.0, "hours blocked after one dose")}

    return solver


def _peptide_gain(_: Mapping[str, float]) -> dict[str, float]:
    treated, normal = (ledger().observations[row].value for row in ("RO079", "RO080"))
    assert treated is not None
    assert normal is not None
    lost = deficit(0.0)
    rho = resolve(Assumptions(rebound="conservative"))["endorphin.rho"].value

    def miss(g: float) -> float:
        return float(release(1 + rho * lost, lost, g)) - treated / normal

    return {"CK005": _root(miss, 0.01, 10.0, "peptide plateau under full blockade")}


def _biophase(found: Mapping[str, float]) -> dict[str, float]:
    """Least squares on occupancy in percent.

    After one dose both parts of the biophase are proportional to the dose at any one hour, so
    scans of a single hour fix only their sum. The label's figure 48 h after the last dose of a
    course, when the fast part has gone, tells them apart. None of these points is used as a check.
    """
    scans = [(row.dose, row.value) for row in map(ledger().observations.__getitem__, PET_ROWS)]
    late = ledger().observations[LATE_ROW].value
    doses = np.array([dose for dose, _ in scans])
    ready = [
        Ensemble(
            regimen, assumptions="measured", parameters={**_exposure(found), "endorphin.g": found["CK005"]},
            until=until, step=0.5, rtol=_FINE,
        )
        for regimen, until in (
            ("1 mg once", SCAN_HOUR),
            (f"50 mg every 48 h for {COURSE} doses", 48.0 * COURSE),
        )
    ]  # fmt: skip

    def held(study: Ensemble, **columns: Any) -> Any:
        frame = {name.replace("_", "."): values for name, values in columns.items()}
        return 100 * study.endpoints(frame, {"held": _held_last})["held"].to_numpy()

    def predicted(points: Any) -> Any:
        """Occupancy at some points, a row each; shape (n_points, n_targets)."""
        alpha, beta = np.exp(points).T
        each = len(doses)
        scanned = held(
            ready[0], mg=np.tile(doses, len(points)), receptors_alpha=np.repeat(alpha, each),
            receptors_beta=np.repeat(beta, each),
        )  # fmt: skip
        return np.column_stack([scanned.reshape(-1, each), held(ready[1], receptors_alpha=alpha, receptors_beta=beta)])

    observed = np.array([*(value for _, value in scans), late], dtype=float)
    alpha, beta = np.exp(_least_squares(predicted, observed, np.log((0.2, 0.1)), "PET occupancy", xtol=1e-6))
    return {"CK003": float(alpha), "CK004": float(beta)}


def _held_last(data: xr.Dataset) -> Any:
    return data["occupancy"].sel(receptor="mor").values[..., -1]


def _index_root(row: str, assumptions: Assumptions, name: str, found: Mapping[str, float]) -> dict[str, float]:
    """The potency at which the cytokine index falls as printed: two rounds of points that run side by side."""
    from scipy.interpolate import PchipInterpolator

    fall = ledger().parameters["M006"].value
    assert fall is not None
    ready = Ensemble(
        f"{LDN} daily for {TLR4_WEEKS} weeks", assumptions=assumptions, step=0.5, rtol=_FINE,
        parameters={**_exposure(found), "receptors.kd": found["CK001"]},
    )  # fmt: skip

    def last_day_mean(data: xr.Dataset) -> Any:
        end = float(data["time"].values[-1])
        shown = window(data, end - HOURS_PER_DAY, end)
        return mean_over(shown["time"].values, shown["cytokine_index"].values)

    low, high = _POTENCIES
    for _ in range(2):
        points = np.geomspace(low, high, _SIDE_BY_SIDE)
        index = ready.endpoints({name: points}, {"index": last_day_mean})["index"].to_numpy()
        after = int(np.searchsorted(index, 1 - fall))
        if not 0 < after < len(points) or (np.diff(index) <= 0).any():
            raise CalibrationError(
                f"fall of the cytokine index: {fall:g} is not met between {low:g} and {high:g}, "
                f"where it is {1 - index[0]:.3g} and {1 - index[-1]:.3g}"
            )
        low, high = points[after - 1 : after + 1]
    return {row: float(np.exp(PchipInterpolator(index, np.log(points))(1 - fall)))}


def _ic50(found: Mapping[str, float]) -> dict[str, float]:
    return _index_root("CK006", BUNDLES["popular"], "tlr4.ic50", found)


def _excess50(found: Mapping[str, float]) -> dict[str, float]:
    return _index_root("CK007", replace(BUNDLES["popular"], tlr4="opioid-mediated"), "tlr4.excess50", found)


def _pain_gain(_: Mapping[str, float]) -> dict[str, float]:
    points, fall = (ledger().parameters[row].value for row in ("LM029", "M006"))
    assert points is not None
    assert fall is not None
    return {"CK008": points / fall}


_STEPS: tuple[tuple[str, Callable[[Mapping[str, float]], dict[str, float]]], ...] = (
    ("naltrexone by mouth", _levels(ORAL, ORAL_ROWS, LAST_EXPONENTS)),
    ("6-beta-naltrexol", _levels(METABOLITE, METABOLITE_ROWS, {})),
    ("extended-release tablet", _tablet),
    ("Kd, 50:50 mixture", _kd("CK001", "racemic", "occupancy")),
    ("Kd, levo drug alone", _kd("CK002", "levo", "occupancy")),
    ("Kd of functional block, 50:50 mixture", _kd("CK009", "racemic", "functional")),
    ("Kd of functional block, levo drug alone", _kd("CK010", "levo", "functional")),
    ("peptide gain", _peptide_gain),
    ("PET biophase", _biophase),
    ("TLR4 potency", _ic50),
    ("TLR4 by way of peptide", _excess50),
    ("pain gain", _pain_gain),
)


def write(solved: Mapping[str, float], path: str | os.PathLike[str]) -> None:
    """Write the table of calibrated rows with new values, whole or not at all.

    Parameters
    ----------
    solved : mapping of str to float
        Row to value.
    path : path-like
        Where; the packaged table is ``ldnsim/data/parameters_calibrated.csv``.

    Raises
    ------
    InputError
        If the folder cannot be written to.
    """
    with whole(path, "write") as draft, draft.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, [field.name for field in fields(Parameter)], lineterminator="\n")
        writer.writeheader()
        for row in ledger().select(status="calibrated"):
            cells = {name: "" if cell is None else cell for name, cell in asdict(row).items()}
            writer.writerow({**cells, "value": f"{solved[row.id]:.6g}"})
