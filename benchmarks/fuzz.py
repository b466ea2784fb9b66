"""Throw generated data files, regimens and calls at the library: nothing but its own errors may come out, soon.

``python benchmarks/fuzz.py [--cases 20000] [--seed 1]`` prints how many were accepted and refused, the slowest case and
the memory, and fails on an exception that is not the library's own, a case of more than five seconds of computing, or
more than 500 MB beside what the libraries themselves take. A case is repeated by its number: ``--only 1234``.
"""

from __future__ import annotations

import argparse
import inspect
import resource
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import ldnsim as ldn

mpl.use("agg")

LONGEST, MEMORY, ABORTED = 5.0, 500.0, 60
"""Most seconds of computing of a case, most megabytes of all, and seconds after which a case is given up."""

Draw = np.random.Generator

SENTENCE: tuple[tuple[str, ...], ...] = (
    ("4.5 mg", "1.5 mg", "0.0001 mg", "4500 ug", "4.5 mg HCl capsule", "380 mg depot", "5 mg iv over 30 min"),
    ("at 22:00", "at 8:00", "at 10 pm", "10 h after 22:00", ""),
    ("daily", "once", "twice daily", "every other day", "weekly", "every 8 h", "q6h", "every 4 weeks", ""),
    ("for 3 days", "for 2 weeks", "for 10 doses", "from day 3", ""),
)
"""Pieces of which a regimen is made."""

ODD = (
    *("1,5 mg", "1e-300 mg", "1e300 mg", "٤ mg", "0 mg", "-3 mg", "mg", "4.5", "at 25:00", "at noon", "from day 0"),
    *("every 0 h", "every 1e-9 h", "for 1e9 days", "for 0 doses", "for 1.5 doses", "over 2 h", "then", "plus", "and"),
    *(";", "then then", "$", "\x00", "nan", "inf", "as needed", "４.５ mg"),
)
"""What takes the place of a piece now and then."""

COLUMNS = (
    *("ID", "TIME", "AMT", "EVID", "CMT", "RATE", "DUR", "II", "ADDL", "SS", "DV", "MDV", "DOSE", "TINF", "WT", "CL"),
    *("time", "Amt", "C", "BLQ", "TAD", "IPRED", "ARM", "DATE", "AMTU", "ADDLL", "weight", "", "ID", "A_central", "#"),
)

CELLS: tuple[Any, ...] = (
    *("", ".", "0", "1", "2", "24", "100", "-1", "-2", "12.5", "1e5", "1e308", "1e-308", "nan", "inf", "NA", "<0.05"),
    *("08:00", "2026-11-28", "1_000", "1,5", "٣", "x", "TRUE", "99999999999999999999", "depot", "$x_y"),
)

VALUES: tuple[Any, ...] = (
    *(None, True, False, np.True_, 0, 1, -1, 1.5, 1e308, 1e-308, float("nan"), float("inf"), 10**400, 1 + 2j),
    *("", "1", "nan", "1 h", "2 weeks", "1e9 weeks", "0.0_5", "x", "٣", b"1", (), [], {}, [1.0, 2.0], {"a": 1}),
    *(np.float32(0.5), np.array(3.0), np.array([1.0]), pd.NA, pd.NaT, pd.Timestamp("2026-11-28"), object()),
)


def one_of(draw: Draw, values: Sequence[Any]) -> Any:
    """One of some values as it is; NumPy would make them alike."""
    return values[int(draw.integers(len(values)))]


def some_of(draw: Draw, names: Sequence[str], most: int) -> list[str]:
    """Some of these names, each once."""
    return [str(name) for name in draw.choice(names, draw.integers(0, most + 1), replace=False)]


RIGHT = {"ID": ("1",), "AMT": ("100", "0", "5"), "EVID": ("0", "1", "1"), "DV": (".", "3.2"), "ARM": ("a",)}
"""What usually stands in a column."""


def table(draw: Draw, folder: Path) -> Any:
    """A data file of a few rows, read and run in a model; most are nearly right."""
    odd = one_of(draw, (0.0, 0.02, 0.3))
    names = ["ID", "TIME", "AMT", *some_of(draw, ("EVID", "DV", "ARM"), 3)]
    names += some_of(draw, COLUMNS, 3) if draw.random() < 0.3 else []
    cells = []
    for hour in range(int(draw.integers(1, 7))):
        known = {name: one_of(draw, RIGHT.get(name, ("0", "1", "."))) for name in names} | {"TIME": str(12 * hour)}
        if known.get("EVID") == "0":
            known["AMT"] = "."
        cells.append([str(one_of(draw, CELLS)) if draw.random() < odd else known[name] for name in names])
    separator = one_of(draw, (",", ",", ",", ";", "\t", " "))
    lines = [separator.join(row) for row in [names, *cells]]
    path = folder / "table.csv"
    encoding = one_of(draw, ("utf-8", "utf-8", "utf-8-sig", "utf-16", "latin-1"))
    path.write_bytes("\n".join(lines).encode(encoding, "replace"))
    columns = dict(zip(names, map(list, zip(*cells, strict=True)), strict=True))
    given = one_of(draw, (path, path, pd.DataFrame(cells, columns=names), columns))
    read = ldn.EventTable.read(given) if given is path else ldn.EventTable.of(given)
    if draw.random() < 0.3:
        read.to_csv(folder / "again.csv")
        again = ldn.EventTable.read(folder / "again.csv")
        assert [row[:9] for row in map(_key, again.rows)] == [row[:9] for row in map(_key, read.rows)]
    run = ldn.simulate(read, model=one_of(draw, MODELS), step=6.0)
    run.rows()
    if draw.random() < 0.2:
        run.summary()
        run.plot()
    return run


def _key(row: Any) -> tuple[Any, ...]:
    return row.id, row.time, row.amt, row.rate, row.dur, row.ii, row.addl, row.ss, row.cmt


def phrase(draw: Draw, _: Path) -> Any:
    """A regimen in words, most nearly right, and what a user may do with it."""
    steps = [" ".join(one_of(draw, piece) for piece in SENTENCE) for _ in range(int(draw.integers(1, 4)))]
    words = one_of(draw, (" then ", " plus ")).join(steps).split(" ")
    if draw.random() < 0.5:
        words[int(draw.integers(len(words)))] = one_of(draw, ODD)
    regimen = ldn.Regimen.parse(" ".join(words))
    assert ldn.Regimen.parse(str(regimen)).dosing() == regimen.dosing(), str(regimen)
    method = one_of(draw, ("miss", "late", "double", "stop", "washout", "switch", "shift", "on", "then"))
    keywords = {name: one_of(draw, VALUES) for name in some_of(draw, ("doses", "seed", "sd", "dates", "after"), 3)}
    try:
        changed = getattr(regimen, method)(*[one_of(draw, VALUES)][: int(draw.integers(2))], **keywords)
    except TypeError as error:
        # a call that Python itself refuses
        if "argument" not in str(error):
            raise
        return regimen
    assert ldn.Regimen.from_dict(changed.to_dict()) == changed
    return changed


SETTINGS = (
    *("until", "step", "at", "rtol", "start", "engine", "assumptions", "parameters", "covariates", "endotoxin"),
    *("condition", "cell", "method", "outputs", "quantiles", "dtype"),
)
REGIMENS = ("4.5 mg", "1.5 mg at 08:00 daily for 2 days plus 3 mg", "4.5 mg iv over 1 h twice daily for 2 days")
MODELS = (
    ldn.models.one_compartment(CL=2, V=20, ka=1.2),
    ldn.models.one_compartment(CL=2, V=20),
    ldn.models.turnover(1, kin=10, kout=0.1, Imax=0.9, IC50=2, CL=2, V=20, ka=1.2),
    None,
)


def call(draw: Draw, folder: Path) -> Any:
    """A run with odd settings, its summary, and now and then its picture and files."""
    settings: dict[str, Any] = {"step": 6.0} | {name: one_of(draw, VALUES) for name in some_of(draw, SETTINGS, 2)}
    if draw.random() < 0.3:
        settings["parameters"] = {one_of(draw, list(ldn.resolve("popular"))): float(10 ** draw.uniform(-30, 30))}
    if draw.random() < 0.3:
        settings |= {"population": ldn.Population(int(draw.integers(1, 4)), seed=1), "progress": False}
        settings.setdefault("engine", one_of(draw, ("batch", "reference")))
    run = ldn.simulate(one_of(draw, REGIMENS) if draw.random() < 0.9 else one_of(draw, VALUES), **settings)
    if not settings.get("quantiles"):
        str(run.summary())
    if draw.random() < 0.1:
        run.plot()
        run.to_csv(folder / "run.csv")
    return run


PEOPLE = ldn.Population(2, seed=1)
DOSES = ldn.EventTable.of({"ID": [1, 1], "TIME": [0, 4], "AMT": [4.5, 0]})
DOORS: tuple[tuple[Callable[..., Any], dict[str, Any]], ...] = (
    (ldn.simulate, {"regimen": "4.5 mg", "until": 4, "step": 2}),
    (ldn.simulate, {"regimen": "4.5 mg", "until": 4, "step": 2, "population": PEOPLE, "engine": "batch"}),
    (ldn.simulate, {"regimen": DOSES, "step": 2}),
    (ldn.compare, {"regimens": "4.5 mg", "assumptions": "popular", "until": 2, "step": 1}),
    (ldn.dose_response, {"doses": [1.0], "weeks": 1}),
    (ldn.Population, {"n": 2, "seed": 1}),
    (ldn.EventTable.of, {"frame": {"ID": [1], "TIME": [0], "AMT": [1], "X": ["a"]}}),
    (ldn.Regimen, {"dose": "4.5 mg", "every": "daily", "duration": "2 days"}),
)
STRANGE = (
    *([pd.NA], [["a"], ["b", "c"]], {pd.NA: 1}, {"a": pd.NA}, np.array([1, 2]), np.array(["a"]), 10**400, b"x"),
    *(object(), lambda one: one, pd.DataFrame({"a": [1]}), pd.Timestamp("2026-01-01"), {1, 2}, range(3), "\ud800"),
)


def argument(draw: Draw, folder: Path) -> Any:
    """A call that would be right but for one argument, which is anything."""
    function, right = one_of(draw, DOORS)
    names = [name for name, one in inspect.signature(function).parameters.items() if one.kind != one.VAR_KEYWORD]
    name = one_of(draw, [name for name in names if name != "client"])
    value = one_of(draw, (*VALUES, *STRANGE))
    # a store under a name that will do is written
    if name == "store" and isinstance(value, str) and value.isprintable():
        value = folder / (value or "x")
    return function(**right | {name: value})


KINDS: dict[str, tuple[Callable[[Draw, Path], Any], float]] = {
    "data files": (table, 0.4),
    "regimens": (phrase, 0.4),
    "calls": (call, 0.1),
    "arguments": (argument, 0.1),
}
"""What is tried, and which share of the cases it has."""


def run_case(number: int, seed: int, folder: Path) -> tuple[str, str, float, str]:
    """Kind, outcome, seconds and trace of a case."""
    draw = np.random.default_rng((seed, number))
    kind = str(draw.choice(list(KINDS), p=[share for _, share in KINDS.values()]))
    begun, outcome, trace = time.process_time(), "accepted", ""
    signal.alarm(ABORTED)
    try:
        KINDS[kind][0](draw, folder)
    except ldn.LdnsimError:
        outcome = "refused"
    except Exception:
        outcome, trace = "raised", traceback.format_exc()
    finally:
        signal.alarm(0)
        plt.close("all")
    return kind, outcome, time.process_time() - begun, trace


def _give_up(*_: Any) -> None:
    raise TimeoutError(f"more than {ABORTED} s")


def main() -> int:
    """Run the cases and say what came out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, default=None)
    chosen = parser.parse_args()
    signal.signal(signal.SIGALRM, _give_up)
    warnings.simplefilter("error")
    warnings.simplefilter("ignore", ldn.LdnsimWarning)
    ldn.simulate("4.5 mg", step=6.0).plot()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    counted: Counter[tuple[str, str]] = Counter()
    slowest, wrong = (0.0, -1), 0
    with tempfile.TemporaryDirectory() as folder:
        for number in range(chosen.cases) if chosen.only is None else [chosen.only]:
            kind, outcome, seconds, trace = run_case(number, chosen.seed, Path(folder))
            counted[kind, outcome] += 1
            slowest = max(slowest, (seconds, number))
            if trace or seconds > LONGEST:
                wrong += 1
                print(f"case {number}, {kind}: {outcome} after {seconds:.1f} s\n{trace}", flush=True)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - before
    for kind in KINDS:
        said = ", ".join(f"{counted[kind, outcome]:,} {outcome}" for outcome in ("accepted", "refused", "raised"))
        print(f"{kind}: {said}")
    print(f"slowest {slowest[0]:.2f} s (case {slowest[1]}); {memory:.0f} MB more than before; {wrong} wrong")
    return int(wrong > 0 or memory > MEMORY)


if __name__ == "__main__":
    sys.exit(main())
