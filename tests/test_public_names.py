"""Public names, each imported when it is first asked for: they are found as if all were there from the start."""

from __future__ import annotations

import importlib
import pickle
import re
import subprocess
import sys
from pathlib import Path

import pytest

import ldnsim

ROOT = Path(__file__).parent.parent
STUB = (ROOT / "ldnsim" / "__init__.pyi").read_text(encoding="utf-8")


def test_every_line_of_the_stub_is_a_public_name() -> None:
    lines = [line for line in STUB.splitlines() if line.startswith("from")]
    assert len(lines) == len(ldnsim.__all__) == len(set(ldnsim.__all__)) > 75
    assert ldnsim.__all__ == sorted(ldnsim.__all__)
    # what type checkers read is what runs
    for line in lines:
        found = re.fullmatch(r"from (\S+) import (\w+) as \2", line)
        assert found is not None, line
        assert getattr(ldnsim, found[2]) is getattr(importlib.import_module(found[1], "ldnsim"), found[2])


def test_names_are_found_in_every_way() -> None:
    everything: dict[str, object] = {}
    exec("from ldnsim import *", everything)
    assert everything.keys() >= set(ldnsim.__all__)
    assert set(dir(ldnsim)) >= {*ldnsim.__all__, "__version__"}
    assert all(hasattr(ldnsim, name) for name in ldnsim.__all__)
    # asked twice it is the same, and the second time nothing is looked up
    assert ldnsim.simulate is vars(ldnsim)["simulate"]


@pytest.mark.parametrize(
    "first", ["import ldnsim.ledger.evidence", "from ldnsim.ledger import evidence", "ldnsim.ledger"]
)
def test_a_function_keeps_its_name_from_the_room_of_that_name(first: str) -> None:
    code = f"import ldnsim; {first}; import ldnsim.ledger.parameters; print(len(ldnsim.ledger().parameters) > 100)"
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], check=True, capture_output=True, text=True, cwd=ROOT
    )
    assert ran.stdout == "True\n"


def test_rooms_are_found_without_importing_them() -> None:
    from ldnsim import plots, results

    assert ldnsim.plots is plots
    assert ldnsim.results is results


@pytest.mark.parametrize("name", ["simulat", "_simulate", "__wrapped__", "no.such", "Simulate"])
def test_what_is_not_there_is_refused_as_ever(name: str) -> None:
    with pytest.raises(AttributeError, match="module 'ldnsim' has no attribute"):
        getattr(ldnsim, name)
    assert not hasattr(ldnsim, name)


def test_what_is_missing_inside_a_module_is_not_taken_for_the_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_room.py").write_text("import no_such_package")
    monkeypatch.setattr(ldnsim, "__path__", [*ldnsim.__path__, str(tmp_path)])
    with pytest.raises(ModuleNotFoundError, match="no_such_package"):
        ldnsim.broken_room  # type: ignore[attr-defined]  # noqa: B018


@pytest.mark.parametrize(
    "thing", [ldnsim.simulate, ldnsim.Regimen, ldnsim.InputError, ldnsim.Assumptions("pet"), ldnsim.LogNormal(cv=0.3)]
)
def test_public_things_survive_a_pickle(thing: object) -> None:
    assert pickle.loads(pickle.dumps(thing)) == thing
