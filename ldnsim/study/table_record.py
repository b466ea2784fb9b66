"""What an event table was given to, and how, as it is needed to run it again: at once, or from a record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple, get_args

import numpy as np

from ..base.errors import InputError
from ..base.reading import choice, fields_of, listed, names_in, number
from ..base.units import hours
from ..dosing.event_table import EventTable
from ..dosing.sampling import sample_times
from ..engines.choice import USUAL_RTOL, Chosen
from ..engines.reference import Method
from ..ledger.parameters import CELLS, CONDITIONS, ParameterSet
from ..models.dosable import Model
from ..population.covariates import of_one
from ..population.population import Population
from .account import Account
from .repeating import account_of, parts_of_record, people_of
from .tables import Settings

_RULES = ("covariates", "pending", "superpose", "predict")
"""What a table says beside its rows."""


class TableStudy(NamedTuple):
    """An event table, to whom it is given in which model, and how it is solved and read.

    Attributes
    ----------
    table : EventTable
        What is given and asked.
    account : Account or None
        Typical values, in which model; None for a model whose parameters have no names.
    plain : ParameterSet or None
        The same without covariates of the person.
    model : Model or None
        The model, where ldnsim cannot make it again.
    people : Population or None
        Who takes it.
    settings : Settings
        How it is solved and read.
    clock : float
        Hour of the day at TIME 0 [h].
    """

    table: EventTable
    account: Account | None
    plain: ParameterSet | None
    model: Model | None
    people: Population | None
    settings: Settings
    clock: float

    def record(self) -> dict[str, Any]:
        """All that is needed to run it again, as plain values.

        Raises
        ------
        InputError
            If the parameters of the model have no names.
        """
        if self.account is None or self.plain is None:
            expected = "a NamedTuple class with a unit for each field in its docstring, so that parameters have names"
            raise InputError("model", getattr(self.model, "name", ""), expected)
        frame, settings = self.table.to_frame(), self.settings
        latest = max(*(row.time for row in self.table.rows), -np.inf if settings.until is None else settings.until)
        return {
            "table": {
                # a blank cell is none of JSON's numbers
                "columns": {str(name): [None if cell != cell else cell for cell in frame[name]] for name in frame},
                "covariates": dict(self.table.covariates),
                **{name: getattr(self.table, name) for name in _RULES[1:]},
            },
            **self.account.record(),
            "parameters": self.plain.to_dict(),
            "condition": self.account.condition,
            "cell": self.account.cell,
            "population": None if self.people is None else self.people.to_dict(),
            "settings": {
                "step": settings.step,
                "at": sample_times(settings.at, clock=self.clock, until=latest),
                "until": settings.until,
                "engine": settings.chosen.engine,
                "method": settings.chosen.method,
                "rtol": settings.chosen.rtol,
                "clock": self.clock,
            },
        }


def table_study(record: Mapping[str, Any], model: Model | None) -> TableStudy:
    """What `TableStudy.record` wrote.

    Parameters
    ----------
    record : mapping
        The record.
    model : Model, optional
        The model, where it is not that of naltrexone.

    Returns
    -------
    TableStudy
        The same.

    Raises
    ------
    InputError
        Naming what is missing, unknown or out of range.
    """
    found = parts_of_record(record, ("condition", "cell", "population"), "table")
    cells = fields_of(found["table"], "table", ("columns", *_RULES))
    columns = {name: listed(values, name, "a cell a row") for name, values in names_in(cells["columns"], "table")}
    table = EventTable.of(columns, **{name: cells[name] for name in _RULES})
    condition, cell = choice("condition", found["condition"], CONDITIONS), choice("cell", found["cell"], CELLS)
    plain = account_of(found, condition, cell, model)
    account = plain
    if plain.own is None and plain.covariates:
        account = replace(plain, parameters=of_one(plain.covariates, plain.parameters))
    given = fields_of(found["settings"], "settings", ("step", "at", "until", "engine", "method", "rtol", "clock"))
    engine: Any = choice("engine", given["engine"], ("auto", *USUAL_RTOL))
    method: Any = choice("method", given["method"], get_args(Method))
    rtol = None if given["rtol"] is None else number(given["rtol"], "rtol", low=1e-13, high=1e-2)
    until = None if given["until"] is None else hours(given["until"], "until")
    at = [number(time, "at") for time in listed(given["at"], "at", "times")]
    settings = Settings(hours(given["step"], "step"), at, until, Chosen(engine, method, rtol))
    people = None if found["population"] is None else people_of(found["population"])
    return TableStudy(table, account, plain.parameters, plain.own, people, settings, number(given["clock"], "clock"))
