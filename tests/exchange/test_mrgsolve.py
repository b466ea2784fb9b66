"""Model files of mrgsolve: compiled they give our rates to the last digits, and their doses our curves.

R and mrgsolve are no part of the tests. The bodies of the blocks are compiled as they stand, between declarations of
parameters and states as mrgsolve makes them; the doses are read from the remarks.
"""

from __future__ import annotations

import ctypes
import re
import shutil
import subprocess
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

from ldnsim import Endotoxin, InputError, Population, Regimen, models, simulate
from ldnsim.dosing.phases import Phase
from ldnsim.exchange import FORMATS, export
from ldnsim.exchange.mrgsolve import RESERVED

from .programs import CASES, Array, calls_of, exported, solved, states_of

compiler = pytest.mark.skipif(shutil.which("g++") is None, reason="there is no g++ to compile model files")


class Blocks(NamedTuple):
    """What stands in a model file."""

    parameters: dict[str, float]
    states: list[str]
    main: list[str]
    ode: list[str]
    table: list[str]
    captured: list[str]


def read(text: str) -> Blocks:
    """The blocks of a model file, without remarks, as mrgsolve takes them apart."""
    lines = [line.split("//")[0].rstrip() for line in text.splitlines()]
    blocks: dict[str, list[str]] = {}
    name = ""
    for line in lines:
        if line.startswith("$"):
            name = line.split()[0]
            blocks[name] = []
        elif line and name:
            blocks[name].append(line)
    # an annotation of mrgsolve has exactly so many parts
    annotated = {key: [line.split(" : ") for line in blocks.get(key, [])] for key in ("$PARAM", "$CMT", "$CAPTURE")}
    assert all(len(parts) == 3 for parts in annotated["$PARAM"])
    assert all(len(parts) == 2 for key in ("$CMT", "$CAPTURE") for parts in annotated[key])
    for parts in (*annotated["$PARAM"], *annotated["$CMT"], *annotated["$CAPTURE"]):
        assert re.fullmatch(r"[^():\[\]]+ \([^()]+\)", parts[-1]), parts
    return Blocks(
        {name: float(value) for name, value, _ in annotated["$PARAM"]},
        [name for name, _ in annotated["$CMT"]],
        blocks["$MAIN"],
        blocks["$ODE"],
        blocks.get("$TABLE", []),
        [name for name, _ in annotated["$CAPTURE"]],
    )


class Compiled(NamedTuple):
    """Functions of a compiled model file, each from the time and the states."""

    blocks: Blocks
    rates: Callable[[float, Array], list[float]]
    shown: Callable[[float, Array], list[float]]
    main: dict[str, float]


def body(number: int, blocks: Blocks) -> str:
    given = [f"double {name} = {value!r};" for name, value in blocks.parameters.items()]
    given += [f"double {name} = y[{place}];" for place, name in enumerate(blocks.states)]
    rates = [f"dxdt_{name}" for name in blocks.states]
    left = [line.split(" = ")[0] for line in blocks.main]

    def function(kind: str, time: str, declared: list[str], lines: list[str], out: list[str]) -> str:
        head = f'extern "C" void {kind}{number}(double {time}, const double* y, double* out) {{'
        gives = [f"out[{place}] = {name};" for place, name in enumerate(out)]
        return "\n".join([head, *given, *(f"double {name};" for name in declared), *lines, *gives, "}"])

    return "\n".join(
        [
            function("ode", "SOLVERTIME", rates, blocks.ode, rates),
            function("table", "TIME", [], blocks.table, blocks.captured),
            function("main", "TIME", left, blocks.main, left),
        ]
    )


def compiled(texts: list[str], folder: Any) -> list[Compiled]:
    """Functions of each model file; all are compiled in one go."""
    every = [read(text) for text in texts]
    head = "#include <cmath>\nusing std::fmin; using std::fmax;\n"
    (folder / "models.cpp").write_text(head + "\n".join(body(k, one) for k, one in enumerate(every)))
    # a fused multiplication rounds once where two operations round twice
    command = ["g++", "-O0", "-ffp-contract=off", "-w", "-shared", "-fPIC", "models.cpp", "-o", "models.so"]
    subprocess.run(command, check=True, cwd=folder)
    library = ctypes.CDLL(str(folder / "models.so"))
    pointer = ctypes.POINTER(ctypes.c_double)

    def function(name: str, size: int) -> Callable[[float, Array], list[float]]:
        call = getattr(library, name)
        call.argtypes, call.restype = [ctypes.c_double, pointer, pointer], None

        def run(time: float, y: Array) -> list[float]:
            out = np.empty(size)
            y = np.ascontiguousarray(y, dtype=float)
            call(time, y.ctypes.data_as(pointer), out.ctypes.data_as(pointer))
            return out.tolist()

        return run

    found = []
    for k, one in enumerate(every):
        left = [line.split(" = ")[0] for line in one.main]
        values = function(f"main{k}", len(left))(0.0, np.zeros(len(one.states)))
        rates, shown = function(f"ode{k}", len(one.states)), function(f"table{k}", len(one.captured))
        found.append(Compiled(one, rates, shown, dict(zip(left, values, strict=True))))
    return found


@pytest.fixture(scope="module")
def every(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Any, Compiled]]:
    """What is written of each case, and compiled."""
    written = {case: exported(case, "mrgsolve") for case in CASES}
    written |= {what: exported(case, "mrgsolve", given, **asked) for what, (case, given, asked) in DOSED.items()}
    programs = compiled([one.text for one in written.values()], tmp_path_factory.mktemp("mrgsolve"))
    return {case: (one, program) for (case, one), program in zip(written.items(), programs, strict=True)}


@compiler
def test_compiled_rates_and_outputs_of_every_model_are_ours(every: dict[str, tuple[Any, Compiled]]) -> None:
    for case in CASES:
        one, program = every[case]
        study, named = one.study, one.table.set_index("ldnsim")
        model, p = study.model, study.account.parameters.fill(study.account.declared)
        ours = model.system.right_hand_side(p, model.daily)
        places = [program.blocks.states.index(named["name"][name]) for name in model.system.names]
        outputs = named[named["kind"] == "output"]["name"]
        parts = {column: part for column, (_, part) in columns(model).items()}
        for number, state in enumerate(states_of(case, len(places), 20)):
            time = 1.7 * number
            y = np.empty(len(places))
            y[places] = state
            expected = ours(time, state)
            np.testing.assert_allclose(
                np.array(program.rates(time, y))[places], expected, rtol=1e-14, atol=0.0, err_msg=case
            )
            with np.errstate(all="ignore"):
                series = model.series(state, p, model.daily.at(time))
            seen = dict(zip(program.blocks.captured, program.shown(time, y), strict=True))
            for column, name in outputs.items():
                np.testing.assert_allclose(seen[name], series[parts[column]], rtol=1e-13, err_msg=f"{case}, {column}")
        start = model.untreated(p)
        assert [program.main[f"{program.blocks.states[place]}_0"] for place in places] == start.tolist(), case
        # what a solver may step to on its way is no root of a negative number
        assert np.isfinite(program.rates(0.0, np.full(len(places), -1e-9))).all(), case


def columns(model: Any) -> Any:
    from ldnsim.study.processes import columns_of

    return columns_of(model)


SHORT = {"until": 24, "rtol": 1e-7}
MISSED = Regimen.parse("10 mg daily for 4 days").miss(doses=[2]).late("5 h", doses=[3])
PATTERN = Regimen.from_phases([Phase(mg, "hcl", "oral", at, 24.0, 2) for at, mg in ((0.0, 10.0), (8.0, 5.0))])
DOSED: dict[str, tuple[str, Any, dict[str, Any]]] = {
    "lag, bioavailability, steady": ("library, steep", "10 mg at 08:00 daily for 2 days", {"start": "steady-state"}),
    "two ways into the mouth, and a challenge": (
        "naltrexone, popular", "4.5 mg sublingual", {"endotoxin": Endotoxin(3, 2), **SHORT},
    ),
    "a depot, labelled as base": ("naltrexone, measured", "380 mg depot", SHORT),
    "a steady state of two ways in": ("library, parallel depots", "5 mg daily for 3 days", {"start": "steady-state"}),
    "a steady state of two doses a day": ("library, oral", PATTERN, {"start": "steady-state"}),
    "an infusion": ("library, oral", Regimen("60 mg", route="intravenous", over="2 h", every="12 h", doses=3), {}),
    "two rates of absorption": ("library, parallel depots", "10 mg at 08:00 daily for 2 days", {}),
    "an absorption that takes so long": ("library, zero order", "10 mg at 08:00 daily for 2 days", {}),
    "doses missed and late": ("library, oral", MISSED, {}),
}  # fmt: skip

_OF = {"F_": "F", "ALAG_": "lag", "R_": "R", "D_": "D"}


@compiler
def test_doses_as_they_are_written_give_our_curves(every: dict[str, tuple[Any, Compiled]]) -> None:
    for what in DOSED:
        one, program = every[what]
        states = program.blocks.states
        said = {
            (kind, name.removeprefix(start)): value
            for name, value in program.main.items()
            for start, kind in _OF.items()
            if name.startswith(start) and not name.endswith("_0")
        }
        initial = np.array([program.main[f"{name}_0"] for name in states])
        times = np.array([4.0, 12.0, 20.0, 24.0, 36.0, 48.0])
        times = times[times <= one.study.settings["until"]]
        doses = calls_of(one.text, "mrgsolve::ev")
        found = solved(program.rates, states, initial, doses, said, times)
        run = one.runs[0].data.drop_duplicates("time", keep="last").sel(time=times)
        columns_, named = columns(one.study.model), one.table.set_index("ldnsim")["name"]
        for column in named.index[one.table["kind"] == "output"]:
            shown, _ = columns_[column]
            ours = run[shown.name].sel(shown.labels).values
            place = program.blocks.captured.index(named[column])
            theirs = [program.shown(time, state)[place] for time, state in zip(times, found, strict=True)]
            assert theirs == pytest.approx(ours, rel=1e-5, abs=1e-6 * (np.abs(ours).max() + 1e-12)), (what, column)


def test_names_are_free_in_the_language_and_the_first_states_are_those_of_the_compartments() -> None:
    for case in CASES:
        one = exported(case, "mrgsolve")
        blocks = read(one.text)
        names = [*blocks.parameters, *blocks.states]
        declared = [line.split()[1] for line in (*blocks.ode, *blocks.table) if line.startswith("double")]
        every = [*names, *declared]
        assert len({name.lower() for name in every}) == len(every), case
        assert RESERVED.isdisjoint(name.lower() for name in every), case
        assert set(blocks.captured) <= set(declared), case
    two = read(export("10 mg", format="mrgsolve", model=models.two_compartment(CL=3, V1=10, Q=2, V2=30, ka=1)).text)
    assert two.states == ["depot", "central", "peripheral"]
    bolus = read(export("10 mg", format="mrgsolve", model=models.two_compartment(CL=3, V1=10, Q=2, V2=30)).text)
    assert bolus.states[:2] == ["central", "peripheral"]


def test_every_parameter_has_its_unit_meaning_and_evidence_and_acts_on_something() -> None:
    one = exported("naltrexone, popular", "mrgsolve")
    assert "cl : 140.0 : Clearance of naltrexone (L/h)  // read; PP016;" in one.text
    assert "dose.f_dextro 0.5" in one.text
    assert "f_dextro :" not in one.text
    assert "acrophase : 10.72" in one.text
    blocks = read(one.text)
    lines = "\n".join((*blocks.main, *blocks.ode, *blocks.table))
    assert [name for name in blocks.parameters if not re.search(rf"\b{name}\b", lines)] == []


def test_ends_of_names_mean_formats_and_what_no_file_holds_is_refused(tmp_path: Any) -> None:
    assert export("4.5 mg", tmp_path / "model.cpp").format == "mrgsolve"
    assert (tmp_path / "model.cpp").read_text().startswith("// In R")
    assert {"mrgsolve", "rxode2"} <= FORMATS.keys()
    steady = Regimen("60 mg", route="intravenous", over="2 h", every="24 h", doses=3)
    with pytest.raises(InputError, match="untreated"):
        export(steady, format="mrgsolve", start="steady-state")
    run: Any = simulate("4.5 mg", population=Population(2, seed=1), until=4, engine="batch")
    with pytest.raises(InputError, match="what"):
        export(run, format="mrgsolve")
