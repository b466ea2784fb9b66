"""Figures of a report: no text over another at any size of letters, in one column and in two."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from ldnsim import EventTable, Population, compare, language, models, nca, simulate
from ldnsim import dose_response as response
from ldnsim.base.errors import LdnsimWarning
from ldnsim.plots.explained import Bars, bars
from ldnsim.plots.predictive_check import vpc
from ldnsim.results.behind import Shown

mpl.use("agg")

Boxes = list[tuple[str, Any]]

EVIDENCE = ("Weakest evidence", "units are the user", "Preuve la plus faible", "unités sont les siennes")


@pytest.fixture(autouse=True)
def _close() -> Iterator[None]:
    yield
    plt.close("all")


@cache
def one() -> Any:
    return simulate("4.5 mg at 22:00 daily for 4 days", step=1.0)


@cache
def many() -> Any:
    return simulate("4.5 mg at 22:00", population=Population(4, seed=1), engine="batch", step=2.0)


@cache
def both() -> Any:
    return compare("4.5 mg at 22:00", step=1.0)


@cache
def curve() -> Any:
    return response((1.5, 4.5, 50.0), weeks=1)


@cache
def small() -> Any:
    model = models.two_compartment(CL=3, V1=10, Q=2, V2=30, ka=0.9)
    return simulate("100 mg at 08:00 daily for 2 days", model=model, step=1.0)


@cache
def table() -> Any:
    rows = EventTable.of({"ID": [1, 1, 2, 2], "TIME": [0, 24, 0, 24], "AMT": [10, 0, 20, 0]})
    return simulate(rows, model=models.one_compartment(CL=2, V=20, ka=1.2), step=1.0)


KINDS: dict[str, Callable[..., Any]] = {
    "one": lambda width: one().plot(panels=["blockade", "inflammation"], width=width),
    "account panels": lambda width: one().plot(panels=["sites", "growth_factor"], width=width),
    "one variable, points": lambda width: one().plot(
        panels="plasma", width=width, log=False, points={"plasma_ntx": ([73, 76], [1.0, 0.4])}
    ),
    "people": lambda width: many().plot(panels=["blockade", "rebound"], width=width),
    "compared": lambda width: both().plot(panels=["blockade", "rebound"], width=width),
    "doses": lambda width: curve().plot(width=width),
    "small": lambda width: small().plot(width=width, log=True),
    "subjects": lambda width: table().plot([1, 2], width=width),
}
EXPLAINED = [
    Bars(
        "Doses: they act on each other",
        "Change where this dose alone is left out",
        ["day 1 22:00", "day 2"],
        [0.02, -0.9],
    ),
    Bars(
        "Factors that multiply to it",
        "Times the untreated state",
        ["receptor_density_mor", "competition(x, y)"],
        [1.2, 0.2],
        True,
    ),
]
ALONE: dict[str, Callable[[], Any]] = {
    "hours": lambda: many().blockade_window(),
    "single people": lambda: many().spaghetti("tone"),
    "check": lambda: vpc(many().data, ([5.0, 9.0, 20.0], [1.0, 0.5, 0.02]), "plasma", analyte="ntx", lloq=0.05),
    "profile": lambda: nca(small()).plot(),
    "explained": lambda: bars("A point of a curve", one().data, {"tone": Shown("tone")}, EXPLAINED),
}


def written(text: Text, renderer: Any) -> Bbox:
    """Box of a text without the empty lines at its end, which keep a title above what stands beside it."""
    box, lines = text.get_window_extent(renderer), text.get_text().split("\n")
    empty = len(lines) - len(text.get_text().rstrip("\n").split("\n"))
    return Bbox.from_extents(box.x0, box.y0 + box.height * empty / len(lines), box.x1, box.y1)


def drawn_texts(figure: Any) -> Boxes:
    """What is written in a figure, and where [pixels]."""
    found: Boxes = []
    draw = Text.draw

    def watched(self: Text, renderer: Any) -> None:
        if self.get_visible() and self.get_text().strip():
            found.append((self.get_text(), written(self, renderer)))
        draw(self, renderer)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Text, "draw", watched)
        figure.draw_without_rendering()
    return found


def overlaps(found: Boxes) -> list[tuple[str, str]]:
    """Texts of which one lies over the other by more than a pixel."""
    ends = np.array([box.extents for _, box in found])
    low = np.maximum(ends[:, None, :2], ends[None, :, :2])
    high = np.minimum(ends[:, None, 2:], ends[None, :, 2:])
    over = np.triu(((high - low) > 1.0).all(axis=2), 1)
    return [(found[one][0], found[other][0]) for one, other in np.argwhere(over)]


def check(figure: Any, evidence: tuple[str, ...] = EVIDENCE) -> None:
    """No text of a figure lies over another or past the page, and one says what stands behind it."""
    found = drawn_texts(figure)
    assert overlaps(found) == []
    for text, box in found:
        assert box.x0 >= -1, text
        assert box.x1 <= figure.bbox.x1 + 1, text
        assert box.y0 >= -1, text
        assert box.y1 <= figure.bbox.y1 + 1, text
    # a mark beside a text of a legend is no text
    made = [ax.get_legend() for ax in figure.axes] + figure.legends
    for box in (legend.get_window_extent() for legend in made if legend is not None):
        assert -1 <= box.x0 < box.x1 <= figure.bbox.x1 + 1
    said = [" ".join(text.split()) for text, _ in found]
    assert any(any(words in text for words in evidence) for text in said)


@pytest.mark.parametrize("width", ["column", "two-columns"])
@pytest.mark.parametrize("size", [8, 12, 18, 24])
@pytest.mark.parametrize("kind", KINDS)
def test_no_text_lies_over_another(kind: str, size: float, width: str) -> None:
    with plt.rc_context({"font.size": size}):
        check(np.ravel(KINDS[kind](width))[0].figure)


@pytest.mark.parametrize("kind", ALONE)
def test_nor_in_figures_of_one_width(kind: str) -> None:
    with plt.rc_context({"font.size": 24}):
        made = ALONE[kind]()
        check(getattr(np.ravel(made)[0], "figure", made))


@pytest.mark.parametrize(
    ("kind", "style"), [*((kind, "fivethirtyeight") for kind in KINDS), ("one", "ggplot"), ("doses", "ggplot")]
)
def test_nor_in_french_in_one_column_of_a_style_with_larger_letters(kind: str, style: str) -> None:
    with language("fr"), plt.style.context(style), plt.rc_context({"font.size": 24}):
        check(np.ravel(KINDS[kind]("column"))[0].figure)


@pytest.mark.parametrize("style", ["bmh", "ggplot"])
def test_nor_in_styles_with_ticks_inside_or_larger_labels_of_axes(style: str) -> None:
    with plt.style.context(style), plt.rc_context({"font.size": 14}):
        figure = one().plot(panels=["blockade", "inflammation"], width="two-columns", language="es")[0].figure
        found = drawn_texts(figure)
        assert overlaps(found) == []
        assert max(box.x1 for _, box in found) <= figure.bbox.x1 + 1


def test_panels_are_laid_out_again_when_something_around_them_changes(tmp_path: Any) -> None:
    axes = one().plot()
    figure = axes[0].figure
    figure.savefig(tmp_path / "as_it_was.png")
    before = axes[0].get_position().y1
    figure.savefig(tmp_path / "again.png")
    assert (tmp_path / "again.png").read_bytes() == (tmp_path / "as_it_was.png").read_bytes()
    axes[0].set_title("a title\nof five\nlines\nis what\ntakes room", loc="left")
    figure.savefig(tmp_path / "changed.png")
    assert axes[0].get_position().y1 < before - 0.02


def test_a_figure_that_is_made_too_low_says_how_high_it_has_to_be(tmp_path: Any) -> None:
    figure = one().plot()[0].figure
    figure.set_size_inches(7, 4)
    with pytest.warns(LdnsimWarning, match=r"of 7 x 4 inches is too low for its panels.*set_size_inches\(7, ") as told:
        figure.savefig(tmp_path / "low.png")
    figure.set_size_inches(7, float(str(told[0].message).split("(7, ")[1].split(")")[0]))
    figure.savefig(tmp_path / "high.png")
