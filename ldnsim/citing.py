"""What to cite for a result: the software, and the sources behind every parameter of it, as the ledger has them.

Nothing is looked up or guessed: a source has the words, the year and the address of its rows in the ledger, and of
identifiers only those that stand in that address. What has no DOI says so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import metadata
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from .base.errors import InputError
from .comparison import Comparison
from .doses import DoseResponse
from .ledger.evidence import Observation, Parameter, ledger
from .ledger.parameters import Entry
from .results.blockade import decided_by
from .study.person_run import Simulation
from .study.population_run import PopulationRun
from .study.table_run import TableRun

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

Result = Simulation | PopulationRun | TableRun | Comparison | DoseResponse

_DOI = re.compile(r"(?:^|[=/])(10\.\d{4,9}/[^?&#]+)")
_PAGE = re.compile(r"/(?:abstract|full|fulltext|pdf)$")
_PMID = re.compile(r"pubmed[^/]*/(?:\?term=)?(\d{5,9})(?!\d)")
_PMCID = re.compile(r"(PMC\d{5,9})")
"""Identifiers as they stand in an address, and what may stand behind a DOI."""

_ROWS = re.compile(r"\b([A-Z]{1,2})(\d{3})\b(?: to \1(\d{3})\b)?")
"""Rows of the ledger as texts name them, such as PO001 to PO004."""

_OWN = re.compile(r"of this project|by this project|^solved by |^no published value found")
_HIGHLIGHTED = re.compile(r"([&%$#_{}])")


@dataclass(frozen=True)
class Reference:
    """A published source.

    Attributes
    ----------
    source, year, url : str
        As the ledger has them, empty where it has none.
    rows : tuple of str
        Rows of the ledger that were read in it.
    parameters : tuple of str
        Parameters of the result that rest on these.
    """

    source: str
    year: str
    url: str
    rows: tuple[str, ...]
    parameters: tuple[str, ...]

    @property
    def doi(self) -> str:
        """The DOI that stands in its address; empty if none does, or where it ends cannot be told."""
        address = unquote(self.url)
        number = _PAGE.sub("", _found(_DOI, address).rstrip("/"))
        # a slash within is told from what follows only where nothing can follow
        certain = number.count("/") == 1 or re.search(r"doi[.-]org[^/]*/10\.|[?&]\w+=10\.", address)
        return number if certain else ""

    @property
    def pmid(self) -> str:
        """The number in PubMed that stands in its address; empty if none does."""
        return _found(_PMID, self.url)

    @property
    def pmcid(self) -> str:
        """The number in PubMed Central that stands in its address; empty if none does."""
        return _found(_PMCID, self.url)

    def __str__(self) -> str:
        numbers = (
            f"https://doi.org/{self.doi}" if self.doi else "No DOI in the ledger",
            f"PMID {self.pmid}" * bool(self.pmid),
            self.pmcid,
        )
        year = f" ({self.year})" * bool(self.year)
        read = f" Read at {self.url}" * bool(self.url)
        return f"{self.source}{year}. {'; '.join(filter(None, numbers))}. Rows {', '.join(self.rows)}.{read}"

    @property
    def bibtex(self) -> str:
        """An entry of the kind ``misc``: the ledger has sources in one text, whose parts are not taken apart."""
        fields = {
            "note": _escaped(self.source), "year": self.year, "doi": self.doi, "pmid": self.pmid, "pmcid": self.pmcid,
            "url": self.url, "annote": _escaped(f"Rows of the ledger of ldnsim: {', '.join(self.rows)}"),
        }  # fmt: skip
        return _entry("misc", f"ldnsim-{self.rows[0]}", fields)


@dataclass(frozen=True)
class Citation:
    """What to cite for a result.

    Attributes
    ----------
    software : mapping of str to str
        Name, version, author and title of ldnsim, as it is installed or as the record of the run has it.
    made_with : tuple of str
        Engines, and versions of what they stand on.
    references : tuple of Reference
        Published sources, in the order in which the model takes the parameters.
    own : mapping of str to str
        Parameters whose rows no published source gives, with what the ledger says instead.
    """

    software: Mapping[str, str]
    made_with: tuple[str, ...]
    references: tuple[Reference, ...]
    own: Mapping[str, str]

    @property
    def text(self) -> str:
        """Software, sources and what has none, a line each."""
        about = self.software
        lines = [
            f"{about['author']}. {about['title']}. Version {about['version']}. Software; it has no DOI.",
            f"Computed with {', '.join(self.made_with)}.",
            "",
        ]
        if self.references:
            lines.append(f"Sources of its parameters ({len(self.references)}):")
            lines += [f"[{number}] {one}" for number, one in enumerate(self.references, 1)]
        else:
            lines.append("No parameter of it rests on a source of the ledger.")
        if self.own:
            lines += ["", f"Without a published source ({len(self.own)}):"]
            lines += [f"{name}: {said}" for name, said in self.own.items()]
        return "\n".join(lines)

    @property
    def bibtex(self) -> str:
        """Entries for BibTeX, that of the software first."""
        about = self.software
        note = f"Version {about['version']}, {', '.join(self.made_with)}"
        fields = {"author": f"{{{_escaped(about['author'])}}}", "title": f"{{{_escaped(about['title'])}}}"}
        own = _entry("misc", f"ldnsim-{about['version']}", fields | {"note": _escaped(note)})
        return "\n".join([own, *(one.bibtex for one in self.references)])

    @property
    def table(self) -> pd.DataFrame:
        """A row for each source: source, year, doi, pmid, pmcid, url, rows, parameters."""
        import pandas as pd

        columns = ["source", "year", "doi", "pmid", "pmcid", "url", "rows", "parameters"]
        cells = [
            [" ".join(found) if isinstance(found := getattr(one, name), tuple) else found for name in columns]
            for one in self.references
        ]
        return pd.DataFrame(cells, columns=columns)

    def __str__(self) -> str:
        return self.text


def citation(*runs: Result) -> Citation:
    """What to cite for a result, or for several: the software and the sources behind what they show.

    Parameters
    ----------
    *runs : Simulation, PopulationRun, TableRun, Comparison or DoseResponse
        Results.

    Returns
    -------
    Citation
        As text and BibTeX. Of a population also what spreads and covariates rest on; of a model with parameters of
        one's own the software alone. What was fitted rests on the observations that it was fitted to.

    Raises
    ------
    InputError
        If there is none, or one is something else.

    Examples
    --------
    >>> import ldnsim
    >>> found = ldnsim.citation(ldnsim.simulate("4.5 mg", until=2))
    >>> found.references[0].source
    'Naltrexone HCl tablets USP label'
    >>> print(found.bibtex.splitlines()[0])
    @misc{ldnsim-0.1.0,
    """
    other = [run for run in runs if not isinstance(run, Result)]
    if other or not runs:
        expected = "results: of simulate, compare or dose_response, or what ldnsim.open gives"
        raise InputError("runs", type(other[0]).__name__ if other else (), expected)
    records, rests = [], dict[str, dict[str, None]]()
    for record, behind in (part for run in runs for part in _parts(run)):
        records.append(record)
        for name, entry in behind:
            said = dict.fromkeys([entry.row, *_named(entry.source), *_named(entry.target)])
            # values of users have no row, and stand with their words
            rests.setdefault(name, {}).update(said if entry.row else {entry.source: None})
    references, own = _sources(rests)
    return Citation(_software(records), _made_with(records), references, own)


def _parts(run: Result) -> Iterator[tuple[Mapping[str, Any], list[tuple[str, Any]]]]:
    """Record of each run of a result, and by name what it rests on: parameters, and spreads between people."""
    if isinstance(run, Comparison):
        for one in run.runs.values():
            yield from _parts(one)
        return
    if isinstance(run, DoseResponse):
        records = [told["record"] for told in json.loads(run.data.attrs["records"])]
        yield records[0], _resting(run.data, _entries(records[0]))
        return
    entries = _entries(run.record)
    if isinstance(run, TableRun):
        # what is behind its columns is said with the curves of a subject
        data = run.subject(run.table.subjects[0])
        yield run.record, _resting(data, entries)
        return
    found = _resting(run.data, entries)
    if isinstance(run, PopulationRun):
        names = {name for name, _ in found}
        spread = run.population.rows(run.parameters).items()
        found += [(name, one) for name, several in spread if name in names for one in several]
    yield run.record, found


def _entries(record: Mapping[str, Any]) -> dict[str, Entry]:
    return {name: Entry(*cells) for name, cells in (record["parameters"] or {}).items()}


def _resting(data: xr.Dataset, entries: Mapping[str, Entry]) -> list[tuple[str, Any]]:
    """Parameters that the variables of a dataset depend on, in the order of the model; all where it does not say."""
    said = [str(one.attrs["depends_on"]) for one in data.data_vars.values() if "depends_on" in one.attrs]
    names = {name for one in said for name in one.split()} if said else set(entries)
    if "occupancy" in data:
        names |= {*decided_by(entries)}
    return [(name, entry) for name, entry in entries.items() if name in names]


def _named(text: str) -> Iterator[str]:
    """Rows of the ledger that a text names."""
    for letters, first, last in _ROWS.findall(text):
        for number in range(int(first), int(last or first) + 1):
            yield f"{letters}{number:03d}"


def _sources(rests: Mapping[str, Iterable[str]]) -> tuple[tuple[Reference, ...], dict[str, str]]:
    """Sources by what they are, and parameters whose rows have none."""
    book = ledger()
    every: Mapping[str, Parameter | Observation] = {**book.parameters, **book.observations}
    found: dict[str, dict[str, Any]] = {}
    own: dict[str, dict[str, None]] = {}
    for name, rows in rests.items():
        waiting, seen = list(rows), set[str]()
        while waiting:
            row = waiting.pop(0)
            if row in seen:
                continue
            seen.add(row)
            if row not in every:
                own.setdefault(name, {})[row] = None
                continue
            one = every[row]
            target = one.target if isinstance(one, Parameter) else ""
            waiting += [*_named(one.source), *_named(target)]
            if _OWN.search(one.source) and not one.url:
                own.setdefault(name, {})[f"{one.source} ({row})" + f", to: {target}" * bool(target)] = None
                continue
            made = Reference(one.source, str(one.year or ""), one.url, (), ())
            kept = found.setdefault(made.doi or made.pmid or made.pmcid or made.url or made.source, {})
            kept["as"] = max(kept.get("as", made), made, key=_says_most)
            kept.setdefault("rows", {})[row] = None
            kept.setdefault("names", {})[name] = None
    references = (
        Reference(kept["as"].source, kept["as"].year, kept["as"].url, tuple(kept["rows"]), tuple(kept["names"]))
        for kept in found.values()
    )
    return tuple(references), {name: "; ".join(said) for name, said in own.items()}


def _says_most(one: Reference) -> tuple[bool, int]:
    """Of several texts about one source its own comes before those of what was made of it, then the longest."""
    return not re.match("derived|assumption|middle", one.source), len(one.source)


def _software(records: list[Mapping[str, Any]]) -> dict[str, str]:
    """How ldnsim names itself, with the versions that the records have."""
    about: Any = metadata("ldnsim")
    versions = dict.fromkeys(str(record["versions"]["ldnsim"]) for record in records)
    return {
        "name": about["Name"], "version": " and ".join(versions), "author": about["Author"],
        "title": f"{about['Name']}: {about['Summary']}",
    }  # fmt: skip


def _made_with(records: list[Mapping[str, Any]]) -> tuple[str, ...]:
    """Engines, and what they stand on, in the versions of the records."""
    engines = dict.fromkeys(f"the {record['settings']['engine']} engine" for record in records)
    others = dict.fromkeys(
        f"{name} {number}" for record in records for name, number in record["versions"].items() if name != "ldnsim"
    )
    return (*engines, *others)


def _found(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return match[1] if match else ""


def _escaped(text: str) -> str:
    """A text as LaTeX takes it."""
    plain = text.replace("\\", "/").replace("~", "-").replace("^", "")
    return _HIGHLIGHTED.sub(r"\\\1", plain)


def _entry(kind: str, key: str, fields: Mapping[str, str]) -> str:
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@{kind}{{{key},", *lines, "}"])
