"""Errors: each says what was wrong, with which value, and what would be right."""

from __future__ import annotations


class LdnsimError(Exception):
    """Base of every error that ldnsim raises on purpose."""


class InputError(LdnsimError, ValueError):
    """An argument that cannot be used.

    Parameters
    ----------
    argument : str
        Name of the argument, as the caller wrote it.
    value : object
        What was given.
    expected : str
        What would have been right.
    """

    def __init__(self, argument: str, value: object, expected: str) -> None:
        super().__init__(argument, value, expected)
        self.argument = argument
        self.value = value
        self.expected = expected

    def __str__(self) -> str:
        try:
            shown = repr(self.value)
        except Exception:  # Python refuses to write a whole number of thousands of digits; others may fail too
            shown = f"a value of type {type(self.value).__name__}"
        if len(shown) > 120:
            shown = shown[:117] + "..."
        return f"{self.argument}: got {shown}, expected {self.expected}"


class LdnsimWarning(UserWarning):
    """A choice that was made because nothing was said, where tools differ."""


class LedgerError(LdnsimError):
    """A ledger table that breaks its own rules (unit, source, id, status)."""


class SolverError(LdnsimError, RuntimeError):
    """An integration that failed or left the physical range; the text says what to try."""


class CalibrationError(LdnsimError, RuntimeError):
    """A calibration that did not meet its target."""


class MissingExtra(LdnsimError, ImportError):
    """An optional dependency that is not installed; the text is the command that installs it, with all it needs."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"{package} is not installed; run: python -m pip install 'ldnsim[{extra}]'")
