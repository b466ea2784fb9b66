"""Where curves cross a level: all crossings, of each of many subjects, with few looks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ldnsim.designing.crossings import Array, Curves, Places, crossings, is_flat, lowest_and_highest, turning

LINE = np.linspace(0.0, 10.0, 11)


def looked_at(function: object, size: int = 1, places: Array = LINE) -> Curves:
    """Curves that are known at some places."""
    curves = Curves(function)  # type: ignore[arg-type]
    curves.ask(np.tile(places, size), np.repeat(np.arange(size), len(places)))
    return curves


def test_every_crossing_of_each_subject_is_found_and_whether_it_rises() -> None:
    phase = np.array([0.0, 0.5, 1.0])
    found = crossings(looked_at(lambda x, who: np.sin(x - phase[who]), 3), 0.25, 1e-9)
    up = np.arcsin(0.25)
    for who in range(3):
        expected = np.sort(np.concatenate([up + phase[who] + 2 * np.pi * np.arange(-1, 3),
                                           np.pi - up + phase[who] + 2 * np.pi * np.arange(-1, 3)]))  # fmt: skip
        expected = expected[(expected >= 0) & (expected <= 10)]
        assert found.x[found.who == who] == pytest.approx(expected, abs=1e-7)
        assert found.rising[found.who == who].tolist() == [bool(np.cos(x - phase[who]) > 0) for x in expected]


@example(1.05, 0.05)  # crosses at a place that is known
@given(st.floats(0.25, 9.75), st.floats(0.05, 0.2))
def test_a_top_between_two_places_is_seen_where_it_reaches_the_level(top: float, width: float) -> None:
    found = crossings(looked_at(lambda x, _: 1 - (x - top) ** 2), 1 - width**2, 1e-9)
    assert found.x == pytest.approx([top - width, top + width], abs=1e-7)
    assert found.rising.tolist() == [True, False]
    assert crossings(looked_at(lambda x, _: 1 - (x - top) ** 2), 1.001, 1e-9).x.size == 0


def test_a_curve_that_runs_along_the_level_crosses_where_it_reaches_or_leaves_it() -> None:
    reaches = crossings(looked_at(lambda x, _: np.minimum(x, 4.3)), 4.3, 1e-9)
    assert reaches.x == pytest.approx([4.3], abs=1e-5)
    leaves = crossings(looked_at(lambda x, _: np.maximum(x - 4.3, 0.0)), 0.0, 1e-9)
    assert leaves.x == pytest.approx([4.3], abs=1e-5)
    stays = crossings(looked_at(lambda x, _: np.clip(x, 2.5, 6.5)), 2.5, 1e-9)
    assert (stays.x.tolist(), stays.rising.tolist()) == (pytest.approx([2.5], abs=1e-5), [True])


def test_a_crossing_beside_places_without_a_value_is_found() -> None:
    found = crossings(looked_at(lambda x, _: np.where(x < 3.05, np.nan, x)), 3.5, 1e-9)
    assert found.x == pytest.approx([3.5], abs=1e-5)
    found = crossings(looked_at(lambda x, _: np.where(x > 3.95, np.nan, x)), 3.5, 1e-9)
    assert found.x == pytest.approx([3.5], abs=1e-5)


def test_a_jump_over_the_level_is_pinned_down_and_infinity_is_beyond_it() -> None:
    found = crossings(looked_at(lambda x, _: np.where(x < np.pi, 1.0, 3.0)), 2.0, 1e-3)
    assert found.x == pytest.approx([np.pi], abs=1e-6)
    found = crossings(looked_at(lambda x, _: np.where(x > 7.2, np.inf, x)), 5.5, 1e-9)
    assert found.x == pytest.approx([5.5], abs=1e-7)


def test_a_power_is_found_with_two_looks_and_nothing_is_looked_at_twice() -> None:
    seen: list[float] = []

    def power(x: Array, _: Places) -> Array:
        seen.extend(x.tolist())
        return np.exp(0.7 * x)

    found = crossings(looked_at(power, places=np.array([0.0, 10.0])), 5.0, 1e-6)
    assert found.x == pytest.approx([np.log(5.0) / 0.7], abs=1e-6)
    assert len(seen) == len(set(seen)) <= 5


def test_what_is_flat_does_not_differ_by_more_than_engines_do() -> None:
    for flat in ([2.0, 2.0 + 1e-6], [np.nan, 3.0], [np.nan], [np.inf, np.inf], [0.0, 0.0]):
        assert is_flat(np.array(flat))
    for not_flat in ([0.0, np.inf], [1.0, 1.01], [0.0, 1e-12], [-1.0, 1.0]):
        assert not is_flat(np.array(not_flat))


def test_lowest_and_highest_are_of_each_subject() -> None:
    curves = looked_at(lambda x, who: np.where(who == 1, np.nan, -((x - 4.0) ** 2)), 2)
    assert lowest_and_highest(curves, 2)[0].tolist() == [10.0, -36.0, 4.0, 0.0]
    assert np.isnan(lowest_and_highest(curves, 2)[1]).all()
    assert turning(curves, 0).tolist() == [4.0]
