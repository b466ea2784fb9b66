"""Rebound: areas against closed forms, break-even, reasons where it is not reached, results of every kind."""

from __future__ import annotations

import math
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
from scipy.optimize import brentq

import ldnsim as ldn

mpl.use("agg")
DRUG = ldn.models.one_compartment(CL=2.0, V=20.0)
FINE: dict[str, Any] = {"model": DRUG, "until": 72, "step": 0.1}


def late(mg: float) -> ldn.Regimen:
    """A dose after a day without any."""
    return ldn.Regimen.parse(f"{mg:g} mg").shift("24 h")


def test_areas_net_and_break_even_are_those_of_the_closed_form() -> None:
    found = ldn.rebound(ldn.simulate(late(100), **FINE), "C_central", baseline=0.5).table.iloc[0]

    def net(t: float) -> float:
        return 5 / 0.1 * (1 - math.exp(-0.1 * (t - 24))) - 0.5 * t

    even = brentq(net, 24, 40)
    end = 24 + 10 * math.log(10)
    suppressed = 12 + 0.5 * (72 - end) - 5 * (math.exp(-0.1 * (end - 24)) - math.exp(-4.8)) / 0.1
    assert found["break-even [h]"] == pytest.approx(even, abs=2e-3)
    assert found["net area [mg/L*h]"] == pytest.approx(net(72), rel=1e-3)
    assert found["suppressed area [mg/L*h]"] == pytest.approx(suppressed, rel=1e-3)
    assert found["rebound area [mg/L*h]"] == pytest.approx(net(72) + suppressed, rel=1e-3)
    assert found["hours below [h]"] == pytest.approx(72 - (end - 24), abs=1e-2)
    assert found["mean"] == pytest.approx(net(72) / 72 + 0.5, rel=1e-3)
    assert found["reason"] == ""


def test_a_reason_stands_where_there_is_no_break_even() -> None:
    rows = ldn.Ensemble(late(100), **FINE).curves({"mg": [10.0, 100.0]})
    never, repaid = ldn.rebound(rows, "C_central", baseline=0.5).table.to_dict("records")
    assert never["person"] == "10 mg"
    assert math.isinf(never["break-even [h]"])
    assert never["reason"].startswith("not repaid within 72 h")
    assert math.isfinite(repaid["break-even [h]"])
    nothing = ldn.rebound(rows, "C_central", baseline=0).table
    assert nothing["reason"].tolist() == ["nothing was suppressed"] * 2
    assert nothing["break-even [h]"].tolist() == [0.0, 0.0]


def test_tone_is_the_usual_variable_and_its_areas_agree_with_the_daily_mean() -> None:
    run = ldn.simulate("4.5 mg", until=96, step=0.5)
    row = ldn.rebound(run).table.iloc[0]
    assert row["baseline"] == 1.0
    assert row["net area [h]"] == pytest.approx(96 * (row["mean"] - 1))
    # a share of about 0.8 is lost at most and for about 5 h, and a tenth or less is gained from then on
    assert 3 < row["suppressed area [h]"] < 6
    assert 40 < row["break-even [h]"] < 90
    day = ldn.rebound(run, within=(0, 24)).table.iloc[0]
    assert math.isinf(day["break-even [h]"])
    assert "break-even after" in str(ldn.rebound(run))


def test_many_people_are_told_by_medians_and_drawn_as_bands() -> None:
    people = ldn.Population(30, seed=1, variability={"CL": ldn.LogNormal(cv=0.3)})
    found = ldn.rebound(ldn.simulate(late(100), population=people, progress=False, **FINE), "C_central", baseline=0.5)
    assert "30 people, medians" in str(found)
    # what is above zero in all is the area under the curve, at most the dose over the clearance
    assert (found.table["net area [mg/L*h]"] + 0.5 * 72 > 0).all()
    figure = found.plot()
    assert len(figure.axes) == 2
    assert found.record["baseline"] == 0.5
    part = found.parts[0]
    time, net = found.cumulated(part)
    assert net[:, -1] == pytest.approx(found.table["net area [mg/L*h]"].to_numpy(), rel=1e-9)
    assert time[-1] == 72
    alone = ldn.rebound(ldn.simulate(late(100), **FINE), "C_central", baseline=0.5).plot()
    assert "break-even" in alone.axes[1].get_legend().get_texts()[1].get_text()
    plt.close("all")


def test_a_run_from_steady_state_has_no_untreated_level_of_plasma() -> None:
    run = ldn.simulate("4.5 mg daily for 2 days", start="steady-state", step=1)
    assert ldn.rebound(run).table["baseline"].tolist() == [1.0]
    with pytest.raises(ldn.InputError, match="baseline: got None"):
        ldn.rebound(run, "plasma", analyte="ntx")
    with pytest.raises(ldn.InputError, match="baseline: got '1 h'"):
        ldn.rebound(run, "plasma", baseline="1 h", analyte="ntx")
    with pytest.raises(ldn.InputError, match="variable: got 'joy'"):
        ldn.rebound(run, "joy")
