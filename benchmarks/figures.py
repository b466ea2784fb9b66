"""Every figure that the documentation quotes, computed afresh: ``python benchmarks/figures.py``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

import ldnsim as ldn
from ldnsim.dosing.regimen import Regimen
from ldnsim.engines.course import Solver, walk
from ldnsim.engines.events import Jump
from ldnsim.engines.exact import ExactEngine
from ldnsim.engines.leg import Array
from ldnsim.engines.parameter_sets import ParameterSets
from ldnsim.engines.places import due, marks_of, sides
from ldnsim.engines.protocol import Protocol
from ldnsim.model import Parameters
from ldnsim.models.naltrexone import naltrexone
from ldnsim.models.system import NALTREXONE, System
from ldnsim.noncompartmental import exposure
from ldnsim.pk import PkParameters, PkState, pk_rates
from ldnsim.results.endpoints import growth_by_blocked_share, half_time, hours_blocked, time_mean, window
from ldnsim.study.intakes import taken


class Isomer(NamedTuple):
    """One isomer by itself."""

    pk: PkState


def exact_kinetics(p: PkParameters, jumps: Sequence[Jump], first: int) -> Array:
    """Amounts of the isomer whose states begin at a position, hourly and at both sides of each dose, over 28 days."""
    alone = System(Isomer, lambda state, p, _: Isomer(pk_rates(state.pk, p)), lambda state, *_: state, linear=True)
    size = len(alone.names)
    placed = due([replace(jump, state=jump.state - first) for jump in jumps if 0 <= jump.state - first < size])
    records, _ = sides(np.arange(673.0), marks_of(placed), 0.0, 672.0)
    protocol = Protocol(1, ParameterSets.of([[p]]), np.zeros((size, 1)), 0.0, placed, records)
    engine = ExactEngine(alone)
    (course,) = walk(Solver(alone, engine, engine, engine, engine), [protocol], [np.zeros(1)])
    return np.array([state[0] for state in course.states])


def kinetics() -> None:
    """Exposure after single doses."""
    for text, exposure_set in (("50 mg once", "label50"), ("4.5 mg once", "label50"), ("4.5 mg once", "ldn24")):
        run = ldn.simulate(text, assumptions=f"popular,exposure={exposure_set}", until="7 d", step=0.05)
        for analyte in ("ntx", "bnx6"):
            curve = run.data["plasma"].sel(analyte=analyte)
            e = exposure(curve["time"].values, curve.values)
            print(
                f"{text:12} {exposure_set:8} {analyte:5} Cmax {e.cmax:.4g} ng/mL  Tmax {e.tmax:.2f} h  "
                f"AUC {e.aucinf_obs:.4g} ng*h/mL  half-life {e.half_life:.3g} h"
            )


def popular() -> None:
    """The table of week 6 of nightly doses."""
    once = ldn.simulate("4.5 mg at 22:00", step=0.02)
    print(f"popular, one 4.5 mg dose: {hours_blocked(once.data):.2f} h with mu at least half held,", end=" ")
    print(f"residence {1 / once.parameters['receptors.koff'].value:.2f} h")
    print("   mg   hours  peptide mean, peak  receptors   tone  cytokine index")
    for mg in (0.5, 1.5, 3.0, 4.5, 9.0, 16.0, 50.0):
        run = ldn.simulate(f"{mg:g} mg at 22:00 daily for 6 weeks", step=0.05)
        day = window(run.data, 41 * 24.0, 42 * 24.0)
        peptide = day["peptide_level"].sel(peptide="beta_endorphin")
        print(
            f"{mg:5g}  {hours_blocked(day):6.2f}  "
            f"{time_mean(day, 'peptide_level', peptide='beta_endorphin'):12.3f}, {float(peptide.max()):.3f}"
            f"  {time_mean(day, 'receptor_density', receptor='mor'):9.3f}"
            f"  {time_mean(day, 'tone'):5.3f}  {time_mean(day, 'cytokine_index'):14.3f}"
        )


def measured() -> None:
    """What PET and in-vitro potency give."""

    def run(text: str, until: float) -> ldn.Simulation:
        return ldn.simulate(text, assumptions="measured", until=until, step=0.25)

    def held(result: ldn.Simulation, hour: float, receptor: str) -> float:
        return 100 * float(result.data["occupancy"].sel(receptor=receptor, time=hour))

    print(f"measured, 4.5 mg once: mu {held(run('4.5 mg', 24.0), 4.0, 'mor'):.1f} % at 4 h")
    course = run("50 mg daily for 4 days", 96.0)
    print(
        f"50 mg x 4: mu {held(course, 76.0, 'mor'):.1f} %, delta {held(course, 76.0, 'dor'):.1f} % 4 h after the last"
    )
    print(f"100 mg x 7: kappa {held(run('100 mg daily for 7 days', 168.0), 148.0, 'kor'):.1f} % 4 h after the last")
    print(f"50 mg once: blockade halves in {half_time(run('50 mg', 240.0).data):.1f} h")
    month = run("50 mg daily for 28 days", 672.0)
    il1b = abs(month.data["mediator_level"].sel(mediator="il1b") - 1)
    print(f"50 mg nightly: TLR4 inhibition at most {100 * float(month.data['tlr4_inhibition'].max()):.4f} %", end=", ")
    print(
        f"cytokine index at least {float(month.data['cytokine_index'].min()):.6f}, IL-1b off by {float(il1b.max()):.1e}"
    )
    growth = growth_by_blocked_share([0.2, 1.0], ldn.resolve("popular")).values
    print(f"growth blocked a fifth of the day {growth[0]:.3f}, blocked all day {growth[1]:.3f}")


def numerics() -> None:
    """Agreement of engines and methods."""
    regimen = Regimen.parse("4.5 mg at 22:00 daily for 28 days")
    run = ldn.simulate(regimen, step=1.0)
    p = run.parameters.fill(Parameters)
    model = naltrexone(run.parameters, regimen.clock)
    dosing = model.dosing(run.parameters.values_by_name())
    events = [event for dose in regimen.dosing() for event in taken(model, dosing, dose).enter(dose.time)]
    jumps = [event for event in events if isinstance(event, Jump)]
    exact = exact_kinetics(p.pk, jumps, NALTREXONE.index("levo.depot"))
    found = run.data["amount"].sel(isomer="levo").values
    dose = sum(jump.amount for jump in jumps if jump.time < 1)
    print(f"kinetics against the exact solution: {abs(found - exact).max() / dose:.1e} of a dose")
    given = dose * np.array([sum(d.time + p.dose.lag < t for d in regimen.dosing()) for t in run.data["time"].values])
    total = run.data["amount"].sum(("isomer", "compartment")).values
    ordinary = run.data["side"].values == 0
    print(f"mass balance: {abs(total - given)[ordinary].max() / dose:.1e} of a dose")
    other = ldn.simulate(regimen, step=1.0, method="DOP853", rtol=1e-9)
    gaps = {
        str(name): float(abs(run.data[name] - other.data[name].values).max())
        / (float(np.ptp(run.data[name].values)) or 1)
        for name in run.data.data_vars
    }
    worst = max(gaps, key=lambda name: gaps[name])
    print(f"LSODA against DOP853 over 28 days: {gaps[worst]:.1e} of range at worst ({worst})")


if __name__ == "__main__":
    kinetics()
    popular()
    measured()
    numerics()
