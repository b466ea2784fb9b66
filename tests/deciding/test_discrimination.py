"""Where accounts differ most against what can be measured."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest

from ldnsim import Discrimination, InputError, Population, Regimen, discriminate, ledger, resolve, simulate
from ldnsim.deciding.assays import Assay, assays
from ldnsim.deciding.power import people_needed
from ldnsim.models.naltrexone import naltrexone
from ldnsim.study.processes import columns_of

UNITS = {"plasma_ntx": "ng/mL", "occupancy_mor": "1", "tone": "1", "cytokine_index": "1"}
BOTH = ("popular", "measured")


def brief(accounts: Any = BOTH, regimen: Any = "4.5 mg at 22:00", **settings: Any) -> Discrimination:
    return discriminate(accounts, regimen, **{"until": 24, "step": 1, **settings})


@pytest.fixture(scope="module")
def found() -> Discrimination:
    return brief()


def test_the_difference_is_that_of_the_two_curves_where_it_is_largest() -> None:
    found = brief(outputs=["tone"], errors={"tone": 0.1}, spread={"tone": 0.2})
    curves = [simulate("4.5 mg at 22:00", assumptions=name, until=24, step=1).data["tone"].values for name in BOTH]
    (row,) = found.table.to_dict("records")
    apart = np.abs(curves[0] - curves[1])
    assert row["difference"] == pytest.approx(apart.max())
    assert row["time"] == float(simulate("4.5 mg at 22:00", until=24, step=1).data["time"].values[int(apart.argmax())])
    assert row["standardised difference"] == pytest.approx(apart.max() / math.hypot(0.1, 0.2))
    assert row["n per group"] == people_needed(apart.max() / math.hypot(0.1, 0.2))
    assert abs(row["popular"] - row["measured"]) == pytest.approx(row["difference"])


def test_the_best_measurement_comes_first(found: Discrimination) -> None:
    differences = found.table["standardised difference"].tolist()
    assert differences == sorted(differences, reverse=True)
    needed = found.table["n per group"].tolist()
    assert needed == sorted(needed)
    assert found.table["output"].iloc[0] in str(found).splitlines()[1]


@pytest.mark.parametrize("accounts", [("popular", "popular"), {"one": "measured", "other": "measured"}])
def test_nothing_tells_an_account_from_itself(accounts: Any) -> None:
    found = brief(accounts)
    assert (found.table["standardised difference"] == 0).all()
    assert np.isinf(found.table["n per group"]).all()
    assert "Nothing that could be measured tells them apart" in str(found)
    assert "They differ most" not in str(found)
    found.plot()


def test_what_accounts_share_is_no_measurement_between_them() -> None:
    found = brief(["popular", "popular,tlr4=off"]).table.set_index("output")["n per group"]
    assert math.isinf(found["plasma_ntx"])
    assert math.isinf(found["occupancy_mor"])
    assert not math.isinf(found["cytokine_index"])


def test_the_order_of_accounts_does_not_matter(found: Discrimination) -> None:
    turned = brief(BOTH[::-1]).table.set_index("output")
    straight = found.table.set_index("output")
    for column in ("time", "popular", "measured", "difference", "standardised difference", "n per group"):
        assert turned[column].loc[straight.index].tolist() == straight[column].tolist()


def test_three_accounts_are_told_apart_pair_by_pair() -> None:
    three = [*BOTH, "popular,exposure=ldn24"]
    found = brief(three, outputs=["occupancy_mor", "plasma_ntx"]).table
    assert len(found) == 2 * 3
    assert set(three) <= set(found.columns)
    assert found["between"].nunique() == 3


def test_what_tells_two_of_three_accounts_apart_is_not_said_to_tell_none() -> None:
    text = str(brief([*BOTH, "popular,exposure=ldn24"], outputs=["occupancy_mor", "plasma_ntx"]))
    assert "plasma_ntx" in text
    assert "Nothing that could be measured" not in text
    assert "tells them apart in plasma_ntx." in str(brief(BOTH, outputs=["occupancy_mor", "plasma_ntx"]))


def test_doses_are_tried_one_by_one() -> None:
    accounts = ["popular", "popular,exposure=ldn24"]
    found = brief(accounts, outputs=["plasma_ntx"], doses=["1.5 mg", 4.5, "50 mg"])
    assert set(found.table["dose"]) == {"1.5 mg", "4.5 mg", "50 mg"}
    alone = brief(accounts, "50 mg at 22:00", outputs=["plasma_ntx"])
    row = found.table.set_index("dose").loc["50 mg"]
    assert row["difference"] == pytest.approx(alone.table["difference"].iloc[0])
    assert "doses of 1.5 mg, 4.5 mg, 50 mg" in str(found)


def test_a_smaller_error_needs_fewer_people_and_no_more_than_the_spread_allows() -> None:
    needed = [
        brief(outputs=["cytokine_index"], errors={"cytokine_index": error}, spread={"cytokine_index": 0.2}).table[
            "n per group"
        ][0]
        for error in ("50 %", "10 %", 0.0)
    ]
    assert needed == sorted(needed, reverse=True)
    assert needed[0] > needed[-1] > 2


def test_what_people_differ_in_at_all_times_cancels_within_them() -> None:
    stated = {"outputs": ["occupancy_mor"], "errors": {"occupancy_mor": 0.05}, "design": "paired"}
    alike, apart = (brief(**stated, spread={"occupancy_mor": spread}).table for spread in (0.01, 0.5))
    assert alike["standardised difference"][0] == apart["standardised difference"][0]
    difference = alike["difference"][0]
    assert alike["standardised difference"][0] == pytest.approx(difference / (0.05 * math.sqrt(2)))
    assert alike["n pairs"][0] == people_needed(difference / (0.05 * math.sqrt(2)), paired=True)


def test_nothing_below_the_limit_of_quantification_is_a_difference() -> None:
    limit = assays(UNITS, None, None)["plasma_ntx"].loq
    found = brief(["popular", "popular,exposure=ldn24"], "0.01 mg at 22:00", outputs=["plasma_ntx"])
    assert found.table["difference"][0] == 0
    assert found.table["popular"][0] == limit > 0


def test_people_who_are_simulated_spread_as_they_do() -> None:
    people = Population(20, seed=1)
    accounts = ["popular", "popular,exposure=ldn24"]
    found = brief(accounts, outputs=["plasma_ntx"], population=people, engine="batch")
    row = found.table.iloc[0]
    data = [
        simulate(
            "4.5 mg at 22:00", assumptions=name, population=people, until=24, step=1, outputs=["plasma"],
            engine="batch", progress=False,
        ).data
        for name in accounts
    ]  # fmt: skip
    at = int(np.flatnonzero(data[0]["time"].values == row["time"])[0])
    limit = assays(UNITS, None, None)["plasma_ntx"].loq
    seen = [np.maximum(one["plasma"].sel(analyte="ntx").values[:, at], limit) for one in data]
    assert row["popular"] == pytest.approx(seen[0].mean())
    assert row["people"] == pytest.approx(math.sqrt((seen[0].var(ddof=1) + seen[1].var(ddof=1)) / 2))
    assert "simulated" in row["stated"]


def test_errors_of_the_ledger_have_a_source_and_a_status() -> None:
    rows = [row for row in ledger().parameters.values() if row.id.startswith("LD")]
    known = assays(UNITS, None, None)
    assert {"plasma_ntx", "occupancy_mor", "cytokine_index"} <= set(known)
    assert known["occupancy_mor"].error.sd == ledger().parameters["LD007"].value
    assert known["plasma_ntx"].error.cv == pytest.approx((ledger().parameters["LD001"].value or 0) / 100)
    for row in rows:
        assert row.status in ("read", "assumed")
        assert row.source
        assert row.url or row.status == "assumed"


def test_every_error_of_the_ledger_is_of_something_that_the_model_shows() -> None:
    shown = columns_of(naltrexone(resolve(), 22.0))
    symbols = [row.symbol.split() for row in ledger().parameters.values() if row.id.startswith("LD")]
    assert {output for _, _, output in symbols} <= set(shown)
    assert {(what, kind) for what, kind, _ in symbols} <= {
        (what, kind) for what in ("assay", "people") for kind in ("sd", "cv")
    } | {("assay", "loq")}


def test_what_a_user_states_goes_over_the_ledger_in_any_unit() -> None:
    known = assays(UNITS, {"plasma_ntx": "50 pg/mL", "tone": "20 %"}, {"tone": 0.3})
    assert known["plasma_ntx"].error.sd == pytest.approx(0.05)
    assert known["plasma_ntx"].error.cv == 0
    assert known["plasma_ntx"].people == assays(UNITS, None, None)["plasma_ntx"].people
    assert known["tone"].error.of(np.array([0.5]))[0] == pytest.approx(0.1)
    assert known["tone"].people.sd == 0.3
    assert Assay().loq == 0


def test_where_no_spread_is_stated_it_says_so() -> None:
    found = brief(outputs=["tone"], errors={"tone": 0.1})
    assert "no spread between people is stated" in str(found)


@pytest.mark.parametrize(
    ("settings", "argument", "names"),
    [
        ({"accounts": ["popular"]}, "accounts", "at least two"),
        ({"accounts": "popular"}, "accounts", "at least two"),
        ({"accounts": ["popular", "unpopular"]}, "assumptions", "measured"),
        ({"outputs": ["tone"]}, "outputs", "errors="),
        ({"outputs": ["occupancy"]}, "outputs", "occupancy_mor"),
        ({"outputs": []}, "outputs", "at least one"),
        ({"errors": {"ton": 0.1}}, "errors", "tone"),
        ({"errors": {"tone": "often"}}, "errors['tone']", "standard deviation"),
        ({"errors": {"tone": -0.1}}, "errors['tone']", "at least 0"),
        ({"spread": {"tone": "3 ng/mL"}}, "spread['tone']", "a number with a unit"),
        ({"doses": [4.5, "4.5 mg"]}, "doses", "once"),
        ({"doses": "4.5 mg"}, "doses", "sequence"),
        ({"regimen": "1 mg for 1 day then 2 mg for 1 day", "doses": [4.5]}, "doses", "alike"),
        ({"regimen": 4.5}, "regimen", "text"),
        ({"design": "crossover"}, "design", "paired"),
        ({"power": 2.0}, "power", "from 0.1"),
        ({"population": 20}, "population", "Population("),
        ({"until": "soon"}, "until", "weeks"),
    ],
)
def test_what_cannot_be_honoured_is_refused(settings: dict[str, Any], argument: str, names: str) -> None:
    with pytest.raises(InputError, match=names.replace("(", r"\(")) as error:
        brief(**settings)
    assert error.value.argument == argument


def test_a_titration_is_compared_as_a_whole() -> None:
    plan = Regimen.parse("1 mg for 1 day then 2 mg for 1 day")
    found = brief(regimen=plan, until=48, outputs=["occupancy_mor"])
    assert found.table["dose"].tolist() == ["the regimen"]


def test_the_map_shows_every_row_with_its_people(found: Discrimination) -> None:
    mpl.use("agg")
    figure = found.plot()
    axes = figure.axes[0]
    labels: Sequence[str] = [tick.get_text() for tick in axes.get_yticklabels()]
    assert len(labels) == len(found.table)
    said = [text.get_text() for text in axes.texts]
    assert said[0] == f"n = {found.table['n per group'].iloc[0]:,.0f}"
    footer = "".join(text.get_text() for text in figure.texts)
    assert "Weakest evidence" in footer
    assert "LD007" in footer
