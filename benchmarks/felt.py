"""What people wait for: from the shell to a picture and a table, the first plot, help, one run.

``python benchmarks/felt.py`` prints medians of new processes, warm: after one that is not counted. ``--beside PYTHON``
names the interpreter of another environment, such as one in which another version is installed (any number of them);
they are measured in turns. Seconds on the clock are what is felt; processor time is what other work on the machine
disturbs less.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from typing import NamedTuple

TEXT = "4.5 mg at 22:00 daily for 28 days"

_TIMED = """
import time
{before}
{work}
begun, busy = time.perf_counter(), time.process_time()
{work}
print(time.perf_counter() - begun, time.process_time() - busy)
"""
_FIRST = _TIMED.replace("{work}\nbegun", "begun")
"""As `_TIMED`, of what has not been done before in the process."""

_RUN = f"import ldnsim as ldn; run = ldn.simulate({TEXT!r})"


class Wait(NamedTuple):
    """Something that people wait for.

    Attributes
    ----------
    what : str
        In words.
    arguments : list of str
        Of the interpreter.
    inside : bool
        Whether the process itself says how long it took, so that its start is left out.
    """

    what: str
    arguments: list[str]
    inside: bool = False


WAITS = (
    Wait("shell to PNG and CSV", ["-m", "ldnsim", "simulate", TEXT, "--plot", "night.png", "--csv", "night.csv"]),
    Wait("ldnsim --version", ["-m", "ldnsim", "--version"]),
    Wait("ldnsim --help", ["-m", "ldnsim", "--help"]),
    Wait("an unknown command", ["-m", "ldnsim", "simulat"]),
    Wait("import ldnsim", ["-c", "import ldnsim"]),
    Wait("from ldnsim import simulate", ["-c", "from ldnsim import simulate"]),
    Wait("a first run and its summary", ["-c", f"{_RUN}; str(run.summary())"]),
    Wait("one person's month, again", ["-c", _TIMED.format(before=_RUN, work=f"ldn.simulate({TEXT!r})")], inside=True),
    Wait(
        "dose_response(), again",
        ["-c", _TIMED.format(before="import ldnsim as ldn", work="ldn.dose_response()")],
        inside=True,
    ),
    Wait(
        "first plot of a run that is there",
        ["-c", _FIRST.format(before=_RUN, work="run.plot()[0].figure.savefig('first.png')")],
        inside=True,
    ),
)


def waited(python: str, wait: Wait, folder: str) -> tuple[float, float]:
    """Seconds on the clock and of processor time that one process takes."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    ran = subprocess.run([python, *wait.arguments], capture_output=True, text=True, cwd=folder, check=False)
    took, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    if wait.inside:
        clock, busy = ran.stdout.split()
        return float(clock), float(busy)
    return took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def table(pythons: Sequence[str], times: int, only: str) -> None:
    """Print a line for each thing that is waited for, with two numbers for each interpreter."""
    print(
        "".join(f"{f'clock {number}':>10}{f'cpu {number}':>8}" for number, _ in enumerate(pythons, 1))
        + "  median [s] of"
    )
    with tempfile.TemporaryDirectory() as folder:
        for wait in WAITS:
            if only not in wait.what:
                continue
            for python in pythons:
                waited(python, wait, folder)
            # in turns, so that what else the machine does falls on all of them
            found = [[waited(python, wait, folder) for python in pythons] for _ in range(times)]
            cells = ""
            for each in zip(*found, strict=True):
                clock, busy = (statistics.median(column) for column in zip(*each, strict=True))
                cells += f"{clock:10.2f}{busy:8.2f}"
            print(f"{cells}  {wait.what}", flush=True)


def main() -> None:
    """Print what it costs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--beside", action="append", default=[], metavar="PYTHON", help="another interpreter")
    parser.add_argument("--times", type=int, default=9, help="how often each is done")
    parser.add_argument("--only", default="", help="what its words contain")
    asked = parser.parse_args()
    pythons = [*asked.beside, sys.executable]
    for number, python in enumerate(pythons, 1):
        code = "import ldnsim, pathlib; print(ldnsim.__version__, pathlib.Path(ldnsim.__file__).parent)"
        about = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.split()
        print(f"{number}: ldnsim {about[0]} of {python}")
    table(pythons, asked.times, asked.only)


if __name__ == "__main__":
    main()
