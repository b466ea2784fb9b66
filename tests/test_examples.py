"""Examples run, and their headline numbers are what they claim."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"

EXPECTED: dict[str, dict[str, tuple[float, float]]] = {
    # the first three as WinNonlin and NonCompart have them, the last by the closed form of two compartments
    "theophylline": {
        "area_of_subject_2": (97.377934, 97.377936),
        "half_life_of_subject_4": (6.981246, 6.981248),
        "clearance_of_subject_5": (2.347680, 2.347682),
        "simulated_half_life_over_that_of_the_slowest_part": (1 - 1e-4, 1 + 1e-4),
    },
    # what R prints of the same data: nls of subject 4 in its own tests, nlsList in those of nlme
    "fit_theophylline": {
        "log_ke_of_subject_4": (-2.43655, -2.43645),
        "log_ka_of_subject_4": (0.15825, 0.15835),
        "residual_standard_error": (0.695, 0.705),
    },
    "event_table": {
        # F * D * ka / (V * (ka - k)) * (exp(-k t) / (1 - exp(-12 k)) - exp(-ka t) / (1 - exp(-12 ka))) at 11.5 h
        "trough_at_steady_state": (1.97719, 1.97722),
        "same_trough_before": (1.97719, 1.97722),
        "residual": (0.0, 1e-12),
    },
    # the level is proportional to what is absorbed unchanged, and what holds half of the receptors is a level over Kd:
    # so the hours rise with the one as they fall with the other, by less than in proportion (1.5, 3, 4.5 mg above)
    "what_matters": {
        "peak_to_share": (0.9999, 1.0001),
        "peak_to_dose": (0.9999, 1.0001),
        "hours_to_dose": (0.35, 0.5),
        "hours_to_affinity": (-0.5, -0.35),
    },
    "missed_nights": {
        "share_taken": (0.6, 0.95),
        "tone_planned": (1.08, 1.10),
        "tone_lived": (1.05, 1.15),
        "tone_decided": (1.05, 1.15),
    },
    # the typical person is blocked for 5 h (CK001); clearance and bioavailability spread by 25 and 40 %
    "population": {"median": (4.8, 5.6), "low": (2.0, 3.6), "high": (7.5, 10.5)},
    # one dose of 4.5 mg is calibrated to 5 h (CK001), 5.14 h after weeks; a third of it is enough for half as long
    "titration": {
        "hours_blocked_at_1.5_mg": (1.5, 2.7),
        "hours_blocked_at_3_mg": (3.3, 4.5),
        "hours_blocked_at_4.5_mg": (5.1, 5.2),
        "tone_steps": (1.08, 1.10),
        "tone_at_once": (1.08, 1.10),
    },
    # 5.14 h a night from half an hour after 22:00, of which the half hour before 23:00 is no sleep; a deficit of about
    # 4.4 h is repaid at a rise of at most a tenth, so after 44 h and more; the retained drug halves each day (RP096),
    # so that odds of 15 to 40 at the end come down to the 1/9 of a tenth after log2(9 * odds), about 7 to 8.5 days
    "answers": {
        "hours_a_day": (5.1, 5.2),
        "share_in_sleep": (0.85, 0.95),
        "break_even_h": (48, 90),
        "days_popular": (3, 5),
        "days_measured": (8, 10),
        "median_days_measured": (7.0, 8.5),
    },
    # solved for 5 h after one dose under either choice, and what is left of the nights before adds 0.14 h;
    # without the dextro isomer nothing inhibits TLR4
    "isomers": {
        "hours_blocked_racemic": (5.1, 5.2),
        "hours_blocked_levo": (5.1, 5.2),
        "tlr4_inhibition_racemic": (0.25, 0.35),
        "tlr4_inhibition_levo": (0.0, 1e-12),
        "dextro_share_racemic": (0.4999, 0.5001),
        "dextro_share_levo": (0.0, 1e-12),
    },
    # held from half an hour after the dose for 5.1 h: from 22:00 all of it before 06:00, from 08:00 none of it
    "time_of_day": {
        "hours_22": (5.1, 5.2),
        "hours_08": (5.1, 5.2),
        "night_share_22": (1.0, 1.0),
        "night_share_08": (0.0, 0.0),
    },
    # a bolus that leaves 1 mg/L of 20 L after 6 h, 20 * exp(6 * 0.5 / 20) mg; ln(1 + 100 / 20) / (2 / 20) h between
    # boluses of 100 mg for a trough of 1 mg/L; on the second day 30 mg reach 1.5 * (1 + exp(-2.4)) mg/L, and 40 mg more
    # than 2; after four nights the tone is highest at about 1 mg
    "which_dose": {
        "error_of_the_smaller_dose": (0.0, 1e-3),
        "doses_for_one_tone": (2, 2),
        "dose_of_the_first": (23.23, 23.25),
        "interval_h": (17.90, 17.94),
        "first_step_mg": (30.0, 30.0),
        "front_ends_below_mg": (0.8, 1.5),
    },
    # dose times F over CL is the area: the parameters behind it, got back from the curves;
    # under the tongue a fifth passes the liver by, and the rest is swallowed: 0.2 + 0.8 * 0.158267
    "formulations": {
        "bioavailability_capsule": (0.1582, 0.1583),
        "bioavailability_sublingual": (0.3265, 0.3267),
        "clearance": (139.9, 140.1),
    },
    # the area rises 8.05 times (PP080): availability to its limit, 5.7 times in the typical person, and clearance falls
    # by the rest; the peak follows availability more than clearance
    "liver_disease": {
        "hours_healthy": (4.8, 6.2),
        "hours_child_pugh_c": (10.0, 20.0),
        "times_the_peak": (5.0, 8.05),
    },
    # the amounts that are left after 48 h obey the closed form of Michaelis and Menten
    "own_model": {f"hours_by_hand_{name}": (48 - 1e-6, 48 + 1e-6) for name in ("low", "high")},
    "small_model": {f"share_at_{hour}_h": (1 - 1e-9, 1 + 1e-9) for hour in (3, 12, 24)},
    # a row for the doses of each of 60 people and 5 samples; of 300 errors with a spread of sqrt(log(1 + 0.15**2)),
    # which is 0.149, the spread is known to 1 / sqrt(600) of it
    "data_file": {"rows": (360, 360), "largest_difference": (0, 1e-9), "spread_of_errors": (0.125, 0.173)},
    # 28 nights of 4.5 mg, which one event brings
    "hand_over": {"events": (1, 1), "mg_in_the_file": (126 - 1e-6, 126 + 1e-6)},
    "report_figure": {"width_in": (3.5, 3.5), "height_in": (4.0, 7.0), "points": (4, 4)},
    "first_curve": {"cmax_ng_per_mL": (1.27, 1.30), "hours_blocked": (4.9, 5.1), "highest_peptide": (1.2, 1.25)},
    "less_is_more": {
        "best_dose_mg": (1.5, 4.5),
        "tone_at_best_dose": (1.08, 1.12),
        "tone_at_50_mg": (0.63, 0.69),
        "best_tone_measured": (0.0, 1.0),
    },
    "popular_or_measured": {
        "hours_blocked_popular": (4.8, 5.2),
        "hours_blocked_measured": (12.0, 24.0),
        "tlr4_inhibition_measured": (0.0, 1e-3),
        "half_time_after_50_mg": (72.0, 108.0),
    },
}


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.stem)
def test_example(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mpl.use("agg")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, path.stem, module)
    spec.loader.exec_module(module)
    found = module.main(tmp_path)
    plt.close("all")
    assert found.keys() == EXPECTED[path.stem].keys()
    for name, (low, high) in EXPECTED[path.stem].items():
        assert low <= found[name] <= high, name
    assert list(tmp_path.glob("*.png"))
