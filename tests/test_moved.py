"""Old names of modules."""

from __future__ import annotations

import importlib
import pickle
import subprocess
import sys

import pytest

from ldnsim.moved import MOVED, answer_to_old_names


@pytest.mark.parametrize("old", MOVED)
def test_a_module_is_found_under_its_old_name_and_is_the_same(old: str) -> None:
    now = importlib.import_module(f"ldnsim.{MOVED[old]}")
    assert importlib.import_module(f"ldnsim.{old}") is now
    assert now.__name__ == now.__spec__.name == f"ldnsim.{MOVED[old]}" if now.__spec__ else False


def test_old_names_come_first_and_what_never_was_is_not_found() -> None:
    code = "from ldnsim.units import factor; import ldnsim.base.units as now; print(now.factor is factor)"
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert said.stdout == "True\n"
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("ldnsim.never")


def test_what_was_found_under_an_old_name_is_kept_by_its_own() -> None:
    from_old = importlib.import_module("ldnsim.endpoints").hours_above
    assert pickle.loads(pickle.dumps(from_old)) is from_old
    assert from_old.__module__ == "ldnsim.results.endpoints"


def test_what_was_a_module_and_is_a_verb_is_both() -> None:
    code = (
        "import ldnsim; verb = ldnsim.nca; from ldnsim.nca import exposure; import ldnsim.nca as old; "
        "from ldnsim.noncompartmental import exposure as now; "
        "print(ldnsim.nca is verb, old is verb, exposure is now, verb([0, 1, 2], [2.0, 1.0, 0.5]).table['cmax'][0])"
    )
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert said.stdout == "True True True 2.0\n"
    assert pickle.loads(b"cldnsim.nca\nexposure\n.") is importlib.import_module("ldnsim.noncompartmental").exposure


def test_being_asked_twice_finds_once() -> None:
    before = len(sys.meta_path)
    answer_to_old_names()
    assert len(sys.meta_path) == before
