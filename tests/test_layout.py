"""The shape of the package: tests mirror modules, layers hold, imports stay light."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from .equations.catalogue import ROOT, declared

EQUATIONS = {name.rpartition(".")[2] for name in declared()}
PARTS = {
    *("phases", "language", "history"),  # of Regimen
    "separators",  # of the command line, in test_delimited
    *("grammar", "meaning", "pieces", "wording", "writing", "calendar"),  # there too, in test_phrases and test_cli
    *("account", "asking", "naltrexone", "person_run"),  # of Simulation
    *("drawing", "overlays", "shared_clock", "lettering"),  # of the plots and comparison
    *("panel_drawing", "blocked_hours", "compared_panels", "overlaid_doses"),  # there too
    *("layout", "measured", "fitted", "legends", "closing"),  # of figures, in test_layout_of_figures
    *("choosing", "inks", "own_points", "under"),  # what users ask of figures, in test_plot_options
    # of noncompartmental analysis, in test_noncompartmental
    *("areas", "belonging", "cleaning", "frames", "given", "names", "profiles", "rules", "urine"),
    *("nca_table", "dosed_curves"),
    *("following", "replay"),  # of the system and of what is read of many, in test_system and test_ensemble
    *("readings", "over_time", "exploratory", "words"),  # of the summaries
    *("account_panels", "bands", "curves", "doses", "observed", "predictive_check"),  # of the plots of populations
    *("table_run", "table_summary", "table_people", "looks", "subject_plots"),  # of tables
    *("tracing", "recorder", "dimensions", "subjects"),  # of System
    *("inlets", "checks", "variables"),  # of models, in test_dosable
    "antagonist",  # of nalmefene
    *("assembly", "transit"),  # of the small models, in test_library and test_absorption
    *("outlook", "collecting", "repeating"),  # of PopulationRun and records
    *("carried", "carriers", "recorded", "known_models"),  # of replaying
    *("plain", "covariate_reading", "draws"),  # of Population and its covariates
    *("named", "spans", "deciding", "robustness", "telling", "claiming"),  # in test_claims
    *("changed", "promises", "takers", "wishes"),  # in test_designing
    *("measures", "pages", "pictures", "predictions"),  # in test_qualification
    *("beside", "crowd", "topics", "qualifying"),  # there too
    *(
        "adapters",
        "beforehand",
        "by_lmfit",
        "identifying",
        "likelihood",
        "lockstep",
        "observations",
        "problem",
    ),  # of Fit
    *("result", "tabulated", "uncertainty", "verb", "table_lanes"),  # there too
    "described",  # of Study
    "ensemble_rows",  # of Ensemble
    *("explaining", "explained", "processes"),  # of Explanation
    *("administered", "dose_rows", "printing"),  # of data for NONMEM and of programs, in tests/exchange
    *("assays", "discriminated", "deciding"),  # of Discrimination, and of cli
    *("factors", "designs", "local", "screening", "variance", "weighing"),  # in test_sensitivity
    "differences",  # of Ensemble, and there
    *("crossing", "parts", "after_dose"),  # of answers, in test_wanted, test_time_above and test_washing_out
    "assumptions",  # of parameters
    "store_folder",  # of Store
    "level",  # of plots, in test_any_model
    "rewriting",  # of symbolic
    *("symbols", "catalogue", "typesetting", "by_function", "by_model"),  # there too
    *("written", "naming", "mathml"),  # in tests/exchange, of printing
    *("handed", "flows", "sbml", "sbml_units", "sbml_doses"),  # there too, of exporting
    "options",  # of simulation, under mypy
    *("terminal", "running", "listing", "answering", "as_json", "small_models"),  # of cli, in test_command_line too
    # a folder of their own, tests/dosing
    *("intake", "planning", "design", "columns", "shaping", "sheets", "clocks", "idle", "rows", "table_covariates"),
    # in tests/engines: of a walk, in test_course
    *("leg", "events", "parameter_sets", "places", "protocol", "steady", "reference"),
    *("exact", "choice"),  # beside all others, in test_every_engine
    *("grouping", "tape"),  # of the batch engine
    *("engine", "lanes"),  # of the compiled engine, in test_compiled
}
"""Modules that are tested through what they are parts of."""


def test_every_module_has_its_tests() -> None:
    inside = {path for path in (ROOT / "ldnsim").rglob("*.py") if "explorer" not in path.relative_to(ROOT).parts}
    modules = {path.stem for path in inside} - {"__init__", "__main__"} - EQUATIONS
    tests = {path.stem.removeprefix("test_") for path in (ROOT / "tests").rglob("test_*.py")}
    assert modules - PARTS <= tests
    assert modules >= PARTS


WHOLE = {
    *("account", "docs", "examples", "notebooks", "pages"),  # what is written and drawn for people
    *("layout", "public_names", "in_a_browser"),  # the package
    *("where_answers_meet", "where_features_meet"),
}
"""Tests of no room: of the whole."""


def test_tests_stand_in_the_folder_of_their_room() -> None:
    package = ROOT / "ldnsim"
    rooms = {path.name: {one.stem for one in path.rglob("*.py")} for path in package.iterdir() if path.is_dir()}
    own = {path.stem for path in package.glob("*.py")}
    strays = []
    for path in (ROOT / "tests").rglob("test_*.py"):
        room, name = path.parent.name, path.stem.removeprefix("test_")
        if room == "tests":
            strays += [] if name in own | WHOLE else [path.name]
        elif room in rooms:
            elsewhere = any(name in modules for other, modules in rooms.items() if other != room)
            strays += [path.name] if elsewhere and name not in rooms[room] and name not in rooms else []
        else:
            strays += [] if room in {"equations", "reference"} else [path.name]
    assert strays == []


def test_what_says_that_it_is_equations_is_held_to_their_rules() -> None:
    said = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in (ROOT / "ldnsim").rglob("*.py")
        if "(equations only)" in path.read_text().split("\n\n")[0]
    }
    assert said == set(declared()), "the import contract of pyproject.toml names the modules of equations"


def test_modules_are_small() -> None:
    lengths = {path.name: len(path.read_text().splitlines()) for path in (ROOT / "ldnsim").rglob("*.py")}
    assert {name: length for name, length in lengths.items() if length > 400} == {}


def imported() -> dict[str, set[str]]:
    """Rooms that each room imports, at the top or inside a function, but not for types alone."""
    found: dict[str, set[str]] = {}
    for path in (ROOT / "ldnsim").rglob("*.py"):
        place = path.relative_to(ROOT / "ldnsim").with_suffix("").parts
        waiting: list[ast.AST] = [ast.parse(path.read_text())]
        while waiting:
            node = waiting.pop()
            if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
                continue
            # expressions hold no imports
            waiting += (one for one in ast.iter_child_nodes(node) if isinstance(one, ast.stmt | ast.ExceptHandler))
            if isinstance(node, ast.ImportFrom) and node.level:
                at = (*place[: len(place) - node.level], *filter(None, (node.module or "").split(".")))
                found.setdefault(place[0], set()).update({at[0]} if at else {one.name for one in node.names})
    return {room: rooms - {room} for room, rooms in found.items()}


def test_a_room_says_what_it_imports_and_who_imports_it() -> None:
    real = imported()
    rows = {name.rpartition(".")[2] for name in declared() if "models." not in name} | {"forms"}
    for path in (ROOT / "ldnsim").glob("*/__init__.py"):
        room = path.parent.name
        said = " ".join((ast.get_docstring(ast.parse(path.read_text())) or "").split())
        who, by = (*re.split("[;:.] ", said.partition("Imports ")[2], maxsplit=1), "")[:2]
        assert who, f"{room}: its docstring says not what it imports"
        assert re.search(" (may )?imports? ", f" {by}"), f"{room}: its docstring says not who imports it"
        named = set(re.findall(r"`ldnsim\.(\w+)`", who))
        assert named <= real.get(room, set()), f"{room}: says that it imports what it does not"
        if not re.search("what stands below|every room|nothing of ldnsim", who):
            assert real[room] - named - (rows if "equations" in who else set()) == set(), room
        if "nothing but the command line" in by:
            assert {other for other, rooms in real.items() if room in rooms} == {"cli"}, room


def test_every_room_stands_in_the_page_of_the_architecture() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    rows = next(one["layers"] for one in contracts if one.get("containers") == ["ldnsim"])
    drawn = (ROOT / "docs" / "architecture.md").read_text().partition("```text")[2].partition("```")[0]
    assert [re.split(" {2,}", line.strip())[0] for line in drawn.strip().splitlines()] == rows[1:]


def test_the_root_holds_no_stray_pictures_or_data() -> None:
    known = {".md", ".toml", ".cff", ".gitignore", "LICENSE", "PKG-INFO"}
    ignored = {f"/{path.name}" for path in ROOT.iterdir()} & set((ROOT / ".gitignore").read_text().split())
    files = {path.name for path in ROOT.iterdir() if path.is_file() and f"/{path.name}" not in ignored}
    # the root of a worktree has a file where a clone has the folder .git
    assert {name for name in files - {".git"} if (Path(name).suffix or name) not in known} == set()


def test_the_version_is_that_of_the_package() -> None:
    import ldnsim

    assert ldnsim.__version__ == tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


HEAVY = {"numpy", "scipy", "matplotlib", "xarray", "pandas", "pint", "lark", "typer", "rich", "sympy", "numba"}


def loaded_by(code: str) -> set[str]:
    """Modules that a new process has loaded after some code, and the packages that they are of."""
    code = f"import sys; {code}; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT)
    names = ran.stdout.split()
    return {*names, *(name.partition(".")[0] for name in names)}


def test_import_loads_nothing_heavy() -> None:
    loaded = loaded_by("import ldnsim; dir(ldnsim)")
    assert HEAVY.isdisjoint(loaded)
    assert {name for name in loaded if name.startswith("ldnsim.")} == {"ldnsim.moved"}


def test_a_name_loads_what_it_needs_alone() -> None:
    assert (HEAVY - {"numpy"}).isdisjoint(loaded_by("import ldnsim; ldnsim.simulate"))
    # of a room that one name has loaded, others come at no further cost, but no other room
    assert {"ldnsim.fitting", "ldnsim.answers", "ldnsim.plots.panels"}.isdisjoint(
        loaded_by("from ldnsim import Regimen, ledger, InputError")
    )


def test_the_command_line_loads_what_a_command_needs_alone() -> None:
    loaded = loaded_by("import ldnsim.cli")
    assert (HEAVY - {"typer"}).isdisjoint(loaded)
    assert {"ldnsim.models", "ldnsim.study", "ldnsim.dosing"}.isdisjoint(loaded)


def test_a_run_does_not_start_what_it_does_not_need() -> None:
    code = "import ldnsim; ldnsim.resolve('popular'); ldnsim.Regimen.parse('4.5 mg at bedtime x 28 days')"
    # the units of the ledger are settled, see ldnsim.base.units
    assert {"pint", "scipy", "matplotlib", "pandas", "xarray"}.isdisjoint(loaded_by(code))


def test_no_number_of_the_ledger_is_typed_again_in_the_code() -> None:
    # distinctive values: kinetics, molar masses, half-lives
    distinctive = re.compile(
        r"(?<![\w.])(377\.86|341\.4\d?|343\.4\d?|0\.093|0\.132|27\.6|4830|46\.7|0\.715|10\.72)(?![\w.])"
    )
    for path in (ROOT / "ldnsim").rglob("*.py"):
        assert distinctive.findall(path.read_text()) == [], path.name


def test_every_public_name_has_a_docstring() -> None:
    import ldnsim

    for name in ldnsim.__all__:
        assert (getattr(ldnsim, name).__doc__ or "").strip(), name
