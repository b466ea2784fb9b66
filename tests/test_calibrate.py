"""Calibrations: solving again gives what is stored."""

from __future__ import annotations

from pathlib import Path

import pytest

from ldnsim import CalibrationError, ledger
from ldnsim import calibrate as calibration
from ldnsim.ledger.evidence import Parameter, read


@pytest.fixture(scope="module")
def solved() -> list[calibration.Solved]:
    return list(calibration.calibrate())


def test_every_stored_value_is_solved_again(solved: list[calibration.Solved]) -> None:
    assert {found.row for found in solved} == {row.id for row in ledger().select(status="calibrated")}
    for found in solved:
        assert found.value == pytest.approx(found.stored, rel=1e-4), found


def test_checks_are_not_targets() -> None:
    # observations that tests/reference/test_measured.py holds the model against
    checks = {"RO008", "RO022", "RO023", "RO024"}
    assert checks.isdisjoint({*calibration.PET_ROWS, calibration.LATE_ROW})


def test_kd_is_twice_as_large_when_all_of_the_dose_is_levo(solved: list[calibration.Solved]) -> None:
    kd = {found.row: found.value for found in solved}
    assert kd["CK002"] / kd["CK001"] == pytest.approx(2.0, rel=1e-4)


def test_written_table_reads_back(solved: list[calibration.Solved], tmp_path: Path) -> None:
    calibration.write({found.row: found.value for found in solved}, tmp_path / "parameters_calibrated.csv")
    rows = {row.id: row for row in read(tmp_path / "parameters_calibrated.csv", Parameter)}
    for found in solved:
        assert rows[found.row].value == pytest.approx(found.value, rel=1e-5)
        assert rows[found.row].target == found.target


def test_a_target_out_of_reach_is_said() -> None:
    with pytest.raises(CalibrationError, match="not met between 1 and 2"):
        calibration._root(lambda x: x + 1, 1.0, 2.0, "a target")
