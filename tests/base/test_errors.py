"""Errors say what, where and what would be right."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from ldnsim import InputError, LdnsimError, MissingExtra, SolverError


def test_input_error_names_argument_value_and_what_is_right() -> None:
    error = InputError("dose", "4.5 kg", "a dose in mg")
    assert str(error) == "dose: got '4.5 kg', expected a dose in mg"
    assert (error.argument, error.value, error.expected) == ("dose", "4.5 kg", "a dose in mg")


def test_long_values_are_shortened() -> None:
    assert len(str(InputError("text", "x" * 10_000, "less"))) < 200


@pytest.mark.parametrize(
    ("kind", "base"), [(InputError, ValueError), (SolverError, RuntimeError), (MissingExtra, ImportError)]
)
def test_errors_are_also_what_python_calls_them(kind: type[Exception], base: type[Exception]) -> None:
    assert issubclass(kind, base)
    assert issubclass(kind, LdnsimError)


def test_missing_extra_says_how_to_install_all_that_is_needed() -> None:
    assert str(MissingExtra("numba", "fast")).endswith("run: python -m pip install 'ldnsim[fast]'")


def test_every_extra_that_is_asked_for_is_there_and_brings_the_package() -> None:
    root = Path(__file__).parents[2]
    extras = tomllib.loads((root / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    asked = [
        found
        for path in (root / "ldnsim").rglob("*.py")
        for found in re.findall(r'MissingExtra\("(\w+)", "(\w+)"\)', path.read_text())
    ]
    assert len(asked) > 5
    for package, extra in asked:
        needed = {"distributed": "dask[distributed]"}.get(package, package)
        assert any(line.startswith(f"{needed}>=") for line in extras[extra]), (package, extra)
    people = {"test", "docs", "lint", "all"}
    (everything,) = extras["all"]
    assert set(everything.removeprefix("ldnsim[").removesuffix("]").split(",")) == set(extras) - people
