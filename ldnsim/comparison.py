"""Side by side: regimens, models and assumptions."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Unpack

from .base.bounds import one_of
from .base.delimited import POINT
from .base.errors import InputError
from .base.files import write_text
from .base.reading import listed
from .base.units import HOURS_PER_DAY
from .dosing.regimen import Regimen
from .ledger.assumptions import BUNDLES, Assumptions
from .models.dosable import Model
from .plots.lettering import drawn_in
from .plots.overlays import overlay
from .plots.plot_options import PlotOptions
from .plots.shared_clock import shared_clock
from .results.carried import told_by
from .results.dataset import csv_text
from .results.languages import words_of
from .results.summary import Summary
from .results.views import last_day
from .simulation import simulate
from .study.asking import check_beside
from .study.options import Models, OfSeveral, Progress, part_of
from .study.person_run import Simulation
from .study.population_run import PopulationRun

if TYPE_CHECKING:
    import pandas as pd


Run = Simulation | PopulationRun


@dataclass(frozen=True, eq=False)
class Comparison:
    """Runs side by side.

    Attributes
    ----------
    runs : dict of str to Simulation or PopulationRun
        One run a name.
    """

    runs: Mapping[str, Run]

    def summary(self, *, language: str | None = None) -> pd.DataFrame:
        """Summaries side by side, and the weakest evidence of each line.

        Parameters
        ----------
        language : str, optional
            Of the words: ``"en"``, ``"de"``, ``"fr"`` or ``"es"``; names of runs stay, and numbers are numbers.

        Returns
        -------
        pandas.DataFrame
            Of one person a column a run, of a population three: the median, ``NAME, 5 %`` and ``NAME, 95 %``. The
            first lines say which stretch of its run a column describes, since its own start [h] and on the clock [h].
            What a run does not have is missing.

        Raises
        ------
        InputError
            If there are no words of the language.
        """
        import pandas as pd

        say = words_of(language).say
        columns: dict[str, dict[str, float]] = {}
        evidence: dict[str, dict[str, None]] = {}
        said = []
        for name, run in self.runs.items():
            start, stop = last_day(run.data)
            stretch = {
                "stretch begins after the start [h]": start,
                "stretch ends after the start [h]": stop,
                "stretch begins at hour of the day [h]": (float(run.data.attrs["clock_start"]) + start) % HOURS_PER_DAY,
            }
            table = run.summary()
            found: dict[str, dict[str, float]]
            if isinstance(table, Summary):
                said.append(table.windows[-1])
                found = {name: {f"{line.quantity} [{line.unit}]": line.values[-1] for line in table.lines}}
            else:
                said.append(f"{table.window}, median and 90 % of people")
                kinds = {name: "median", f"{name}, {say('5 %')}": "low", f"{name}, {say('95 %')}": "high"}
                found = {
                    column: {f"{line.quantity} [{line.unit}]": getattr(line, kind) for line in table.lines}
                    for column, kind in kinds.items()
                }
            for described in stretch:
                evidence.setdefault(described, {})
            for line in table.lines:
                evidence.setdefault(f"{line.quantity} [{line.unit}]", {})[line.evidence] = None
            columns |= {column: stretch | values for column, values in found.items()}
        title = said[0] if len(set(said)) == 1 else "last stretch of each run"
        return pd.DataFrame(
            {
                **{name: [values.get(line, math.nan) for line in evidence] for name, values in columns.items()},
                say("weakest evidence"): ["/".join(map(say, kinds)) for kinds in evidence.values()],
            },
            index=pd.Index([say(line) for line in evidence], name=say(title)),
        )

    def tuned(self) -> tuple[str, ...]:
        """What calibrated parameters behind the runs of single persons were tuned to, each once."""
        tables = [run.summary() for run in self.runs.values()]
        found = (target for table in tables if isinstance(table, Summary) for target in table.tuned)
        return tuple(dict.fromkeys(found))

    def to_frame(self) -> pd.DataFrame:
        """The rows of every run below each other, as its own ``to_frame`` has them.

        Returns
        -------
        pandas.DataFrame
            First the columns ``run`` and ``shared_time`` [h], since the start of the run that starts first on the clock
            or the calendar; ``time`` is since the start of each run. What a run does not have is missing.
        """
        import pandas as pd

        clock = shared_clock({name: run.data for name, run in self.runs.items()})
        frames = []
        for name, run in self.runs.items():
            frame = run.to_frame()
            frame.insert(0, "run", name)
            frame.insert(1, "shared_time", frame["time"] + clock.shifts[name])
            frames.append(frame)
        return pd.concat(frames, ignore_index=True)

    def csv(self, *, sep: str = ",", decimal: str = POINT) -> str:
        """`to_frame` as the text of a CSV file, with the records of all runs in remarks (``#``) above it; separators
        are those of `Simulation.csv`.
        """
        frame = self.to_frame()
        # columns of one name may have another unit in each run
        frame.attrs.clear()
        told = [one for name, run in self.runs.items() for one in told_by(run.data.attrs, name)]
        return csv_text(frame, told, sep, decimal)

    def to_csv(self, path: str | os.PathLike[str], *, sep: str = ",", decimal: str = POINT) -> None:
        """Write `csv` to a file, whole or not at all.

        Parameters
        ----------
        path : path-like
            The file.
        sep, decimal : str
            What stands between cells and before decimals, as in `Simulation.csv`.

        Raises
        ------
        InputError
            If the folder cannot be written to, or separators cannot be used.
        """
        write_text(path, self.csv(sep=sep, decimal=decimal), "csv")

    def plot(self, *, language: str | None = None, **options: Unpack[PlotOptions]) -> Any:
        """A curve or a band for each run in the same panels, see `ldnsim.plots.compare`.

        Parameters
        ----------
        **options
            ``panels``, ``ax``, ``log``, ``colors`` (of runs), ``width``, ``footer`` and ``points``, as
            `ldnsim.plots.plot_options.PlotOptions` has them.
        language : str, optional
            Of words and numbers, as in `Simulation.plot`; names of runs stay.

        Returns
        -------
        ndarray of matplotlib.axes.Axes, shape (n_panels,)
            The panels.

        Raises
        ------
        InputError
            If an option does not fit.
        """
        runs = {name: run.data for name, run in self.runs.items()}
        return drawn_in(language, lambda: overlay(runs, **options), runs)


def compare(
    regimens: Regimen | str | Sequence[Regimen | str],
    *,
    model: Models = None,
    assumptions: Sequence[Assumptions | str] | Assumptions | str | None = None,
    progress: Progress = None,
    **settings: Unpack[OfSeveral],
) -> Comparison:
    """Run every regimen in every model, or under every set of assumptions.

    Parameters
    ----------
    regimens : Regimen, str or sequence of them
        One or several regimens.
    model : Model, sequence of Model or mapping of str to Model, optional
        One or several models, as in `simulate`, by names of their own where a mapping gives them; None among them is
        the naltrexone model, as by default.
    assumptions : Assumptions, str or sequence of them, optional
        One or several accounts of naltrexone, ``"popular"`` and ``"measured"`` by default. Other models hold their own.
    progress : callable or bool, optional
        Called with the fraction done; of populations also whether each shows a bar.
    **settings
        Passed to `simulate`; with ``population=`` every run is of these people.

    Returns
    -------
    Comparison
        Runs named by what differs.

    Raises
    ------
    InputError
        If there is nothing to compare, two runs would have the same name, or a setting does not fit several runs.
    """
    given = [regimens] if isinstance(regimens, str | Regimen) else listed(regimens, "regimens", "a sequence")
    if not given:
        raise InputError("regimens", [], "at least one")
    if settings.get("store") is not None:
        raise InputError(
            "store", settings["store"], "to be left out, because a store holds one run; simulate fills one"
        )
    accounts = _accounts(model, assumptions)
    read = [regimen if isinstance(regimen, Regimen) else Regimen.parse(regimen) for regimen in given]
    pairs = [(regimen, account) for regimen in read for account in accounts]
    # one person or many: what is given together is checked where one of them runs
    runs: dict[str, Run] = {}
    shared: Mapping[str, Any] = settings
    for done, (regimen, account) in enumerate(pairs):
        parts = [str(regimen)] * (len(given) > 1) + [account.name] * (len(accounts) > 1 or len(given) == 1)
        name = ", ".join(parts)
        if name in runs:
            expected = "no two runs that are the same"
            if len(accounts) > 1 and model is not None:
                expected += "; a mapping of names to models tells them apart"
            raise InputError("regimens and assumptions" if model is None else "regimens and model", name, expected)
        with one_of(len(pairs), kept=True):
            runs[name] = simulate(
                regimen,
                model=account.model,
                assumptions=account.assumptions,
                progress=part_of(progress, done, len(pairs)),
                **shared,
            )
    return Comparison(runs)


class _Account(NamedTuple):
    """What one of the columns is about: a model, of naltrexone under some assumptions."""

    name: str
    model: Model | None
    assumptions: Assumptions | str = "popular"


def _accounts(given: Any, assumptions: Any) -> list[_Account]:
    """Models by name; that of naltrexone once for each set of assumptions."""
    if given is None or isinstance(given, Model):
        given = [given]
    named = isinstance(given, Mapping)
    models = list(given.values()) if named else listed(given, "model", "a model, or a sequence or mapping of models")
    names = [str(name) for name in given] if named else [""] * len(models)
    if not models:
        raise InputError("model", given, "at least one")
    if assumptions is not None and None not in models:
        check_beside(models[0], assumptions="given")
    if assumptions is None:
        assumptions = tuple(BUNDLES)
    if isinstance(assumptions, str | Assumptions):
        assumptions = [assumptions]
    chosen = [Assumptions.of(one) for one in listed(assumptions, "assumptions", "a sequence")]
    if not chosen:
        raise InputError("assumptions", [], "at least one")
    found = []
    for name, model in zip(names, models, strict=True):
        if model is not None:
            check_beside(model)
            found.append(_Account(name or f"{model.name} {model.account}".strip(), model))
            continue
        # beside another model the assumptions alone do not say which drug it is
        drug = name or "naltrexone" * (len(models) > 1)
        found += [_Account(f"{drug} {each.name}".strip(), None, each) for each in chosen]
    return found
