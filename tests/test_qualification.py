"""Qualification: every observation predicted or listed with a reason, and what it says of itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ldnsim import InputError, simulate
from ldnsim.cli import main
from ldnsim.ledger.evidence import ledger
from ldnsim.qualification import Qualification, qualify
from ldnsim.qualification.beside import accounts, named
from ldnsim.qualification.predictions import predictions
from ldnsim.results.endpoints import half_time, hours_blocked

FEW = [
    "PO001",
    "PO009",
    "PO012",
    "PO013",
    "PO017",
    "PO024",
    "PO023",
    "PO042",
    "RO001",
    "RO008",
    "RO013",
    "RO053",
    "RO107",
]


@pytest.fixture(scope="module")
def few() -> Qualification:
    return qualify(["popular", "measured"], observations=FEW, people=20)


def row(found: Qualification, name: str, account: str) -> dict[str, Any]:
    table = found.table
    (chosen,) = table[(table["observation"] == name) & (table["account"] == account)].to_dict("records")
    return {str(column): value for column, value in chosen.items()}


def test_every_observation_is_predicted_or_says_why_not() -> None:
    predicted, others = predictions()
    assert predicted.keys() | others.keys() == ledger().observations.keys()
    assert not predicted.keys() & others.keys()
    assert len(predicted) >= 80
    assert all(others.values())


def test_both_accounts_are_predicted_under_every_exposure() -> None:
    assert len({account.name for account in accounts()}) == 8


def test_predictions_are_those_of_the_runs(few: Qualification) -> None:
    night = simulate("50 mg", until=96, step=0.1).data["plasma"]
    assert row(few, "PO009", "popular")["predicted"] == pytest.approx(float(night.sel(analyte="ntx").max()), rel=1e-4)
    last = simulate("50 mg", assumptions="measured", until=336, step=0.5).data
    assert row(few, "RO008", "measured")["predicted"] == pytest.approx(half_time(last), rel=1e-3)
    blocked = hours_blocked(simulate("4.5 mg at 22:00", until=24, step=0.05).data)
    assert row(few, "RO053", "popular")["predicted"] == pytest.approx(blocked, abs=0.01)
    both = simulate("100 mg", until=24, at=[2.0], step=0.05).data["plasma"].sel(time=2.0)
    ratio = float(both.sel(analyte="bnx6") / both.sel(analyte="ntx"))
    assert row(few, "PO042", "popular")["predicted"] == pytest.approx(ratio, rel=1e-3)
    end = simulate("50 mg", until=48, step=1.0).data["amount"].isel(time=-1)
    share = 100 * float(end.sel(compartment="urine_bnx6").sum() / end.sum())
    assert row(few, "PO023", "popular")["predicted"] == pytest.approx(share, rel=1e-3)


def test_what_was_fitted_is_read_off_the_ledger(few: Qualification) -> None:
    uses = {
        ("PO001", "popular"): "fitted",
        ("PO024", "popular"): "fitted",
        ("PO017", "popular"): "fitted",  # by the exchange of the metabolite, PP114
        ("PO009", "popular"): "checked",
        ("PO012", "popular"): "checked",
        ("RO001", "measured"): "fitted",
        ("RO013", "measured"): "fitted",
        ("RO001", "popular"): "checked",
        ("RO053", "popular"): "fitted",
        ("RO053", "measured"): "animals",
    }
    for (name, account), use in uses.items():
        assert row(few, name, account)["use"] == use, (name, account)


def test_names_in_targets_are_read_as_they_stand() -> None:
    text = "PET mu occupancy 4 h after one dose (RO001 to RO003), 75 % at 48 h after a course (RO013), RO079 over RO080"
    assert named(text) == {"RO001", "RO002", "RO003", "RO013", "RO079", "RO080"}
    assert named("plasma levels of the 50 mg label") == set()


def test_every_target_names_observations_that_there_are() -> None:
    known = ledger().observations.keys() | ledger().parameters.keys()
    for entry in ledger().parameters.values():
        assert named(entry.target) <= known, entry.id


def test_errors_are_folds_and_bands_hold_the_typical_person(few: Qualification) -> None:
    table = few.table
    assert (table["fold error"].dropna() >= 1).all()
    ratio = np.maximum(table["predicted"] / table["observed"], table["observed"] / table["predicted"])
    np.testing.assert_allclose(table["fold error"], ratio)
    inside = (table["5 %"] <= table["predicted"]) & (table["predicted"] <= table["95 %"])
    assert inside.mean() > 0.9


def test_shares_count_what_was_checked_alone() -> None:
    rows = [("a", "pk", "checked", 1.2), ("a", "pk", "checked", 1.6), ("a", "pk", "checked", 2.5),
            ("a", "pk", "fitted", 1.0), ("a", "pk", "checked", np.nan)]  # fmt: skip
    table = pd.DataFrame(rows, columns=["account", "module", "use", "fold error"])
    (shares,) = Qualification(table, {}).shares().to_dict("records")
    assert shares["observations"] == 3
    found = [shares[f"within {fold}-fold"] for fold in ("1.25", "1.5", "2")]
    assert found == pytest.approx([1 / 3, 1 / 3, 2 / 3])


@pytest.mark.parametrize(
    ("settings", "named"),
    [({"people": 3}, "people"), ({"observations": ["O001"]}, "observations"), ({"observations": ["X"]}, "observations"),
     ({"chosen": ["no such account"]}, "assumptions")],
)  # fmt: skip
def test_what_cannot_be_predicted_is_refused(settings: dict[str, object], named: str) -> None:
    with pytest.raises(InputError, match=f"^{named}: got"):
        qualify(**settings)  # type: ignore[arg-type]


def test_a_page_holds_everything_and_needs_nothing(few: Qualification, tmp_path: Path) -> None:
    few.to_html(tmp_path / "page.html")
    few.to_markdown(tmp_path / "page.md")
    page, text = ((tmp_path / name).read_text(encoding="utf-8") for name in ("page.html", "page.md"))
    for name in [*FEW, *few.others]:
        assert name in page, name
        assert name in text, name
    assert 'src="http' not in page
    assert "<link" not in page
    assert page.count("data:image/png;base64,") == 3
    assert len(list(tmp_path.iterdir())) == 2


def test_the_command_says_how_it_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["qualify", "--people", "3"])
    assert stopped.value.code == 2
    assert "people: got 3" in capsys.readouterr().err
