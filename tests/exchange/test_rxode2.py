"""Scripts for rxode2: what stands in them, read as arithmetic, gives our rates to the last digits.

R and rxode2 are no part of the tests. The body of the model is plain assignments, which differ from Python in few signs
(``^``, ``ifelse``, ``&&``), so that these are replaced and the lines run. That rxode2 itself takes the script is not
shown by this.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import numpy as np
import pytest

from ldnsim.exchange import export
from ldnsim.exchange.rxode2 import RESERVED

from .programs import CASES, calls_of, exported, solved, states_of

_SIGNS = {"^": "**", "&&": " and ", "||": " or ", "!(": "not ("}


class Script(NamedTuple):
    """What stands in a script."""

    states: list[str]
    initial: dict[str, float]
    of_doses: dict[tuple[str, str], float]
    names: list[str]
    code: Any


def read(text: str) -> Script:
    """The model of a script, as Python."""
    inside = text.split("rxode2::rxode2({\n")[1].split("\n})")[0]
    states, initial, names, code = [], {}, [], []
    of_doses: dict[tuple[str, str], str] = {}
    for line in inside.splitlines():
        line = line.split("#")[0].strip()
        if not line:
            continue
        if found := re.fullmatch(r"cmt\((\w+)\)", line):
            states.append(found[1])
        elif found := re.fullmatch(r"(\w+)\(0\) = (\S+)", line):
            initial[found[1]] = float(found[2])
        elif found := re.fullmatch(r"(f|alag|rate|dur)\((\w+)\) = (\w+)", line):
            of_doses[({"f": "F", "alag": "lag", "rate": "R", "dur": "D"}[found[1]], found[2])] = found[3]
        else:
            left, right = line.split(" = ", 1)
            for sign, python in _SIGNS.items():
                right = right.replace(sign, python)
            if rate := re.fullmatch(r"d/dt\((\w+)\)", left):
                left = f"rate_of_{rate[1]}"
            assert left.isidentifier(), line
            names.append(left)
            code.append(f"{left} = {right}")
    constants = {line.split(" = ")[0]: line.split(" = ")[1] for line in code}
    given = {kind: float(constants[name]) for kind, name in of_doses.items()}
    return Script(states, initial, given, names, compile("\n".join(code), "rxode2", "exec"))


def ran(script: Script, time: float, states: dict[str, Any]) -> dict[str, Any]:
    """Every name of the model at a time."""
    functions = {name: getattr(np, name) for name in ("cos", "sin", "sqrt", "exp", "log", "tanh", "log1p", "abs")}
    found = {**functions, "max": np.maximum, "min": np.minimum, "ifelse": np.where, "t": time, **states}
    with np.errstate(all="ignore"):
        exec(script.code, found)
    return found


@pytest.mark.parametrize("case", CASES)
def test_rates_and_outputs_are_ours(case: str) -> None:
    one = exported(case, "rxode2")
    script = read(one.text)
    study, named = one.study, one.table.set_index("ldnsim")["name"]
    model, p = study.model, study.account.parameters.fill(study.account.declared)
    ours = model.system.right_hand_side(p, model.daily)
    for number, state in enumerate(states_of(case, len(model.system.names), 6)):
        time = 1.7 * number
        values = {named[name]: np.float64(value) for name, value in zip(model.system.names, state, strict=True)}
        found = ran(script, time, values)
        rates = [found[f"rate_of_{named[name]}"] for name in model.system.names]
        np.testing.assert_allclose(rates, ours(time, state), rtol=1e-14, atol=0.0)
        with np.errstate(all="ignore"):
            columns = model.columns(state, p, time)
        for column in set(columns) & set(named.index[one.table["kind"] == "output"]):
            np.testing.assert_allclose(found[named[column]], columns[column], rtol=1e-13)
    assert [script.initial[named[name]] for name in model.system.names] == model.untreated(p).tolist()
    assert len({name.lower() for name in (*script.names, *script.states)}) == len((*script.names, *script.states))
    assert RESERVED.isdisjoint(name.lower() for name in (*script.names, *script.states))


def test_doses_of_a_script_give_our_curve() -> None:
    one = exported("library, steep", "rxode2", "10 mg at 08:00 daily for 2 days", start="steady-state")
    script = read(one.text)
    assert script.of_doses == {("F", "depot"): 0.8, ("lag", "depot"): 0.5}

    def rates(time: float, state: Any) -> list[float]:
        found = ran(script, time, dict(zip(script.states, state, strict=True)))
        return [float(found[f"rate_of_{name}"]) for name in script.states]

    times = np.array([4.0, 20.0, 36.0])
    initial = np.array([script.initial[name] for name in script.states])
    doses = calls_of(one.text, "rxode2::et")
    found = solved(rates, script.states, initial, doses, script.of_doses, times)
    ours = one.runs[0].data["A_central"].drop_duplicates("time", keep="last").sel(time=times).values
    assert found[:, script.states.index("central")] == pytest.approx(ours, rel=1e-5)


def test_a_script_says_when_it_is_read_and_what_stands_behind_its_numbers() -> None:
    text = export("4.5 mg sublingual at 21:00", format="rxode2", until=12, step=0.5).text
    assert "samples <- seq(0, 12.0, by = 0.5)" in text
    assert "run <- rxode2::rxSolve(model, rxode2::et(doses, samples))" in text
    assert "cl = 140.0  # Clearance of naltrexone, L/h; read; PP016" in text
    assert text.count("rxode2::et(time") == 4
    assert text.count("(") == text.count(")")
