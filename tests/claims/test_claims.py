"""Claims: over which part of the ledger's own ranges they hold, and which parameters decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ldnsim import Claim, InputError, Robustness, claim, cli, models, plots, resolve
from ldnsim.claims import named_claims
from ldnsim.claims.deciding import best_doses, by_bin, deciders, interval
from ldnsim.ledger.evidence import ledger
from ldnsim.population.spans import Span, drawn, spans_of
from ldnsim.results.behind import Shown
from ldnsim.results.endpoints import hours_above
from ldnsim.results.readings import BLOCKED_HOURS, HELD_HOURS, TONE, plateau
from ldnsim.simulation import simulate

PEAK = "ntx Cmax"


def a_claim(holds: Any = lambda found: found[PEAK] > 0, **parts: Any) -> Claim:
    """A claim about a day after a dose."""
    usual: dict[str, Any] = {"reads": ["plasma"], "endpoints": [PEAK], "holds": holds, "until": 24.0, "step": 1.0}
    return Claim("mine", "It is so.", "4.5 mg at 22:00", **(usual | parts))


def asked(one: Any, **settings: Any) -> Robustness:
    return claim(one, **{"n": 32, "engine": "batch", **settings})


def spans(account: str = "popular") -> dict[str, Span]:
    return {span.name: span for span in spans_of(resolve(account))[0]}


def test_a_claim_about_one_parameter_holds_in_half_and_that_parameter_decides() -> None:
    low, high = spans()["pk.f"].limits
    found = asked(a_claim(lambda found: found["pk.f"] > (low + high) / 2), n=64)
    assert found.share == 0.5
    assert found.table["parameter"][0] == "pk.f"
    assert found.table["KS"][0] == 1.0
    assert found.deciding == ("pk.f",)
    assert found.table["median where it holds"][0] > (low + high) / 2 > found.table["median where not"][0]
    share = found.bins[found.bins["parameter"] == "pk.f"]["share"]
    assert sorted(set(share)) == [0.0, 1.0]
    assert found.typical is (resolve("popular")["pk.f"].value > (low + high) / 2)


def test_what_is_always_true_has_a_share_of_one_and_what_never_is_of_none() -> None:
    for answer in (True, False):
        found = asked(a_claim(lambda found, answer=answer: np.full(len(found[PEAK]), answer)))
        assert (found.share, found.typical) == (float(answer), answer)
        assert found.table["KS"].isna().all()
        assert found.deciding == ()
        assert "Nothing decides" in str(found)
        assert found.plot().axes


def test_the_interval_of_a_share_of_none_is_that_of_wilson() -> None:
    z2 = 1.959963984540054**2
    assert interval(0, 50) == pytest.approx((0.0, z2 / (50 + z2)))
    low, high = interval(30, 40)
    for end in (low, high):  # the score test is on its edge at both ends
        assert (0.75 - end) ** 2 == pytest.approx(z2 * end * (1 - end) / 40)


def test_the_same_seed_gives_the_same_and_another_one_other_sets() -> None:
    one = a_claim(lambda found: found[PEAK] > 1.0)
    first, again, other = asked(one), asked(one), asked(one, seed=2)
    pd.testing.assert_frame_equal(first.sample, again.sample)
    pd.testing.assert_frame_equal(first.table, again.table)
    assert not np.array_equal(first.sample["pk.f"], other.sample["pk.f"])


def test_a_set_of_the_sample_is_the_run_with_these_parameters() -> None:
    found = asked(a_claim(), n=10)
    row = found.sample.iloc[4]
    names = found.table["parameter"]
    alone = simulate("4.5 mg at 22:00", parameters={name: float(row[name]) for name in names}, until=24, step=1.0)
    assert row[PEAK] == pytest.approx(alone.summary()[PEAK][-1], rel=1e-4)


def test_every_parameter_is_varied_or_held_for_a_reason() -> None:
    for account in ("popular", "measured", "tlr4=off", "rebound=off"):
        varied, held = spans_of(resolve(account))
        names = [span.name for span in varied]
        assert sorted([*names, *held]) == sorted(resolve(account))
        # availability is calibrated and has the range of other studies
        assert [span.name for span in varied if span.entry.status == "calibrated"] == ["pk.f"]
        assert all(why.startswith("calibrated to ") == (resolve(account)[name].status == "calibrated")
                   for name, why in held.items())  # fmt: skip
        assert held["receptors.pet"] == "switch"
        assert "isomers" in held["dose.f_dextro"]


def test_values_are_spread_as_the_row_says() -> None:
    share = np.linspace(0.01, 0.99, 99)
    shapes = set()
    for span in spans().values():
        row, values = span.row, span.values(share)
        shapes.add(span.shape)
        middle = values[49]
        if span.shape == "log-normal":
            assert row.cv is not None
            assert middle == pytest.approx(row.value)
            assert np.std(np.log(span.values((np.arange(4000) + 0.5) / 4000))) == pytest.approx(row.cv / 100, rel=0.02)
            continue
        assert row.low is not None
        assert row.high is not None
        assert ((values >= row.low) & (values <= row.high)).all()
        wide = row.low > 0 and row.high > 10 * row.low
        assert span.shape == ("log-uniform" if wide else "uniform")
        assert middle == pytest.approx((row.low * row.high) ** 0.5 if wide else (row.low + row.high) / 2)
    assert shapes == {"uniform", "log-uniform", "log-normal"}


def test_a_half_life_of_the_ledger_becomes_a_rate_constant_of_the_model() -> None:
    span = spans()["tlr4.km"]
    share = np.array([0.0, 0.3, 1.0])
    assert span.row.unit == "d"
    assert span.in_model(share) * span.values(share) * 24 == pytest.approx(np.log(2))


def test_parameters_of_one_row_move_together() -> None:
    row, entry = ledger().parameters["PP105"], resolve("popular")["pk.f"]
    shares = drawn([Span("a", row, entry), Span("b", row, entry), *spans().values()], 50, 3)
    assert np.array_equal(shares["a"], shares["b"])
    for share in shares.values():  # each part of the range has its set
        assert sorted((share * 50).astype(int)) == list(range(50))


def test_no_bystander_stands_out_beside_the_one_that_decides() -> None:
    """Of Sobol points some pairs of coordinates line up, and a bystander then seems to decide."""
    every, bystanders = list(spans().values()), 0
    shares = drawn(every, 512, 0)
    for place in range(0, len(every), 2):
        name = every[place].name
        found = deciders(every, shares, shares[name] > 0.3)
        assert (found["parameter"][0], found["KS"][0]) == (name, 1.0)
        bystanders += int(found["decides"].sum()) - 1
    assert bystanders <= 2  # in some 1200 tests; of Sobol points 10


def test_one_set_alone_makes_no_parameter_decide() -> None:
    some = list(spans().values())[:3]
    shares = {span.name: np.linspace(0.05, 0.95, 10) for span in some}
    found = deciders(some, shares, np.arange(10) == 9)
    assert found["KS"].tolist() == [1.0] * 3
    assert not found["decides"].any()
    assert found["p"].min() > 0.1


def test_parts_of_a_range_hold_all_sets_once() -> None:
    every = list(spans().values())
    shares = drawn(every, 200, 1)
    found = by_bin(every, shares, shares["pk.f"] > 0.25)
    assert (found.groupby("parameter")["sets"].sum() == 200).all()
    own = found[found["parameter"] == "pk.f"]
    assert own["share"].tolist() == [0.0] * 2 + [1.0] * 6
    assert np.allclose(own["from"].iloc[1:], own["to"].iloc[:-1])


def test_what_is_impossible_is_left_out_and_counted() -> None:
    # what the kidney clears is more than what the metabolite's share leaves of some clearances
    found = asked(a_claim(), parameters={"pk.clr": 60.0}, n=64)
    assert found.sets["impossible"] > 0
    assert found.sets["finished"] + found.sets["impossible"] == 64
    out = found.sample["status"] == "invalid"
    assert out.sum() == found.sets["impossible"]
    cleared = (1 - found.sample["pk.fm"]) * found.sample["pk.cl"]
    assert ((cleared < 60) == out).all()
    assert found.sample["holds"][out].isna().all()
    assert found.sample["reason"][out].str.contains("pk.clr").all()
    assert f"{found.sets['impossible']} impossible" in str(found)


def test_a_branch_that_the_typical_value_switches_off_is_varied_too() -> None:
    found = asked(replace(named_claims()["blocked-5-h"], step=1.0), n=10)
    assert resolve("popular")["receptors.w_bnx6"].value == 0
    assert {"receptors.w_bnx6", "pk.qm"} <= set(found.table["parameter"])
    assert "receptors.ratio_kor" not in set(found.table["parameter"])


def test_endpoints_may_be_functions_of_the_curves() -> None:
    of = {"hours": lambda data: [hours_above(data["time"].values, curve, 0.5) for curve in mu(data)]}

    def mu(data: Any) -> Any:
        return data["occupancy"].sel(receptor="mor").values

    own = a_claim(lambda found: found["hours"] > 5, reads=[Shown("occupancy", {"receptor": "mor"})], endpoints=of)
    named = a_claim(lambda found: found[HELD_HOURS] > 5, reads=own.reads, endpoints=[HELD_HOURS])
    assert asked(own, n=10).sample["hours"].to_numpy() == pytest.approx(
        asked(named, n=10).sample[HELD_HOURS].to_numpy()
    )


@pytest.mark.parametrize(
    ("account", "decides", "row", "words"),
    [
        ("popular", "receptors.blocked", "LM050", "half of mu receptors held"),
        ("popular,blockade=functional", "receptors.o50", "RP098", "heroin 25 mg blocked by half"),
    ],
)
def test_a_claim_about_blockade_varies_and_says_what_counts_as_blocked(
    account: str, decides: str, row: str, words: str
) -> None:
    found = asked(replace(named_claims()["blocked-5-h"], step=1.0), n=10, assumptions=account)
    text = " ".join(str(found).split())
    assert found.table["row"][found.table["parameter"] == decides].tolist() == [row]
    assert {"receptors.blocked", "receptors.o50"} & set(found.table["parameter"]) == {decides}
    assert f"What counts as blocked at these: {words}." in text
    assert "half of the mu receptors" not in found.claim.sentence
    assert found.typical


def test_what_counts_as_blocked_is_that_of_each_set() -> None:
    found = asked(replace(named_claims()["blocked-5-h"], step=1.0), n=10)
    least = found.sample.sort_values("receptors.blocked").iloc[0]
    varied = {name: least[name] for name in found.table["parameter"]}
    again = simulate("4.5 mg at 22:00", parameters=varied, step=1.0).summary()
    assert least[BLOCKED_HOURS] == pytest.approx(again[BLOCKED_HOURS][-1], abs=0.1)


def test_of_a_claim_with_doses_the_best_one_is_told() -> None:
    def holds(found: Mapping[str, Any]) -> Any:
        assert found[PEAK].shape == (len(found["pk.f"]), 3)
        # levels are proportional to the dose
        return np.isclose(found[PEAK] / found["mg"], found[PEAK][:, :1], rtol=1e-3).all(axis=1)

    found = asked(a_claim(holds, doses=[1, "3 mg", 4.5]), n=10)
    assert found.share == 1.0
    assert found.best_dose == (4.5, 4.5, 4.5)
    assert found.best is not None
    assert found.best["best in"].tolist() == [0.0, 0.0, 1.0]
    assert {f"{PEAK} at 1 mg", f"{PEAK} at 4.5 mg"} <= set(found.sample)
    assert "Best dose: 4.5 mg (median; 90 % of the sets: 4.5 to 4.5 mg)" in str(found)
    assert found.plot().axes
    assert asked(a_claim(), n=10).best_dose is None


def test_a_plateau_is_what_lies_close_to_the_best() -> None:
    doses, values = np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 1.095, 1.1, 1.08])
    assert plateau(doses, values) == (3.0, 2.0, 3.0)
    found = best_doses(doses, np.array([values, values[::-1], [np.nan, 1.0, 1.0, 1.0]]), values)
    assert found is not None
    assert found["best in"].tolist() == [0.0, 0.5, 0.5, 0.0]


def test_a_dose_response_says_whose_best_dose_it_shows() -> None:
    from ldnsim.doses import dose_response

    axes = plots.dose_response(dose_response([0.5, 3.0, 50.0], weeks=1).data)
    assert all("at the ledger's typical values" in text.get_text() for text in axes.texts if "best" in text.get_text())


def test_the_words_name_what_was_held_and_what_is_guessed() -> None:
    one = replace(named_claims()["tone-above-normal"], regimen="4.5 mg at 22:00 daily for 2 days", step=1.0)
    found = asked(one, n=10)
    text = " ".join(str(found).split())
    assert found.weakest == "calibrated"
    for row in ("LM017", "LM018", "LM019"):
        assert f"{row} {ledger().parameters[row].quantity}" in text
    assert f"receptors.kd {resolve('popular')['receptors.kd'].value:.4g} nM (CK001), calibrated to" in text
    assert "were they solved again" in text
    assert {"row", "status", "low", "high", "unit", "meaning"} <= set(found.table)
    assert TONE in found.sample


def test_named_claims_can_be_asked_under_both_accounts() -> None:
    short: dict[str, Any] = {"regimen": "4.5 mg at 22:00 daily for 1 day", "step": 2.0}
    for one in named_claims().values():
        for account in ("popular", "measured"):
            doses = (4.5, 50.0) if one.doses else ()
            found = asked(replace(one, **short, doses=doses), n=10, assumptions=account)
            assert found.sets["finished"] == 10
            assert found.data.attrs["assumptions"] == account


def test_a_set_without_an_endpoint_is_told_of() -> None:
    one = a_claim(lambda found: ~np.isnan(found["blockade starts"]), reads=["occupancy"], endpoints=["blockade starts"])
    found = asked(replace(one, regimen="0.8 mg at 22:00"))
    assert 0 < found.share < 1
    assert "an endpoint has no value" in str(found)


@pytest.mark.parametrize(
    ("parts", "argument"),
    [
        ({"name": ""}, "name"), ({"sentence": 3}, "sentence"), ({"regimen": "often"}, "regimen"),
        ({"reads": []}, "reads"), ({"reads": "tone"}, "reads"), ({"reads": [3]}, "reads"),
        ({"endpoints": []}, "endpoints"),
        ({"endpoints": {"a": 3}}, "endpoints['a']"), ({"holds": True}, "holds"), ({"holds": lambda: True}, "holds"),
        ({"doses": [3]}, "doses"), ({"doses": [3, 1]}, "doses"), ({"doses": ["3 h", 4]}, "doses"),
    ],
)  # fmt: skip
def test_what_is_no_claim_is_refused(parts: dict[str, Any], argument: str) -> None:
    usual: dict[str, Any] = {
        "name": "mine", "sentence": "It is so.", "regimen": "1 mg", "reads": ["plasma"], "endpoints": [PEAK],
        "holds": lambda found: found[PEAK] > 0,
    }  # fmt: skip
    with pytest.raises(InputError) as refused:
        Claim(**(usual | parts))
    assert refused.value.argument == argument


def total(data: Any) -> Any:
    return data["plasma"].sum(("analyte", "time"))


def broken(_: Any) -> Any:
    raise ValueError("not today")


@pytest.mark.parametrize(
    ("one", "settings", "said"),
    [
        ("less is more", {}, "asked: got 'less is more', expected one of inverted-u"),
        (3, {}, "asked: got 3"),
        (a_claim(), {"n": 0}, "n: got 0, expected a whole number from 10"),
        (a_claim(), {"n": 32.0}, "n: got 32.0"),
        (a_claim(), {"seed": -1}, "seed: got -1"),
        (a_claim(), {"assumptions": "common"}, "assumptions"),
        (a_claim(broken), {}, "holds.*raised ValueError: not today"),
        (a_claim(endpoints={"a": broken}), {}, "wanted\\['a'\\].*raised ValueError: not today"),
        (a_claim(lambda _: True), {}, "holds: got 'bool of shape \\(\\)', expected a function that gives"),
        (a_claim(lambda found: found[PEAK]), {}, "holds: got 'float64 of shape"),
        (a_claim(lambda found: found["tone"] > 1), {}, "holds.*raised KeyError"),
        (a_claim(endpoints={"pk.f": total}), {}, "endpoints: got 'pk.f'"),
        (a_claim(endpoints={"holds": total}), {}, "endpoints: got 'holds'"),
        (a_claim(reads=["colour"]), {}, "outputs: got 'colour'"),
        (a_claim(reads=[Shown("occupancy", {"receptor": "orl"})]), {}, "receptor: got 'orl'"),
        (a_claim(endpoints=["height"]), {}, "wanted: got 'height'"),
        (a_claim(), {"parameters": {"pk.colour": 3}}, "parameters: got 'pk.colour'"),
        (a_claim(reads=["C_central"]), {"model": models.one_compartment(CL=2, V=20)}, "asked.*ranges in the ledger"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused(one: Any, settings: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        asked(one, **{"n": 10, **settings})


def test_progress_goes_up_to_one() -> None:
    seen: list[float] = []
    asked(a_claim(lambda found: found[PEAK][:, 0] > 0, doses=[1, 2]), n=10, progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_the_command_prints_writes_and_lists(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*arguments: str, code: int = 0) -> str:
        with pytest.raises(SystemExit) as stop:
            cli.main(["claim", *arguments])
        assert stop.value.code == code
        return capsys.readouterr().out if not code else capsys.readouterr().err

    assert {line.partition(":")[0] for line in run().splitlines()} == set(named_claims())
    figure, table = tmp_path / "claim.png", tmp_path / "sets.csv"
    printed = run("blocked-5-h", "--n", "16", "--set", "pk.f=0.1", "--plot", str(figure), "--csv", str(table))
    assert "of 16 parameter sets" in printed
    assert "changed by the user: pk.f" in " ".join(printed.split())
    assert figure.read_bytes().startswith(b"\x89PNG")
    assert len(pd.read_csv(table)) == 16
    assert "expected one of inverted-u" in run("nonsense", code=2)
    assert "from 10" in run("blocked-5-h", "--n", "0", code=2)
    assert "--seed: got '3', expected to be left out" in run("--seed", "3", code=2)
