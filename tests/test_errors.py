"""Errors say what, where and what would be right."""

from __future__ import annotations

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


def test_missing_extra_says_how_to_install_it() -> None:
    assert "python -m pip install sympy (the extra 'symbolic')" in str(MissingExtra("sympy", "symbolic"))
