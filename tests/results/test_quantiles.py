"""Quantiles on the fly against all people at once, whatever the order, the chunks and the merging."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from ldnsim import InputError
from ldnsim.results.quantiles import RELATIVE_ERROR, SMALLEST, Quantiles

LEVELS = [0.0, 0.025, 0.1, 0.5, 0.77, 0.975, 1.0]

sizes = st.tuples(st.integers(1, 40), st.integers(1, 3))
wide = st.floats(-1e250, 1e250, allow_subnormal=False)
alike = st.floats(-1e3, 1e3, allow_subnormal=False)
people = hnp.arrays(np.float64, sizes, elements=st.one_of(wide, alike))
single = st.floats(width=32, allow_nan=False, allow_infinity=False)
singles = hnp.arrays(np.float32, sizes, elements=single)


def counted(values: NDArray[Any]) -> Quantiles:
    quantiles = Quantiles(values.shape[1:])
    quantiles.add(values)
    return quantiles


def everything(quantiles: Quantiles) -> list[bytes]:
    found = [quantiles.result(LEVELS), quantiles.minimum, quantiles.maximum, quantiles.mean]
    return [array.tobytes() for array in found]


def allowed(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far off each quantile may be: the stated bound for the two people it lies between."""
    place = np.array(LEVELS) * (len(values) - 1)
    ordered = np.abs(np.sort(values, axis=0))
    low, high = ordered[np.floor(place).astype(int)], ordered[np.ceil(place).astype(int)]
    part = (place % 1)[:, None]
    largest = ordered.max(axis=0)
    rounding = 8 * np.finfo(float).eps * largest
    bound: NDArray[np.float64] = RELATIVE_ERROR * ((1 - part) * low + part * high) + SMALLEST * largest + rounding
    return bound


@given(st.one_of(people, singles))
@settings(max_examples=150)
def test_quantiles_are_within_the_stated_bound(values: NDArray[Any]) -> None:
    found, exact = counted(values).result(LEVELS), values.astype(np.float64)
    assert (np.abs(found - np.quantile(exact, LEVELS, axis=0)) <= allowed(exact)).all()
    np.testing.assert_array_equal(found[[0, -1]], [exact.min(axis=0), exact.max(axis=0)])


@example(18.1, 1.0)
@example(19.01, 1.0)
@given(st.floats(0, 30), st.floats(1, 2, exclude_max=True))
def test_small_numbers_beside_a_large_one(octaves: float, largest: float) -> None:
    share = 2.0**-octaves
    found = counted(np.array([[-largest], [share * largest], [largest]])).result([0.5])
    assert found.item() == pytest.approx(share * largest, rel=RELATIVE_ERROR, abs=SMALLEST * largest)


def test_quantiles_of_many_people() -> None:
    # over 20 octaves and both signs, with a place where nobody has anything yet
    random = np.random.default_rng(1)
    values = np.zeros((5000, 3, 50))
    values[:, 1] = random.lognormal(0, 2.0, (5000, 50))
    values[:, 2] = random.normal(0, 1.0, (5000, 50))
    found, exact = counted(values).result(LEVELS), np.quantile(values, LEVELS, axis=0)
    # nearer than a millionth of the largest, and 0.1 % of neighbours that are close together
    assert (np.abs(found - exact) <= 1.01 * RELATIVE_ERROR * np.abs(exact) + SMALLEST * values.max(axis=0)).all()
    assert (found[:, 0] == 0).all()


@given(people, st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_order_chunks_and_merging_change_no_bit(values: NDArray[Any], random: Any) -> None:
    expected = everything(counted(values))
    order = list(range(len(values)))
    random.shuffle(order)
    cuts = sorted(random.choices(range(len(values) + 1), k=3))
    parts = [values[order[first:last]] for first, last in zip([0, *cuts], [*cuts, None], strict=True)]
    one_by_one, merged = Quantiles(values.shape[1:]), Quantiles(values.shape[1:])
    for part in parts:
        one_by_one.add(part)
        merged.merge(counted(part))
    assert everything(one_by_one) == everything(merged) == expected
    assert one_by_one.count == merged.count == len(values)


def test_zeros_of_either_sign_are_one_number() -> None:
    signed = np.array([[-0.0, 0.0], [0.0, -0.0], [-0.0, -0.0], [2.0, -0.0]])
    found = everything(counted(signed))
    assert everything(counted(signed[::-1])) == everything(counted(np.abs(signed))) == found


@given(st.one_of(people, singles))
def test_the_mean_is_rounded_once(values: NDArray[Any]) -> None:
    exact = [float(sum(map(Fraction, column)) / len(values)) for column in values.astype(float).T.tolist()]
    assert counted(values).mean.tolist() == exact


def test_the_mean_does_not_lose_small_numbers() -> None:
    assert counted(np.array([[1e200], [1.0], [-1e200], [2.0]])).mean.item() == 0.75
    assert counted(np.full((30_000, 1), 0.1)).mean.item() == 0.1


def test_people_alike_have_exact_quantiles() -> None:
    found = counted(np.full((7, 2), 0.3)).result([0.0, 0.3, 1.0])
    np.testing.assert_array_equal(found, np.full((3, 2), 0.3))


def test_memory_stays_bounded() -> None:
    quantiles = Quantiles((5,))
    for exponent in range(-250, 251):
        quantiles.add(np.array([[1.0], [-2.0]]) * 10.0**exponent * np.ones(5))
    assert quantiles.nbytes <= 2 * 4 * (10_752 + 1) * 5


def test_memory_of_a_population_is_small() -> None:
    random = np.random.default_rng(1)
    quantiles = Quantiles((64,))
    for _ in range(5):
        quantiles.add(random.lognormal(0, 0.4, (400, 64)))
    # a spread of 30 is 5 octaves, and whole octaves are kept: 512 counts of four bytes each
    assert quantiles.nbytes <= 8 * 512 * 4 * 64


def test_other_shapes_are_put_back() -> None:
    values = np.arange(24.0).reshape(4, 3, 2)
    quantiles = counted(values)
    assert quantiles.result([0.5]).shape == (1, 3, 2)
    np.testing.assert_array_equal(quantiles.mean, values.mean(axis=0))
    np.testing.assert_array_equal(quantiles.maximum, values[-1])


def test_saved_and_read_back(tmp_path: Path) -> None:
    values = np.random.default_rng(1).normal(0, 1, (50, 70, 2))
    quantiles = counted(values[:20])
    quantiles.save(tmp_path / "state.npz", "chunks 0 to 3 of run å")
    back, note = Quantiles.load(tmp_path / "state.npz")
    assert note == "chunks 0 to 3 of run å"
    back.add(values[20:])
    assert everything(back) == everything(counted(values))


@pytest.mark.parametrize("how", ["missing", "cut", "one bit", "something else"])
def test_damaged_states_are_told(tmp_path: Path, how: str) -> None:
    path = tmp_path / "state.npz"
    counted(np.ones((3, 4))).save(path, "")
    data = path.read_bytes()
    if how == "missing":
        path.unlink()
    elif how == "cut":
        path.write_bytes(data[: len(data) // 2])
    elif how == "one bit":
        middle = data.index(np.ones(4).tobytes())
        path.write_bytes(data[:middle] + b"\1" + data[middle + 1 :])
    else:
        np.savez(path, a=np.zeros(3))
    with pytest.raises(InputError, match="^path: got"):
        Quantiles.load(path)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e301])
def test_what_is_not_finite_is_refused_whole(bad: float) -> None:
    quantiles = counted(np.ones((3, 2)))
    before = everything(quantiles)
    with pytest.raises(InputError, match="^values: got"):
        quantiles.add(np.array([[1.0, 2.0], [3.0, bad]]))
    assert everything(quantiles) == before


def test_bad_arguments_are_named() -> None:
    quantiles = Quantiles((2,))
    for levels in ([1.5], [-0.1], [np.nan], 0.5):
        with pytest.raises(InputError, match="^levels: got"):
            quantiles.result(levels)
    with pytest.raises(InputError, match="^quantiles: got"):
        quantiles.result([0.5])
    with pytest.raises(InputError, match="^values: got"):
        quantiles.add(np.ones((5, 3)))
    with pytest.raises(InputError, match="^other: got"):
        quantiles.merge(Quantiles((3,)))
    with pytest.raises(InputError, match="^shape: got"):
        Quantiles((2, 0))
