"""The pair of Dormand and Prince: its order conditions, and SciPy's copy of it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import RK45

from ldnsim.engines.dormand_prince import ERROR, INSIDE, NODES, STAGES

WEIGHTS = np.array([*STAGES[-1], 0.0])


def matrix() -> np.ndarray:
    """Weights of the stages as a square, row by row."""
    found = np.zeros((len(NODES), len(NODES)))
    for number, row in enumerate(STAGES, 1):
        found[number, : len(row)] = row
    return found


def test_each_stage_stands_where_its_weights_lead() -> None:
    assert matrix().sum(axis=1) == pytest.approx(np.array(NODES), abs=1e-14)


def test_the_end_of_a_step_has_order_five() -> None:
    nodes, inner = np.array(NODES), matrix()
    for power in range(5):
        assert WEIGHTS @ nodes**power == pytest.approx(1 / (power + 1), abs=1e-14)
    assert WEIGHTS @ inner @ nodes == pytest.approx(1 / 6, abs=1e-14)
    assert WEIGHTS @ (nodes * (inner @ nodes)) == pytest.approx(1 / 8, abs=1e-14)
    assert WEIGHTS @ inner @ inner @ inner @ nodes == pytest.approx(1 / 120, abs=1e-14)


def test_the_estimate_of_the_error_sees_order_five_alone() -> None:
    nodes, estimate = np.array(NODES), np.array(ERROR)
    for power in range(4):
        assert estimate @ nodes**power == pytest.approx(0, abs=1e-14)
    assert abs(estimate @ nodes**4) > 1e-4


def test_the_interpolant_ends_where_the_step_does_and_has_order_four_within_it() -> None:
    nodes, inside = np.array(NODES), np.array(INSIDE)
    assert inside.sum(axis=1) == pytest.approx(WEIGHTS, abs=1e-14)
    for share in (0.1, 0.5, 0.9):
        weights = inside @ share ** np.arange(1, 5)
        for power in range(4):
            assert weights @ nodes**power == pytest.approx(share ** (power + 1) / (power + 1), abs=1e-13)


def test_it_is_the_pair_that_scipy_has() -> None:
    assert matrix()[:6, :5] == pytest.approx(RK45.A, abs=1e-14)
    assert np.array(ERROR) == pytest.approx(RK45.E, abs=1e-14)
    assert np.array(INSIDE) == pytest.approx(RK45.P, abs=1e-12)
