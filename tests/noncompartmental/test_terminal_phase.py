"""The terminal phase of dense curves without errors, against exponentials whose slopes are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ldnsim.noncompartmental.terminal import best_fit, settled

SLOW = 0.1


def phases(level: Any, time: Any, floor: float = 1e-9) -> tuple[float, float, str]:
    """Slopes of both rules after the peak, and what the second says."""
    curves = np.asarray(level, dtype=float)[np.newaxis]
    used = (curves > 0) & (np.arange(len(time)) > curves.argmax())
    found = settled(np.asarray(time), curves, used, floor)
    return float(best_fit(np.asarray(time), curves, used).slope[0]), float(found.slope[0]), str(found.reason[0])


def two(fast: float, share: float, until: float, step: float = 0.1) -> tuple[Any, Any]:
    """A curve after a dose by mouth with two phases of decline."""
    time = np.arange(0, until + step / 2, step)
    slow = share * np.exp(-SLOW * time)
    return time, slow + (1 - share) * np.exp(-fast * time) - np.exp(-5 * time)


@given(st.floats(0.25, 3.0), st.floats(0.01, 0.9), st.floats(20, 200), st.sampled_from([0.05, 0.25, 1.0]))
def test_what_is_said_is_true_and_what_is_long_enough_is_said(
    fast: float, share: float, until: float, step: float
) -> None:
    time, level = two(fast, share, until, step)
    _, slope, reason = phases(level, time)
    left = (1 - share) / share * np.exp(-(fast - SLOW) * until)
    assume(level.argmax() < len(level) - 20)
    if np.isfinite(slope):
        assert slope == pytest.approx(SLOW, rel=1e-4)
    else:
        assert "has not settled" in reason
        # over the last four half-lives, or what there is, the fast phase has not gone
        assert left * np.exp((fast - SLOW) * min(4 * np.log(2) / SLOW, 0.8 * until)) > 1e-6


def test_the_line_that_fits_best_reaches_into_the_phase_before_and_the_settled_one_does_not() -> None:
    time, level = two(1.5, 0.1, 72)
    best, slope, _ = phases(level, time)
    assert best > SLOW * 1.002
    assert slope == pytest.approx(SLOW, rel=1e-5)


def test_a_curve_that_is_too_short_says_how_far_it_is_from_its_limit() -> None:
    time, level = two(0.3, 0.1, 48)
    _, slope, reason = phases(level, time)
    assert np.isnan(slope)
    assert "the curve is too short" in reason
    assert "still 0.0027 from its limit" in reason


def test_a_slope_that_turns_is_not_taken_for_one_that_has_settled() -> None:
    # the half-life falls, and rises again where the slowest phase appears
    time = np.arange(0, 80.0, 0.1)
    level = np.exp(-0.3 * time) + 0.5 * np.exp(-0.15 * time) - 1.5 * np.exp(-2 * time) + 1e-4 * np.exp(-0.02 * time)
    for until in range(20, 80, 3):
        _, slope, _ = phases(level[time <= until], time[time <= until])
        assert np.isnan(slope), until


@pytest.mark.parametrize("error", [1e-8, 1e-7])
def test_errors_of_a_solver_at_the_end_do_not_hide_the_phase(error: float) -> None:
    time, level = two(1.5, 0.3, 300)
    noisy = level + error * np.sin(1.7 * time) * np.random.default_rng(1).normal(size=len(time))
    _, slope, reason = phases(noisy, time, floor=1e3 * error)
    assert slope == pytest.approx(SLOW, rel=1e-4), reason


def test_a_plateau_before_a_slower_phase_is_not_the_terminal_one() -> None:
    time = np.arange(0, 400.0, 0.25)
    level = np.exp(-0.2 * time) + 1e-6 * np.exp(-0.01 * time) - np.exp(-3 * time)
    _, slope, _ = phases(level, time)
    assert not slope > 0.15


def test_a_curve_that_ends_at_a_level_has_no_terminal_phase() -> None:
    time = np.arange(0, 100.0, 0.5)
    _, slope, _ = phases(1 + np.exp(-0.2 * time), time)
    assert np.isnan(slope)


def test_few_samples_are_too_few() -> None:
    assert phases([1, 0.5, 0.25], [0, 1, 2])[2] == "fewer than 9 samples after Cmax"


def test_of_samples_at_one_time_the_last_one_counts() -> None:
    time = np.array([0, 1, 1, 1, 2, 3, 4.0])
    level = np.array([9, 8, 5, 4, 2, 1, 0.5])
    assert phases(level, time)[0] == pytest.approx(np.log(2))


@given(st.lists(st.floats(0.05, 20), min_size=5, max_size=14), st.integers(3, 4), st.sampled_from([1e-4, 0.01]))
def test_the_best_line_is_that_of_all_lines_fitted_one_by_one(
    levels: list[float], fewest: int, tolerance: float
) -> None:
    level, time = np.array(levels), np.cumsum(1 + np.arange(len(levels)) % 3).astype(float)
    after = np.flatnonzero(np.arange(len(level)) > level.argmax())
    fits = []
    for count in range(fewest, len(after) + 1):
        x, y = time[after[-count:]], np.log(level[after[-count:]])
        slope, start = np.polyfit(x - x[0], y, 1)
        assume(np.ptp(y) > 1e-6)
        unexplained = ((y - start - slope * (x - x[0])) ** 2).sum() / ((y - y.mean()) ** 2).sum()
        fits.append((1 - unexplained * (count - 1) / (count - 2), count, slope))
    best = max((fit[0] for fit in fits), default=-np.inf)
    # which side of the tolerance a line is on must not hang on the last bit
    assume(all(abs(fit[0] - (best - tolerance)) > 1e-9 for fit in fits))
    expected = max((fit[1:] for fit in fits if fit[0] > best - tolerance and fit[2] < 0), default=(0, np.nan))
    found = best_fit(time, level[np.newaxis], (np.arange(len(level)) > level.argmax())[np.newaxis], fewest, tolerance)
    assert found.points[0] == expected[0]
    np.testing.assert_allclose(found.slope[0], -expected[1], rtol=1e-6)
