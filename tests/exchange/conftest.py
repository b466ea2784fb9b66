"""What the tests of exchange share."""

from __future__ import annotations

import locale
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def locale_as_it_was() -> Iterator[None]:
    """Give the locale back: COPASI sets that of C when it is imported, in which other tests read no text but ASCII."""
    before = locale.setlocale(locale.LC_ALL)
    yield
    locale.setlocale(locale.LC_ALL, before)
