"""Words and numbers of figures and summaries in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

import ldnsim as ldn
from ldnsim.base.errors import InputError
from ldnsim.cli.as_json import told_of_run
from ldnsim.cli.telling import summary_of
from ldnsim.comparison import Comparison
from ldnsim.ledger.parameters import _sets
from ldnsim.models import DRUGS
from ldnsim.models.naltrexone import VARIABLES
from ldnsim.plots import curves, lettering
from ldnsim.results import languages
from ldnsim.results.languages import LANGUAGES, Words, words_of
from ldnsim.results.words import heading, word

mpl.use("agg")
TRANSLATED = LANGUAGES[1:]
DAYS = "4.5 mg at 22:00 daily for 4 days"

NAMES = (
    r"%|1|h|mg/L|ng/mL|mg/L\*h|ng\*h/mL",  # units
    r"[A-Z]{1,2}\d{3}",  # rows of the ledger
    r"ntx|bnx6|nalmefene|receptors\.blocked|pk\.cl|plasma|weight",  # what is typed to ask for them
    r"[\d.]+ mg (at|intramuscular|sublingual).*",  # regimens
    r"(popular|measured|nalmefene measured)(,blockade=functional)?|(site|rebound) .*",  # accounts
    r"one_compartment|turnover.*|C_?( )?central|[Rr]esponse|ka [\d.]+ 1/h.*|anna|2|2025-01-01|table",
    r"plasma ntx \[ng/mL\]",
    r"a|b|a day|four days( / people)?|small|people|other limits",  # runs
)
"""What somebody typed, or could type; everything else in a picture or a summary has to have an entry."""


@pytest.fixture(scope="module")
def asked() -> set[str]:
    """Every English text that figures and summaries of all kinds of results ask for."""
    found: set[str] = set()
    read = languages._read

    def noting(text: str, words: Words) -> Any:
        found.add(text)
        return read(text, words)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(languages, "_read", noting)
        for show in _shown():
            shown(show)
        for line in _lines():
            words_of("de").say(line)
    return found


def shown(draw: Callable[[], Any]) -> None:
    """Draw in German, and see that no text of the figure was left out."""
    made: list[Words] = []

    def kept(*given: Any) -> Words:
        made.append(words_of(*given))
        return made[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lettering, "words_of", kept)
        axes = draw()
    figure: Figure = np.ravel(np.array(axes, dtype=object))[0].figure
    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        # lines may break behind a hyphen
        left = "".join(text.get_text().split())
        for said in sorted(made[-1]._final, key=len, reverse=True):
            left = left.replace("".join(said.split()), "")
        # ticks, which are written when they are drawn, and names in texts that are put together
        assert re.fullmatch(rf"[\d.,:−]*|\$.*\$|{'|'.join(NAMES).replace(' ', ' ?')}", left), (left, text.get_text())
    plt.close(figure)


def _shown() -> list[Callable[[], Any]]:
    """All kinds of results, drawn; their summaries are read on the way."""
    simulate, small = ldn.simulate, ldn.models.one_compartment(CL=2, V=20, ka=1.2)
    turnover = ldn.models.turnover(1, kin=1, kout=0.5, CL=2, V=20, Imax=0.9, IC50=1, ka=1)
    people = ldn.Population(4, seed=1)
    late = ldn.Population(4, seed=1, adherence=ldn.Adherence(miss=0.1, late_sd="30 min"))
    differing = ldn.Population(4, seed=1, variability={"receptors.blocked": ldn.Uniform(sd=0.05)})
    often: dict[str, Any] = {"engine": "batch", "progress": False}
    runs: dict[str, Any] = {
        "four days": simulate(DAYS),
        "a day": simulate("4.5 mg", until=24, assumptions="measured,blockade=functional"),
        "other limits": simulate(
            "4.5 mg at 22:00", until=24, parameters={"receptors.blocked": 0.3}, condition="fibromyalgia",
            cell="macrophage", covariates={"weight": "55 kg"},
        ),
        "nalmefene": simulate("18 mg", until=30, model=ldn.models.nalmefene("measured")),
        "small": simulate("100 mg at 08:00 daily for 4 days", model=small),
        "no level": simulate("100 mg at 08:00", model=turnover, until=30),
        "people": simulate(DAYS, population=late, **often),
        "few outputs": simulate("4.5 mg", until=24, population=people, outputs=["plasma", "tone"], **often),
        "individuals": simulate(
            "4.5 mg", until=24, population=ldn.Individuals.of({"ID": ["anna", "bo"], "pk.cl": [110, 160]}), **often
        ),
        "each": simulate(
            "4.5 mg", until=24, population=differing,
            **often,
        ),
    }  # fmt: skip
    quantiles = simulate(DAYS, population=people, quantiles=(0.05, 0.25, 0.5, 0.75, 0.95), **often)
    table = ldn.EventTable.of({"ID": [1, 1, 2, 2], "TIME": [0, 12, 0, 12], "AMT": [100, 0, 50, 0]})
    in_table = {name: simulate(table, model=model) for name, model in {"small": small, "drug": None}.items()}
    dated = [ldn.Regimen.parse(DAYS).on(f"2025-01-0{day}") for day in (1, 3)]
    compared = [
        Comparison({name: runs[name] for name in ("four days", "other limits", "nalmefene", "people")}),
        Comparison({name: runs[name] for name in ("small", "a day")}),
        ldn.compare(dated, model=small),
    ]
    return [
        *(lambda run=run: _read_and_drawn(run) for run in (*runs.values(), *compared)),
        lambda: quantiles.plot(language="de"),
        lambda: Comparison({"a": quantiles, "b": runs["four days"]}).plot(language="de"),
        lambda: runs["people"].spaghetti(analyte="ntx", language="de"),
        lambda: runs["people"].blockade_window(language="de"),
        *(lambda run=run: run.plot(language="de") for run in in_table.values()),
        lambda: in_table["small"].plot([1, 2], language="de"),
        lambda: in_table["drug"].plot([1, 2], language="de"),
        lambda: ldn.dose_response([1.5, 50], weeks=1).plot(language="de"),
        lambda: ldn.dose_response([1.5, 50], weeks=2, model=small).plot(language="de"),
    ]


def _read_and_drawn(run: Any) -> Any:
    table = run.summary(language="de")
    if not isinstance(run, Comparison):
        assert str(table)
        assert table.in_words()
        assert len(table.to_frame())
    return run.plot(language="de")


def _lines() -> list[str]:
    """What other results would ask for: each panel, variable and label, and each target of the ledger."""
    panels = [one for one in vars(curves).values() if isinstance(one, curves.Panel)]
    lines = [text for panel in panels for text in (panel.title, panel.axis, panel.note) if text]
    lines += [curve.title for panel in panels for curve in panel.curves]
    lines += [*curves.TOLD, *(heading("plasma", {"analyte": name}) for name in DRUGS)]
    for name, variable in VARIABLES.items():
        lines += [word(name), heading(name, {})]
        lines += [heading(name, {dim: label}) for dim, labels in variable.dims.items() for label in labels]
    targets = {entry.target for chosen in _sets().values() for entry in chosen.values() if entry.target}
    return lines + [f"tuned: {target}" for target in targets]


def _note(left: dict[str, str], text: str, parts: tuple[str, ...]) -> None:
    left.update(dict.fromkeys(parts, text))


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_of_figures_and_summaries_has_an_entry(
    asked: set[str], language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: dict[str, str] = {}
    words = words_of(language)
    for text in sorted(asked):
        monkeypatch.setattr(words, "left", partial(_note, left, text))
        words.say(text)
    assert len(asked) > 200
    assert {part: of for part, of in left.items() if not any(re.fullmatch(name, part) for name in NAMES)} == {}


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_text_of_nobody_is_left_as_it_is(language: str) -> None:
    words = words_of(language, ["rebound"])
    for text in ("My curve", "a, b", "x [furlong]", "rebound", " ", "PLASMA", "C_p: half"):
        assert words.say(text) == text
    assert words.say("Rebound") != "Rebound" or language == "de"


def test_numbers_are_written_as_the_language_does() -> None:
    assert [words_of(code).number("1,234.5") for code in LANGUAGES] == [
        "1,234.5",
        "1.234,5",
        "1\N{NO-BREAK SPACE}234,5",
        "1\N{NO-BREAK SPACE}234,5",
    ]
    assert words_of("de").number("22:00") == "22:00"
    assert words_of("de").number(r"$\mathdefault{0.5}$") == r"$\mathdefault{0{,}5}$"


def test_what_is_said_is_not_said_again() -> None:
    words = words_of("de")
    once = words.say("Blockade, half of mu held: 5.1 h in 24 h (thick: daily means)")
    assert once == "Blockade, mu zur Hälfte belegt: 5,1 h von 24 h (dick: Tagesmittel)"
    assert words.say(once) == once
    assert words.say(once.replace(" von", "\nvon")) == once.replace(" von", "\nvon")


def test_ticks_have_a_decimal_comma_also_after_a_zoom_and_a_second_curve() -> None:
    run = ldn.simulate("100 mg at 08:00", model=ldn.models.one_compartment(CL=2, V=20, ka=1.2), until=30)
    ax = run.plot(language="fr")
    ax.set_ylim(0, 0.5)
    ax.figure.canvas.draw()
    assert "0,1" in [tick.get_text() for tick in ax.get_yticklabels()]
    lettering.drawn_in("fr", lambda: ax)
    ax.figure.canvas.draw()
    assert "0,1" in [tick.get_text() for tick in ax.get_yticklabels()]


def test_a_summary_is_english_inside_whatever_language_it_is_shown_in() -> None:
    run = ldn.simulate("4.5 mg", until=24)
    english, german = run.summary(), run.summary(language="de")
    assert german["net opioid tone, mean"] == english["net opioid tone, mean"]
    assert str(english).splitlines()[1] == "assumptions: popular"
    assert str(german).splitlines()[1] == "Annahmen: popular"
    assert "0,847" in german._repr_html_()
    assert "0.847" in english._repr_html_()
    assert german.to_frame().columns[0] == "Feld"
    assert german.to_frame().iloc[:, 2].tolist() == english.to_frame().iloc[:, 2].tolist()


@pytest.mark.parametrize("language", ["it", "DE", True, 3, ""])
def test_a_language_without_words_is_refused_before_anything_is_drawn(language: Any) -> None:
    run = ldn.simulate("100 mg at 08:00", model=ldn.models.one_compartment(CL=2, V=20, ka=1.2), until=30)
    for ask in (run.summary, run.plot):
        with pytest.raises(InputError, match="en, de, fr, es"):
            ask(language=language)
    assert not plt.get_fignums()


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_table_of_words_has_the_same_entries_and_places(language: str) -> None:
    plain, phrases = languages._phrases(language)
    assert list(plain) == list(languages._phrases("de")[0])
    for english, said in plain.items():
        # numbers of an entry are written as its language does, and spaces before French colons do not break
        assert not re.search(r"\d\.\d", said), said
        assert language != "fr" or not re.search(r" [:;%]", said), said
        assert english.count("\n") == said.count("\n")
    assert len(phrases) > 100


def test_a_language_said_once_holds_until_the_next_and_within_a_block() -> None:
    run = ldn.simulate("100 mg at 08:00", model=ldn.models.one_compartment(CL=2, V=20, ka=1.2), until=30)
    try:
        ldn.language("de")
        assert "Annahmen" in str(run.summary())
        with ldn.language("fr"):
            assert "hypothèses" in str(run.summary())
            assert "supuestos" in str(run.summary(language="es"))
        kept = run.summary()
        assert run.plot().get_xlabel() == "Uhrzeit"
        with pytest.raises(InputError, match="en, de, fr, es"):
            ldn.language("it")
        assert run.summary().language == "de"
    finally:
        ldn.language("en")
    assert "Annahmen" in str(kept)
    assert "assumptions" in str(run.summary())


@pytest.mark.parametrize(
    ("language", "doses", "told"),
    [
        ("de", "Dosen", ("2 Personen, 4 Zeilen, davon 2 Dosen", "Annahmen: ", "schwächste Evidenz: angenommen", "0,")),
        ("fr", "doses", ("2 sujets, 4 lignes, dont 2 doses", "hypothèses", "preuve la plus faible", "0,")),
        ("es", "dosis", ("2 sujetos, 4 filas, 2 de ellas dosis", "supuestos: ", "evidencia más débil", "0,")),
    ],
)
def test_the_summary_of_a_table_speaks_the_languages_of_other_summaries(
    language: str, doses: str, told: tuple[str, ...]
) -> None:
    rows = ldn.EventTable.of({"ID": [1, 1, 2, 2], "TIME": [0, 24, 0, 24], "AMT": [10, 0, 20, 0]})
    run = ldn.simulate(rows, model=ldn.models.one_compartment(CL=2, V=20, ka=1.2), step=1.0)
    english, other = run.summary(), run.summary(language=language)
    assert doses in other
    assert other["cmax"].tolist() == english["cmax"].tolist()
    assert list(other.attrs["units"].values()) == list(english.attrs["units"].values())
    assert set(other.attrs["units"]) <= set(other)
    text = summary_of(run, language)
    assert all(words in text for words in told), text
    assert "steady_state" not in text
    with ldn.language(language):
        assert list(run.summary()) == list(other)
        # JSON is for programs
        assert told_of_run(run)["summary"][0].keys() >= {"ID", "stretch", "doses", "steady_state_residual"}
    with pytest.raises(InputError, match="en, de, fr, es"):
        run.summary(language="it")
