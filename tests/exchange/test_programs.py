"""Equations written in Python, C++, LaTeX and MathML say what the equations compute."""

from __future__ import annotations

import math
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from ldnsim import InputError, models
from ldnsim.base.rewriting import rewritten
from ldnsim.endorphin import Clock
from ldnsim.exchange.mathml import MathML
from ldnsim.exchange.naming import Naming, program
from ldnsim.models import Model
from ldnsim.models.inlets import Compartment, Inlet
from ldnsim.models.printing import CPP, LATEX, PYTHON, Printer
from ldnsim.models.system import System, leaves
from ldnsim.models.written import Written
from ldnsim.study.asking import account_for

from ..models.test_library import ALL

HOURS = Clock(0.4, -0.2)


class Amount(NamedTuple):
    """What is in the body.

    Attributes
    ----------
    drug, effect : float
        Drug and what it does [mg].
    """

    drug: float
    effect: float


class Body(NamedTuple):
    """One component."""

    body: Amount


class Own(NamedTuple):
    """Parameters.

    Attributes
    ----------
    k : float
        Loss [1/h].
    most : float
        More is not taken up [mg].
    """

    k: float
    most: float


class Seen(NamedTuple):
    """What is seen.

    Attributes
    ----------
    seen : float
        Something [1].
    """

    seen: Any


def helped(x: float, limit: float) -> float:
    """A helper with a condition of its own."""
    return x if x < limit else limit + math.log(1 + x - limit)


def own_rates(state: Body, p: Own, clock: Clock) -> Body:
    drug, effect = state.body
    inside = min(drug, p.most)
    gone = p.k * inside if drug > p.most / 2 and not effect > p.most else p.k * drug * math.exp(-drug / p.most)
    return Body(Amount(-gone, gone - p.k * helped(effect, p.most) + abs(clock.rhythm) * p.k))


def own_outputs(state: Body, p: Own, _clock: Clock) -> Seen:
    return Seen(np.where(state.body.drug > p.most, np.tanh(state.body.effect / p.most), max(0.0, state.body.drug, 0.5)))


class _Fill:
    def __call__(self, _covariates: Mapping[str, float]) -> Own:
        return Own(0.3, 2.0)


def with_rates(name: str, rates: Any) -> Model:
    """A model with other rates."""
    drug = Compartment("drug", (0,), (Inlet(0, 1.0, 0.0),))
    return Model(name, System(Body, rates, own_outputs), _Fill(), (0.0, 0.0), (drug,), "drug", "drug", {})


OWN = with_rates("own", own_rates)

CASES: dict[str, Any] = {
    **{name: lambda entry=entry: entry[0](**entry[1]) for name, entry in ALL.items()},
    "oral": lambda: models.two_compartment(CL=3, V1=10, Q=2, V2=30, ka=0.9),
    "nalmefene": lambda: models.nalmefene("measured"),
    "own with conditions": lambda: OWN,
    "popular": lambda: "popular",
    "measured": lambda: "measured",
}


def written_of(case: str) -> tuple[Written, Any]:
    found = CASES[case]()
    own = None if isinstance(found, str) else found
    account = account_for(
        own, None, assumptions=found if own is None else "popular", condition="healthy", cell="microglia",
        parameters=None, source="", covariates=None,
    )  # fmt: skip
    model = account.model(22.0)
    return Written(model, account.declared), account.parameters.fill(account.declared)


def rates_of(naming: Naming) -> dict[str, Any]:
    written = naming.written
    return {naming.free(f"d_{naming.states[name]}"): place for name, place in written.rates.items()}


def values_of(naming: Naming, state: Any, p: Any) -> dict[str, float]:
    numbers = (*leaves(p), *state, *HOURS)
    return {naming.names[place]: float(number) for place, number in enumerate(numbers)}


@pytest.mark.parametrize("case", CASES)
def test_python_gives_the_rates_and_outputs_of_the_equations(case: str) -> None:
    written, p = written_of(case)
    system, naming = written.model.system, Naming(written)
    wanted = rates_of(naming)
    code = compile("\n".join(program(naming, wanted | naming.shown, PYTHON)), case, "exec")
    rng = np.random.default_rng(1)
    for _ in range(5):
        state = rng.uniform(0.0, 5.0, len(system.names)) * rng.integers(0, 2, len(system.names))
        packed = system.pack(state.tolist())
        found: dict[str, Any] = {"np": np, **values_of(naming, state, p)}
        with np.errstate(divide="ignore", invalid="ignore"):
            exec(code, found)
        expected = np.array(system.flat(system.rates(packed, p, HOURS)))
        # powers are products here
        np.testing.assert_allclose([found[name] for name in wanted], expected, rtol=3e-15, atol=1e-300)
        outputs = written.model.series(state, p, HOURS)
        shown = {written.shown[part]: value for part, value in outputs.items()}
        for name, place in naming.shown.items():
            assert found[name] == pytest.approx(float(shown[place]), rel=3e-15), name


def test_every_name_is_allowed_and_stands_once() -> None:
    for case in CASES:
        written, _ = written_of(case)
        naming = Naming(written)
        naming.lines([*written.rates.values(), *naming.shown.values()])
        names = [*naming.names.values()]
        assert all(name.isidentifier() and name.isascii() for name in names)
        assert len({name.lower() for name in names}) == len(names)


@pytest.mark.skipif(shutil.which("g++") is None, reason="no compiler")
def test_cpp_compiles_to_the_same_rates(tmp_path: Path) -> None:
    parts, numbers = [], []
    for number, case in enumerate(["measured", "own with conditions"]):
        written, p = written_of(case)
        naming, system = Naming(written), written.model.system
        wanted = rates_of(naming)
        state = np.random.default_rng(2).uniform(0.1, 3.0, len(system.names))
        given = [f"double {name} = {value!r};" for name, value in values_of(naming, state, p).items()]
        shown = [f'std::printf("%.17g\\n", {name});' for name in wanted]
        lines = program(naming, wanted, CPP, assign="double {} = {};")
        parts.append("\n".join([f"void part{number}() {{", *given, *lines, *shown, "}"]))
        numbers += system.flat(system.rates(system.pack(state.tolist()), p, HOURS))
    head = "#include <cmath>\n#include <cstdio>\nusing namespace std;\n"
    text = head + "\n".join(parts) + "\nint main() { part0(); part1(); }\n"
    (tmp_path / "rates.cpp").write_text(text)
    # a fused multiplication rounds once where two operations round twice
    command = ["g++", "-O0", "-ffp-contract=off", "-w", str(tmp_path / "rates.cpp"), "-o", str(tmp_path / "rates")]
    subprocess.run(command, check=True)
    said = subprocess.run([str(tmp_path / "rates")], check=True, capture_output=True, text=True).stdout
    np.testing.assert_allclose(np.array(said.split(), dtype=float), numbers, rtol=1e-14, atol=1e-300)


def evaluated(element: Any, names: Mapping[str, float]) -> Any:
    """What MathML says, by the standard."""
    if element.tag == "ci":
        return names[element.text]
    if element.tag == "cn":
        return float(element.text + ("e" + element[0].tail if len(element) else ""))
    if element.tag == "piecewise":
        (piece, otherwise) = element
        return evaluated(piece[0] if evaluated(piece[1], names) else otherwise[0], names)
    operator, *inside = element
    values = [evaluated(one, names) for one in inside]
    binary: dict[str, Any] = {
        **{"plus": np.add, "times": np.multiply, "divide": np.divide, "power": np.power},
        **{"lt": np.less, "gt": np.greater, "leq": np.less_equal, "geq": np.greater_equal},
    }
    unary: dict[str, Any] = {
        **{"root": np.sqrt, "exp": np.exp, "ln": np.log, "abs": abs, "tanh": np.tanh, "minus": np.negative}
    }
    if operator.tag == "minus" and len(values) == 2:
        return values[0] - values[1]
    return (unary if len(values) == 1 else binary)[operator.tag](*values)


@pytest.mark.parametrize("case", ["popular", "nalmefene", "own with conditions"])
def test_mathml_gives_the_rates_of_the_equations(case: str) -> None:
    written, p = written_of(case)
    system, naming = written.model.system, Naming(written)
    lines = naming.lines(written.rates.values())
    state = np.random.default_rng(3).uniform(0.1, 3.0, len(system.names))
    names = values_of(naming, state, p)
    writer = MathML(written.tape, naming.names)
    for line in lines:
        names[line.name] = evaluated(writer.of(line.place, top=True), names)
    expected = system.flat(system.rates(system.pack(state.tolist()), p, HOURS))
    found = [evaluated(writer.of(place), names) for place in written.rates.values()]
    np.testing.assert_allclose(found, expected, rtol=3e-15, atol=1e-300)


def test_latex_is_what_one_would_write() -> None:
    written, _ = written_of("saturable")
    names = {place: name.rpartition(".")[2] for name, place in (written.parameters | written.states).items()}
    text = Printer(written.tape, names, LATEX).text(written.rates["drug.central"])
    assert text == (r"ka \, depot - \left(\frac{Vmax}{Km + \frac{central}{V}} + CL\right) \, \frac{central}{V}")


def test_what_cannot_be_followed_is_refused() -> None:
    def lost(state: Body, p: Own, _clock: Clock) -> Body:
        return Body(Amount(-p.k * float(state.body.drug), 0.0))

    model = with_rates("lost", lost)
    with pytest.raises(InputError, match=r"model: got 'lost \(.*cannot be followed"):
        Written(model, Own)


def test_a_function_that_a_language_does_not_have_is_refused() -> None:
    def odd(state: Body, p: Own, _clock: Clock) -> Body:
        return Body(Amount(-p.k * np.spacing(state.body.drug), 0.0))

    model = with_rates("odd", odd)
    written = Written(model, Own)
    place = written.rates["body.drug"]
    with pytest.raises(InputError, match="spacing"):
        MathML(written.tape, Naming(written).names).of(place)
    with pytest.raises(InputError, match="spacing"):
        Naming(written).printer(CPP).text(place)


def test_functions_of_one_name_are_told_apart() -> None:
    here: dict[str, Any] = {"Body": Body, "Amount": Amount}
    there: dict[str, Any] = {}
    exec("def loss(k, x):\n    return 2 * k * x\ndef gain(k, x):\n    return loss(k, x) + 1", there)
    here["gain"] = there["gain"]
    exec("def loss(k, x):\n    return k * x", here)
    exec("def rates(at, p, clock):\n    return Body(Amount(-loss(p.k, at.body.drug), gain(p.k, at.body.effect)))", here)
    model = with_rates("two", here["rates"])
    naming = Naming(Written(model, Own))
    assert naming.printer(PYTHON).text(naming.written.rates["body.drug"]) == "-k * drug"
    assert naming.printer(PYTHON).text(naming.written.rates["body.effect"]) == "2.0 * k * effect + 1.0"


def test_what_is_called_in_a_comprehension_or_by_keyword_is_followed() -> None:
    there: dict[str, Any] = {}
    exec(
        "def part(x, *, by=2.0):\n    return x / by\ndef whole(x):\n    return sum([part(x) for _ in range(3)])", there
    )
    halves = rewritten(there["whole"], {})
    assert halves(4.0) == there["whole"](4.0) == 6.0
    assert rewritten(there["whole"], {"part": lambda x: 10 * x})(4.0) == 120.0


def test_more_ways_than_can_be_followed_are_refused() -> None:
    def branching(state: Body, p: Own, _clock: Clock) -> Body:
        # every condition is another one, and together they are 2**20 ways
        steps = sum(1.0 if state.body.drug > number else 0.5 for number in range(1, 21))
        return Body(Amount(-p.k * state.body.drug * steps, 0.0))

    model = Model(
        "many", System(Body, branching, own_outputs), _Fill(), (0.0, 0.0), OWN.compartments, "drug", "drug", {}
    )
    with pytest.raises(InputError, match="cannot be followed"):
        Written(model, Own)
