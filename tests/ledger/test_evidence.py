"""The ledger: its rules, and what the packaged one holds."""

from __future__ import annotations

import csv
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from ldnsim import InputError, LedgerError, ledger
from ldnsim.ledger.evidence import Ledger, Observation, Parameter, read, weakest

GOOD: dict[str, str] = {
    "id": "X1", "module": "pk", "symbol": "cl", "quantity": "clearance", "value": "140", "low": "94", "high": "210",
    "cv": "", "unit": "L/h", "distribution": "range", "population": "", "n": "24", "source": "A source", "year": "1984",
    "url": "https://example.org", "status": "read", "target": "", "note": "",
}  # fmt: skip


def table(path: Path, *rows: dict[str, str]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_a_good_row_is_read(tmp_path: Path) -> None:
    (row,) = read(table(tmp_path / "p.csv", GOOD), Parameter)
    assert (row.value, row.low, row.high, row.cv, row.n, row.year) == (140.0, 94.0, 210.0, None, 24, 1984)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"unit": "furlong2"}, "unit 'furlong2' is not known"),
        ({"unit": ""}, "unit '' is not known"),
        ({"source": ""}, "names no source"),
        ({"id": ""}, "has no id"),
        ({"module": "heart"}, "module is 'heart'"),
        ({"status": "true"}, "status is 'true'"),
        ({"status": "calibrated"}, "names no target"),
        ({"value": "many"}, "value is 'many', not a number"),
        ({"value": "nan"}, "value is 'nan', not a number"),
        ({"value": "inf"}, "value is 'inf', not a number"),
        ({"n": "2.5"}, "n is '2.5', expected a finite whole number"),
        ({"value": "500"}, "not in order"),
        ({"value": "", "low": "", "high": ""}, "neither a number nor a finding"),
        ({"url": "see the book"}, "starts with http"),
        ({"distribution": "gamma"}, "distribution is 'gamma'"),
        ({"symbol": ""}, "has no symbol"),
        ({"quantity": ""}, "says not what it is"),
    ],
)
def test_a_broken_rule_names_file_row_and_fault(change: dict[str, str], fault: str, tmp_path: Path) -> None:
    path = table(tmp_path / "broken.csv", {**GOOD, "id": "X0"}, {**GOOD, **change})
    with pytest.raises(LedgerError, match="broken.csv row 3") as caught:
        read(path, Parameter)
    assert fault in str(caught.value)


def test_other_columns_and_short_rows_are_refused(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="columns are"):
        read(table(tmp_path / "p.csv", {"id": "X1", "value": "3"}), Parameter)
    text = ",".join(GOOD) + "\nX1,pk\n"
    (tmp_path / "short.csv").write_text(text)
    with pytest.raises(LedgerError, match="short.csv row 2: has not 18 cells"):
        read(tmp_path / "short.csv", Parameter)


def test_an_id_is_used_once(tmp_path: Path) -> None:
    rows = read(table(tmp_path / "p.csv", GOOD, GOOD), Parameter)
    with pytest.raises(LedgerError, match="X1: this id is used twice"):
        Ledger(rows, [])
    observation = {field.name: "" for field in fields(Observation)} | {
        "id": "X1", "module": "pk", "metric": "m", "unit": "1", "source": "s", "status": "read",
    }  # fmt: skip
    with pytest.raises(LedgerError, match="a parameter and an observation: X1"):
        Ledger(rows[:1], read(table(tmp_path / "o.csv", observation), Observation))


@pytest.mark.parametrize(
    ("row", "value", "unit", "status"),
    [
        ("PP106", 140.0, "L/h", "assumed"),
        ("PP002", 377.86, "g/mol", "read"),
        ("RP063", 10.72, "h", "read"),
        ("RP052", 90.0, "h", "read"),
        ("K002", 49.0, "min", "read"),
        ("T001", 105.0, "uM", "recalled"),
        ("C003", 0.0, "1", "assumed"),
    ],
)
def test_known_rows(row: str, value: float, unit: str, status: str) -> None:
    found = ledger().parameters[row]
    assert (found.value, found.unit, found.status) == (value, unit, status)


@pytest.mark.parametrize(
    ("row", "value"), [("RO022", 94.9), ("RO023", 21.1), ("RO024", 92.0), ("PO001", 0.584), ("O001", 3.88)]
)
def test_known_observations(row: str, value: float) -> None:
    assert ledger().observations[row].value == value


def test_the_packaged_ledger_is_whole() -> None:
    assert len(ledger().parameters) >= 350
    assert len(ledger().observations) >= 240
    for row in ledger().parameters.values():
        assert row.status != "read" or row.url or row.source
        assert "TODO" not in row.note


def test_selection() -> None:
    assert {row.module for row in ledger().select(module="tlr4")} == {"tlr4"}
    assert {row.status for row in ledger().select(status="recalled")} == {"recalled"}
    assert len(ledger().select()) == len(ledger().parameters)
    for bad in ({"module": "heart"}, {"status": "true"}):
        with pytest.raises(InputError, match="got '(heart|true)'"):
            ledger().select(**bad)


def test_rows_are_immutable() -> None:
    row: Any = ledger().parameters["PP106"]
    with pytest.raises(AttributeError):
        row.value = 1.0
    rows: Any = ledger().parameters
    with pytest.raises(TypeError):
        rows["PP106"] = row


def test_weakest() -> None:
    assert weakest(["recalled", "read"]) == "recalled"
