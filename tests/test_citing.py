"""What to cite for a result: nothing but what the ledger holds, and all of that."""

from __future__ import annotations

import re
from importlib.metadata import metadata
from pathlib import Path
from typing import Any

import pytest

import ldnsim as ldn
from ldnsim.base.errors import InputError
from ldnsim.citing import Reference
from ldnsim.cli import main

ROOT = Path(__file__).parents[1]
SMALL = ldn.models.one_compartment(CL=2, V=20, ka=1.2)
ROWS: dict[str, Any] = {**ldn.ledger().parameters, **ldn.ledger().observations}


@pytest.fixture(scope="module")
def run() -> ldn.Simulation:
    return ldn.simulate("4.5 mg", until=1)


def test_every_parameter_that_the_run_rests_on_has_a_source_or_says_what_it_has_instead(run: ldn.Simulation) -> None:
    found = ldn.citation(run)
    behind = {name for one in run.data.data_vars.values() for name in one.attrs["depends_on"].split()}
    told = {name for one in found.references for name in one.parameters} | set(found.own)
    assert behind <= told
    # what says when receptors count as blocked is behind summaries alone
    assert told - behind <= {"receptors.blocked", "receptors.functional"}
    assert "pk.f_depot" not in told


def test_nothing_is_said_of_a_source_that_the_ledger_does_not_hold(run: ldn.Simulation) -> None:
    for one in ldn.citation(run).references:
        assert one.source in {row.source for row in ROWS.values()}
        assert one.url in {row.url for row in ROWS.values()}
        rows = [ROWS[row] for row in one.rows]
        assert one.year in {str(row.year or "") for row in rows}
        assert any(row.source == one.source for row in rows)


def test_what_was_fitted_rests_on_the_observations_that_it_was_fitted_to(run: ldn.Simulation) -> None:
    by_row = {row: one for one in ldn.citation(run).references for row in one.rows}
    # pk.f is solved for plasma after one dose (PO001 to PO004, ...)
    assert "pk.f" in by_row["PO002"].parameters
    assert by_row["PO001"] == by_row["PO004"]
    assert "Johnson" in by_row["PO003"].source


@pytest.mark.parametrize(
    ("url", "doi", "pmid", "pmcid"),
    [
        ("https://doi.org/10.1097/ADM.0000000000001247", "10.1097/ADM.0000000000001247", "", ""),
        ("https://lausr.org/dashboard/?doi=10.1093%2Fpm%2Fpnaa001", "10.1093/pm/pnaa001", "", ""),
        ("https://x.org/10.1371%2Fjournal.pone.0087413", "10.1371/journal.pone.0087413", "", ""),
        ("http://onlinelibrary.wiley.com/doi/10.1111/j.1.x/abstract", "10.1111/j.1.x", "", ""),
        ("https://x.org/external-ref?access_num=10.1038/sj.npp.13&link_type=DOI", "10.1038/sj.npp.13", "", ""),
        ("https://x.org/chapters/edit/10.1201/9780429504891-17/a-title?context=ubx", "", "", ""),
        ("https://pubmed.ncbi.nlm.nih.gov/6867737/", "", "6867737", ""),
        ("https://ncbi.nlm.nih.gov/pubmed/?term=2941636", "", "2941636", ""),
        ("https://pmc.ncbi.nlm.nih.gov/articles/PMC413146", "", "", "PMC413146"),
        ("https://x.org/paper/61e50762b47369e9e1f622b2", "", "", ""),
        ("", "", "", ""),
    ],
)  # fmt: skip
def test_identifiers_are_those_that_stand_in_the_address(url: str, doi: str, pmid: str, pmcid: str) -> None:
    one = Reference("Somebody, Somewhere 1:2", "1999", url, ("PO001",), ())
    assert (one.doi, one.pmid, one.pmcid) == (doi, pmid, pmcid)
    assert ("No DOI in the ledger" in str(one)) == (not doi)
    assert all(not field or field in one.bibtex for field in (doi, pmid, pmcid, url))


def test_text_and_bibtex_have_the_software_first_and_every_source_once(run: ldn.Simulation) -> None:
    found = ldn.citation(run)
    assert found.text.startswith("The ldnsim developers. ldnsim: ")
    assert f"Version {ldn.__version__}" in found.text
    assert "the reference engine" in found.text
    keys = re.findall(r"^@misc\{(.*),$", found.bibtex, re.MULTILINE)
    assert keys[0] == f"ldnsim-{ldn.__version__}"
    assert len(keys) == len(set(keys)) == 1 + len(found.references) == 1 + len(found.table)
    assert found.bibtex.count("{") == found.bibtex.count("}")
    for special in re.finditer(r"(?<!\\)[&%$#_]", "\n".join(re.findall(r"  note = (.*),", found.bibtex))):
        raise AssertionError(special)
    assert str(found) == found.text


def test_every_kind_of_result_is_cited(run: ldn.Simulation, tmp_path: Path) -> None:
    often: dict[str, Any] = {"engine": "batch", "progress": False}
    weights = {"weight": ldn.Normal(typical=70, sd=5)}
    people = ldn.simulate("4.5 mg", until=1, population=ldn.Population(2, seed=1, covariates=weights), **often)
    table = ldn.EventTable.of({"ID": [1, 1], "TIME": [0, 1], "AMT": [4.5, 0]})
    one = ldn.citation(run)
    of_people = {row: one for one in ldn.citation(people).references for row in one.rows}
    # the spread between people, and the effect of weight
    assert {"PP069", "PP071", "PP075"} <= set(of_people)
    assert not {"PP069", "PP071", "PP075"} & {row for each in one.references for row in each.rows}
    assert ldn.citation(ldn.simulate(table)).references == one.references
    both = ldn.citation(ldn.compare("4.5 mg", until=1))
    assert {each.source for each in one.references} < {each.source for each in both.references}
    assert len(ldn.citation(ldn.dose_response([1.5], weeks=1)).references) > 10
    small = ldn.citation(ldn.simulate("100 mg", model=SMALL, until=1), ldn.simulate(table, model=SMALL))
    assert small.references == ()
    assert small.own["CL"] == "given with the model"
    changed = ldn.citation(ldn.simulate("4.5 mg", until=1, parameters={"pk.cl": 100}))
    assert changed.own["pk.cl"] == "changed by the user"
    run.to_netcdf(tmp_path / "run.nc")
    assert ldn.citation(ldn.open(tmp_path / "run.nc")) == one


@pytest.mark.parametrize("given", [(), ("4.5 mg",), (None,), (SMALL,)])
def test_what_is_no_result_is_refused(given: tuple[Any, ...]) -> None:
    with pytest.raises(InputError, match="results: of simulate"):
        ldn.citation(*given)


def test_a_command_says_it_for_a_file(run: ldn.Simulation, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run.to_netcdf(tmp_path / "run.nc")
    run.to_csv(tmp_path / "run.csv")
    said = []
    for words in (("run.nc",), ("run.csv",), ("run.csv", "--bibtex")):
        with pytest.raises(SystemExit) as ended:
            main(["citation", str(tmp_path / words[0]), *words[1:]])
        assert ended.value.code == 0
        said.append(capsys.readouterr().out)
    assert said[0] == said[1] == ldn.citation(run).text + "\n"
    assert said[2].startswith("@misc{ldnsim-")
    with pytest.raises(SystemExit) as ended:
        main(["citation", str(tmp_path / "none.csv")])
    assert ended.value.code == 2


def test_the_file_for_github_says_what_the_package_says() -> None:
    lines = dict(re.findall(r"^(\S[\w-]*): \"?(.*?)\"?$", (ROOT / "CITATION.cff").read_text(), re.MULTILINE))
    about: Any = metadata("ldnsim")
    assert lines["title"] == f"{about['Name']}: {about['Summary']}"
    assert lines["version"] == about["Version"]
    assert lines["license"] == about["License-Expression"]
    assert f'name: "{about["Author"]}"' in (ROOT / "CITATION.cff").read_text()
    assert lines["cff-version"] == "1.2.0"
    assert {"message", "type"} <= set(lines)
