"""The table of the popular account: every item has a variable, a picture and evidence that is what the ledger says."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib.pyplot as plt
import pytest

import ldnsim
from ldnsim import ledger, plots, simulate

PAGE = Path(__file__).parents[1] / "docs" / "account.md"
NIGHTS = "4.5 mg at 22:00 daily for 2 days"


class Item(NamedTuple):
    said: str
    given: str
    variable: str
    label: dict[str, str]
    picture: str
    rests_on: str


def read_page() -> list[Item]:
    found = []
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) != 5 or not cells[3].startswith("`"):
            continue
        said, given, variable, picture, rests_on = cells
        name, _, label = variable.strip("`]").partition("[")
        found.append(Item(said, given, name, dict([label.split("=")]) if label else {}, picture.strip("`"), rests_on))
    return found


ITEMS = read_page()


@cache
def run(regimen: str, assumptions: str, cell: str) -> Any:
    step = 4.0 if "depot" in regimen else 0.5
    until = 700.0 if "depot" in regimen else None
    return simulate(regimen, assumptions=assumptions, cell=cell, until=until, step=step).data


def test_every_kind_of_claim_is_on_the_page() -> None:
    text = " ".join(item.said.lower() for item in ITEMS)
    wanted = ("levo", "4 to 6 h", "endorphin", "ogf", "receptors multiply", "ogf receptors", "microglia", "macrophages",
              "mast cells", "tnf", "il-6", "il-1", "nitric oxide", "substance p", "immune cells", "brain", "gut",
              "outside the brain", "0.001", "16 mg", "titration", "50 to 200 mg", "depot")  # fmt: skip
    assert [word for word in wanted if word not in text] == []


@pytest.mark.parametrize("assumptions", ["popular", "measured"])
@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.said)
def test_the_variable_is_there_and_its_picture_can_be_drawn(item: Item, assumptions: str) -> None:
    cell = re.search(r'cell="([a-z-]+)"', item.said)
    data = run(item.given or NIGHTS, assumptions, cell[1] if cell else "microglia")
    curve = data[item.variable].sel(item.label)
    assert curve.dims == ("time",)
    assert bool(curve.notnull().all())
    getattr(plots, item.picture)(data)
    plt.close("all")


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.said)
def test_evidence_is_what_the_ledger_says(item: Item) -> None:
    rows: dict[str, Any] = {**ledger().parameters, **ledger().observations}
    cited = re.findall(r"\b([A-Z]{1,2}\d{3})(?: \(|, )(\w+)\)", item.rests_on)
    assert (
        cited
        or "no trial" in item.rests_on.lower()
        or "follows from" in item.rests_on.lower()
        or ("did nothing" in item.rests_on)
    )
    for name, status in cited:
        assert rows[name].status == status, name


def test_every_parameter_that_is_cited_is_behind_an_account() -> None:
    behind = {
        entry.row
        for bundle in ("popular", "measured")
        for condition in ("healthy", "multiple-sclerosis")
        for entry in ldnsim.resolve(bundle, condition=condition).values()
    } | {
        entry.row for bundle in ("popular", "measured") for entry in ldnsim.resolve(bundle, cell="macrophage").values()
    }
    cited = {name for item in ITEMS for name in re.findall(r"\b([A-Z]{1,2}\d{3}) \(", item.rests_on)}
    # observations are not parameters; T012 is a finding without a number
    assert {name for name in cited - behind if name in ledger().parameters} <= {"T012"}
