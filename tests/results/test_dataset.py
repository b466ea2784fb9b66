"""Datasets as text: the lines of a CSV file have the bytes that pandas gives them."""

from __future__ import annotations

import csv
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ldnsim.results.dataset import csv_text

NUMBERS = np.random.default_rng(1).normal(size=60) * 10.0 ** np.repeat(np.arange(-300, 300, 100), 10)
TEXTS = ["plain", "with,comma", 'with"quote', "two\nlines", "%s %d", "", "\r", " blank ", "é", "'"] * 6


@pytest.mark.parametrize(
    "columns",
    [
        {"a": NUMBERS, "b": TEXTS, "c": np.arange(60, dtype=np.int8)},
        {"a": [0.0, -0.0, np.inf, -np.inf, 1e22, 123456785.0], "b,c": [1, 2**62, -3, 4, 5, 6], 'd"': ["x"] * 6},
        {"a": np.linspace(0, 1, 60, dtype=np.float32), "b": NUMBERS},
        {"a": [1.0, np.nan], "b": ["x", ""]},
        {"a": [2**64 - 1, 2**63], "b": ["x", None]},
        {"a": [True, False], "b": [1.5, 2.0]},
        {"a": pd.array([1, None], dtype="Int64"), "b": pd.array([1.5, 2.5], dtype="Float64")},
        {"a": pd.to_datetime(["2026-01-01", "2026-01-02"]), "b": pd.Categorical(["x", "y,z"])},
        {"a": np.array([1, "x"], dtype=object), "b": [1 + 2j, 1]},
        {"a": [], "b": []},
        {"a": ["", "x"]},
        {"a": [1.0, 2.0]},
        {},
    ],
)
def test_the_text_is_that_of_pandas(columns: dict[str, Any]) -> None:
    frame = pd.DataFrame(columns)
    theirs = frame.to_csv(index=False, float_format="%.7g", lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    assert csv_text(frame) == theirs


def test_columns_of_one_name_are_all_written() -> None:
    assert csv_text(pd.DataFrame([[1.5, 2], [3, 4]], columns=["a", "a"])) == "a,a\n1.5,2\n3,4\n"
