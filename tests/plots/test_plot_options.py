"""What users ask of a picture: which panels, where, in which colours and width, with which points and footer."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from ldnsim import EventTable, InputError, LdnsimWarning, Population, compare, models, plots, simulate
from ldnsim import dose_response as response
from ldnsim.comparison import Comparison
from ldnsim.plots.curves import STORY
from ldnsim.plots.drawing import LOOKS
from ldnsim.plots.inks import luminance

mpl.use("agg")


@pytest.fixture(autouse=True)
def _close() -> Iterator[None]:
    yield
    plt.close("all")


@cache
def night(days: int = 1) -> Any:
    return simulate(f"4.5 mg at 22:00 daily for {days} days", step=1.0)


@cache
def both() -> Any:
    return compare("4.5 mg at 22:00", step=2.0)


@cache
def curve() -> Any:
    return response((1.5, 4.5), weeks=1)


@cache
def people() -> Any:
    return simulate("4.5 mg at 22:00", population=Population(3, seed=1), engine="batch", step=2.0)


@cache
def table() -> Any:
    rows = EventTable.of({"ID": [1, 1, 2, 2], "TIME": [0, 24, 0, 24], "AMT": [10, 0, 20, 0]})
    return simulate(rows, model=models.one_compartment(CL=2, V=20, ka=1.2), step=1.0)


def words(text: Any) -> str:
    return " ".join(str(text).split())


def below(figure: Any) -> list[str]:
    """What stands behind a picture, as it is written."""
    written = [text for holder in (figure, *figure.axes) for text in holder.texts]
    return [words(text.get_text()) for text in written if "evidence" in words(text.get_text())]


def test_panels_are_drawn_by_name_in_their_order() -> None:
    panels = night().plot(panels=["rebound", "occupancy_kor", "plasma"])
    assert [words(ax.get_title(loc="left")) for ax in panels] == ["Rebound", "Receptors held: kappa", "Plasma"]
    (one,) = people().plot(panels="tone")
    assert words(one.get_title(loc="left")) == "Receptors and net tone"
    columns = table().plot([1, 2], panels=["A_depot", "C_central"])
    assert [ax.get_ylabel() for ax in columns] == ["A depot", "C central"]


@pytest.mark.parametrize(
    ("panels", "meant"),
    [("plasm", "plasma"), (["plasma", "blokade"], "blockade"), ("occupancy_mo", "occupancy_mor")],
)
def test_a_wrong_name_is_refused_with_a_likely_one(panels: Any, meant: str) -> None:
    for run in (night(), people()):
        with pytest.raises(InputError, match=f"^panels: got .*did you mean '{meant}'"):
            run.plot(panels=panels)
    assert plt.get_fignums() == []


@pytest.mark.parametrize("panels", [[], ["plasma", "plasma"], 7])
def test_no_panel_and_one_twice_are_refused(panels: Any) -> None:
    with pytest.raises(InputError, match="^panels: got"):
        night().plot(panels=panels)


@pytest.mark.parametrize(
    ("kind", "layout"),
    [("one", None), ("people", "constrained"), ("compared", "tight"), ("table", None), ("doses", "constrained")],
)
def test_axes_of_a_user_hold_the_panel_and_what_stands_behind_it(kind: str, layout: Any) -> None:
    figure, axes = plt.subplots(1, 2, layout=layout, figsize=(9, 4))
    ax = axes[1]
    if kind == "one":
        night().plot(panels="blockade", ax=ax)
    elif kind == "people":
        people().plot(panels="plasma", ax=[ax])
    elif kind == "compared":
        both().plot(panels="tone", ax=ax)
    elif kind == "table":
        table().plot([1, 2], ax=ax)
    else:
        curve().plot(ax)
    figure.draw_without_rendering()
    assert axes[0].lines[:] == []
    assert len(plt.get_fignums()) == 1
    said = [text for text in ax.texts if "evidence" in text.get_text() or "units are" in words(text.get_text())]
    assert said
    for text in said:
        box = text.get_window_extent()
        assert figure.bbox.y0 <= box.y0 < box.y1 <= ax.xaxis.label.get_window_extent().y0
        assert figure.bbox.x0 <= box.x0 < box.x1 <= figure.bbox.x1


def test_panels_of_one_figure_say_once_what_stands_behind_them() -> None:
    figure, axes = plt.subplots(2, 2, layout="constrained")
    night().plot(ax=axes)
    assert below(figure) == ["Assumptions: popular. Weakest evidence: calibrated."]
    with pytest.raises(InputError, match="^ax: got .*four matplotlib axes"):
        night().plot(ax=plt.subplots(1, 2)[1])
    with pytest.raises(InputError, match="^width: got"):
        night().plot(ax=plt.subplots(2, 2)[1], width="column")


def test_a_footer_is_long_or_short_and_never_lost() -> None:
    for run in (night(), people(), both()):
        (long,) = below(run.plot(panels="rebound")[0].figure)
        (short,) = below(run.plot(panels="rebound", footer="short")[0].figure)
        assert "Tuned to" in long
        assert "Assumptions: popular. Weakest evidence: calibrated." in short
        assert len(short) < len(long) / 3
    with pytest.raises(InputError, match="^footer: got 'none'"):
        night().plot(footer="none")


def test_a_width_is_that_of_a_column_or_in_inches() -> None:
    widths: list[tuple[Any, float]] = [("column", 3.5), ("two-columns", 7.2), (5, 5.0)]
    for width, inches in widths:
        figure = night().plot(panels="rebound", width=width)[0].figure
        assert figure.get_size_inches()[0] == inches
    beside = {
        len({ax.get_position().x0 for ax in night().plot(panels=["rebound", "plasma"], width=width)})
        for width in ("column", "two-columns")
    }
    assert beside == {1, 2}
    for width in ("colum", 0.2, 1000, "5"):
        with pytest.raises(InputError, match="^width: got"):
            night().plot(width=width)


def test_switching_to_a_linear_axis_leaves_nothing_of_the_logarithmic_one() -> None:
    _, ax = plt.subplots()
    ax.set_yscale("log")
    night().plot(panels="plasma", ax=ax, log=False)
    ax.figure.canvas.draw()
    assert ax.get_yscale() == "linear"
    assert ax.yaxis.get_minorticklocs().tolist() == []
    assert np.isfinite(np.asarray(ax.lines[0].get_ydata(), dtype=float)).all()
    logarithmic = night().plot(panels="occupancy_mor", log=True)[0]
    assert logarithmic.get_yscale() == "log"
    assert table().plot(1, log=True).get_yscale() == "log"
    assert curve().plot(log=False).get_xscale() == "linear"
    compared = both()
    scales = [
        [ax.get_yscale() for ax in compared.plot(panels=["plasma", "tone"], log=log)] for log in (None, False, True)
    ]
    assert scales == [["log", "linear"], ["linear", "linear"], ["log", "log"]]
    with pytest.raises(InputError, match="^log: got True, expected a panel of levels"):
        night().plot(panels="rebound", log=True)


def test_points_of_a_user_stand_on_their_curve_in_its_unit() -> None:
    frame = pd.DataFrame({"time": [1.0, 4.0, 8.0], "plasma_ntx [ug/mL]": [0.001, np.nan, 0.0002]})
    for points in (frame, {"plasma_ntx": (["60 min", 8], [1.0, 0.2])}):
        for run in (night(), people(), both()):
            ax = run.plot(panels="plasma", points=points)[0]
            (mine,) = [line for line in ax.lines if line.get_marker() == "D"]
            np.testing.assert_allclose(mine.get_xydata(), [[1.0, 1.0], [8.0, 0.2]])
    subject = table().plot(1, points={"C_central": ([2], [0.4])})
    assert [line.get_xydata().tolist() for line in subject.lines if line.get_marker() == "D"] == [[[2.0, 0.4]]]


@pytest.mark.parametrize(
    ("points", "refusal"),
    [
        ({"plasma_nt": ([1], [1])}, "^points: got 'plasma_nt', expected .*did you mean 'plasma_ntx'"),
        ({"plasma_ntx [mmHg]": ([1], [1])}, "^points, plasma_ntx: got 'mmHg', expected a unit that converts to ng/mL"),
        ({"plasma_ntx": ([1], [0])}, "^points, plasma_ntx: got 0.0, expected values above 0"),
        ({"plasma_ntx": ([1, 2], [1])}, "as many times as values"),
        ({"plasma_ntx": ([1000], [1])}, "^points, plasma_ntx: got 1000"),
        ({"plasma_ntx": 4.5}, "a pair"),
        ({"occupancy_kor": ([1], [1]), "time": []}, "^points"),
        ([1, 2], "a table with a column 'time'"),
    ],
)
def test_points_that_cannot_be_drawn_are_refused(points: Any, refusal: str) -> None:
    with pytest.raises(InputError, match=refusal):
        night().plot(points=points)
    assert plt.get_fignums() == []


def test_points_outside_what_a_panel_shows_are_warned_of() -> None:
    with pytest.warns(LdnsimWarning, match="^points: 1 lie outside"):
        night(5).plot(points={"plasma_ntx": ([1, 100], [1.0, 1.0])})


def test_colours_are_the_user_s_by_name_or_in_order() -> None:
    for colors in ({"naltrexone": "red"}, {"plasma_ntx": "red"}, ["red"]):
        assert night().plot(panels="plasma", colors=colors)[0].lines[0].get_color() == "red"
    runs = both()
    panel = runs.plot(panels="tone", colors={"measured": "red"})[0]
    assert [line.get_color() for line in panel.lines if line.get_label()[0] != "_"] == [LOOKS[0].colour, "red"]
    wrong: list[Any] = [{"naltrexon": "red"}, {"naltrexone": "reddish"}, "red", ["red"] * 9]
    for one in wrong:
        with pytest.raises(InputError, match="^colors: got"):
            night().plot(panels="plasma", colors=one)


@pytest.mark.parametrize("style", ["grayscale", "dark_background"])
def test_curves_differ_from_the_page_and_from_each_other_without_colour(style: str) -> None:
    with plt.style.context(style):
        for ax in (*night().plot(panels=["blockade", "inflammation"]), *both().plot(panels="rebound")):
            page = luminance(ax.get_facecolor())
            curves = [line for line in ax.lines if line.get_label()[0] != "_"]
            for line in ax.lines:
                light, dark = sorted((luminance(line.get_color()), page), reverse=True)
                assert (light + 0.05) / (dark + 0.05) > 1.9
            if style == "grayscale":
                assert all(len(set(mpl.colors.to_rgb(line.get_color()))) == 1 for line in curves)
            looks = {str(line._dash_pattern) + str(round(line.get_linewidth() / 2)) for line in curves}
            assert len(looks) == len(curves)


def test_greys_of_a_panel_differ_as_its_colours_do() -> None:
    for panel in STORY:
        ax = night().plot(panels=panel.name, colors="grey")[0]
        drawn = {line.get_color(): luminance(line.get_color()) for line in ax.lines if line.get_label()[0] != "_"}
        assert len(drawn) >= min(len(panel.curves), 3) - (panel.name == "inflammation")
        assert all(abs(one - other) > 0.02 for one, other in pairwise(sorted(drawn.values())))


def test_plain_functions_say_what_stands_behind_them_too() -> None:
    figure, axes = plt.subplots(1, 2, layout="constrained")
    plots.plasma(night().data, axes[0], log=True)
    plots.sites(night().data, axes[1])
    assert len(below(figure)) == 2


def test_an_argument_that_pictures_do_not_have_is_refused() -> None:
    wrong: dict[str, Any] = {"colour": "red"}
    for run in (night(), people(), both(), table(), curve()):
        with pytest.raises(TypeError, match="unexpected keyword argument 'colour', expected one of .*colors"):
            run.plot(**wrong)
    assert plt.get_fignums() == []


def test_a_compared_run_that_no_panel_shows_is_warned_of_and_claims_no_evidence() -> None:
    small = simulate("100 mg at 08:00", until=24, model=models.one_compartment(CL=2, V=20, ka=1.2), step=1.0)
    compared = Comparison({"small": small, "night": night()})
    with pytest.warns(LdnsimWarning, match="panels: none of them shows small"):
        axes = compared.plot(panels=["plasma", "rebound"], language="de", width=9, points={"tone": (["1 h"], [0.9])})
    told = " ".join(words(text.get_text()) for text in axes[0].figure.texts)
    assert "Schwächste Evidenz: Plasma" in told
    assert "small" not in told
    assert "Weakest" not in told


def test_missing_points_of_any_kind_are_left_out_and_units_of_no_unit_are_refused() -> None:
    measured = pd.DataFrame({"time": [1.0, 2.0], "plasma_ntx": pd.array([1.2, None], "Float64")})
    panel = np.ravel(night().plot(panels="plasma", points=measured))[0]
    (shown,) = (line for line in panel.lines if line.get_marker() == "D")
    assert list(shown.get_xdata()) == [1.0]
    with pytest.raises(InputError, match="got 'mg/L', expected no unit"):
        table().plot(1, points={"C_central [mg/L]": ([1], [0.2])})
