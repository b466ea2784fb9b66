"""Records of runs read back."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from ldnsim import Endotoxin, InputError, Population, repeat, simulate


@pytest.fixture(scope="module")
def records() -> dict[str, Any]:
    settings: dict[str, Any] = {"until": 2, "step": 1}
    people = Population(2, seed=1)
    return {
        "one": simulate("4.5 mg", endotoxin=Endotoxin(1.0, 5.0), **settings).record,
        "decided": simulate("4.5 mg", decide=lambda _: 3.0, **settings).record,
        "many": simulate("4.5 mg", population=people, engine="batch", progress=False, **settings).record,
    }


def _changed(record: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    found = copy.deepcopy(record)
    *folders, name = path.split("/")
    into = found
    for folder in folders:
        into = into[folder]
    if value is KeyError:
        del into[name]
    else:
        into[name] = value
    return found


@pytest.mark.parametrize("kind", ["one", "many"])
@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("colour", "red", "^record: got 'colour'"),
        ("settings/colour", "red", "^record: got 'colour'"),
        ("settings/rtol", KeyError, "^record: .*rtol too: missing"),
        ("settings/rtol", True, "^rtol: got True"),
        ("settings/rtol", 1.0, "^rtol: got"),
        ("settings/step", "0.0_5 h", "^step: got"),
        ("settings/until", -1, "^until: got"),
        ("settings/at", 3j, "^at: got"),
        ("settings/endotoxin", {"time": 1}, "^endotoxin: got .*peak"),
        ("settings/endotoxin", {"time": 1, "peak": 10**400}, "^endotoxin.peak: got"),
        ("settings/engine", "fast", "^engine: got"),
        ("versions", KeyError, "^record: .*versions too: missing"),
        ("versions/ldnsim", KeyError, "^record.versions.ldnsim: got None"),
        ("versions/ldnsim", "99.0.0", "^record.versions.ldnsim: got '99.0.0', expected a version of ldnsim up to"),
        ("versions/ldnsim", 1, "^record.versions.ldnsim: got 1"),
        ("assumptions/site", KeyError, "^assumptions: .*site too: missing"),
        ("assumptions/mood", "good", "^assumptions: got 'mood'"),
        ("parameters/pk.cl", KeyError, "^parameters: .*pk.cl too: missing"),
        ("parameters/pk.cls", [1], "^pk.cls: got"),
        ("covariates", {"height": 2}, "^covariates: got"),
        ("regimen/phases", 3, "^phases: got"),
    ],
)
def test_a_changed_record_is_refused_by_name(
    records: dict[str, Any], kind: str, path: str, value: Any, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        repeat(_changed(records[kind], path, value))


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("settings/start", "asleep", "^start: got"),
        ("settings/method", "Euler", "^method: got"),
        ("settings/condition", ["healthy"], "^condition: got"),
        ("settings/cell", None, "^cell: got"),
        ("settings/decisions", KeyError, "^record: .*decisions too: missing"),
        ("settings/decisions", [], "^decisions: got"),
        ("settings/decisions", ["3"], "^decisions: got"),
        ("settings/decisions", 3.0, "^decisions: got"),
    ],
)
def test_a_changed_record_of_one_person_is_refused_by_name(
    records: dict[str, Any], path: str, value: Any, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        repeat(_changed(records["decided"], path, value))


def test_records_as_they_are_run_again(records: dict[str, Any]) -> None:
    for record in records.values():
        assert repeat(record).record == record
