"""Plot helpers: what is drawn, labelled and said."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from ldnsim import EventTable, InputError, LdnsimWarning, Population, Regimen, compare, models, simulate
from ldnsim import dose_response as response
from ldnsim.models.naltrexone import MEDIATORS
from ldnsim.plots import drawing, population_plots
from ldnsim.plots import panels as plots
from ldnsim.plots.curves import MESSENGERS
from ldnsim.plots.drawing import BLACK
from ldnsim.plots.lettering import label_for, text_of
from ldnsim.plots.predictive_check import vpc
from ldnsim.results.endpoints import BLOCKED, intervals_above, window
from ldnsim.results.words import word
from ldnsim.tlr4 import Tlr4State

mpl.use("agg")

CASCADE = ("trif", "nfkb")
"""What drives the messengers; they and the steps of an endotoxin challenge are no messengers themselves."""

ONE_PANEL = (plots.plasma, plots.blockade, plots.rebound, plots.inflammation)


@pytest.fixture(autouse=True)
def _close() -> Iterator[None]:
    yield
    plt.close("all")


@cache
def result(regimen: str, assumptions: str = "popular") -> xr.Dataset:
    return simulate(regimen, assumptions=assumptions, step=0.5).data


def footer(figure: Any) -> str:
    return " ".join(" ".join(text.get_text().split()) for text in figure.texts)


@pytest.mark.parametrize("draw", ONE_PANEL)
def test_panels_say_units_assumptions_and_evidence(draw: Any) -> None:
    axes = draw(result("4.5 mg at 22:00"))
    assert any(unit in axes.get_ylabel() for unit in ("ng/mL", "fraction", "untreated = 1"))
    assert axes.get_xlabel() == "Clock time"
    assert axes.get_title(loc="right") == "popular"
    assert axes.get_legend() is not None
    assert "Assumptions: popular (site plasma" in footer(axes.figure)
    assert "Weakest evidence:" in footer(axes.figure)


def test_every_messenger_of_the_cascade_is_shown_under_a_name_of_its_own() -> None:
    assert [name for name in Tlr4State._fields if name not in CASCADE and not name.startswith("lps")] == MEDIATORS
    drawn = {curve.shown.labels["mediator"]: curve for curve in MESSENGERS.curves}
    assert set(drawn) == set(MEDIATORS)
    assert all(curve.title == word(str(name)) != name for name, curve in drawn.items())
    assert len({(curve.colour, str(curve.style)) for curve in drawn.values()}) == len(drawn)


@pytest.mark.parametrize("draw", ONE_PANEL)
def test_panels_draw_where_they_are_told(draw: Any) -> None:
    _, axes = plt.subplots()
    assert draw(result("4.5 mg at 22:00"), axes) is axes
    assert len(plt.get_fignums()) == 1


def test_shaded_window_is_the_blocked_time() -> None:
    data = result("4.5 mg at 22:00")
    axes = plots.blockade(data)
    expected = intervals_above(data["time"].values, data["occupancy"].sel(receptor="mor").values, BLOCKED)
    blue = [patch for patch in axes.patches if mpl.colors.same_color(patch.get_facecolor()[:3], drawing.BLUE)]
    spans = [(patch.get_extents().x0, patch.get_extents().x1) for patch in blue]
    inverse = axes.transData.inverted()
    found = [tuple(inverse.transform([(low, 0), (high, 0)])[:, 0]) for low, high in spans]
    assert len(found) == 1
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert "5.0 h" in axes.get_title(loc="left")


@pytest.mark.parametrize(
    ("regimen", "assumptions", "text"),
    [
        ("4.5 mg at 22:00 daily for 4 days", "popular", "half of mu held: 5.1 h in 24 h"),
        ("0.5 mg", "popular", "half of mu held: never"),
        ("50 mg daily for 4 days", "measured", "half of mu held: all 24 h"),
    ],
)
def test_hours_are_written(regimen: str, assumptions: str, text: str) -> None:
    assert text in plots.blockade(result(regimen, assumptions)).get_title(loc="left")


def test_logarithmic_levels_survive_zeros() -> None:
    axes = plots.plasma(result("4.5 mg at 22:00"), log=True)
    assert axes.get_yscale() == "log"
    axes.figure.canvas.draw()
    assert all(np.isfinite(axes.get_ylim()))
    assert axes.get_ylim()[0] > 0
    assert np.isnan(np.asarray(axes.get_lines()[0].get_ydata(), dtype=float)[0])
    nothing = plots.plasma(result("0 mg"), log=True)
    nothing.figure.canvas.draw()
    assert nothing.get_yscale() == "linear"


def test_clock_labels_and_nights() -> None:
    axes = plots.plasma(result("4.5 mg at 22:00"))
    labels = dict(zip(axes.get_xticks(), (label.get_text() for label in axes.get_xticklabels()), strict=True))
    assert labels[2.0] == "00:00"
    assert labels[8.0] == "06:00"
    patches: list[Any] = list(axes.patches)
    nights = [(p.get_x(), p.get_x() + p.get_width()) for p in patches]
    assert nights == [(0.0, 8.0), (24.0, 32.0)]


@pytest.mark.parametrize(
    ("regimen", "assumptions"),
    [
        ("4.5 mg at 22:00", "popular"),
        ("4.5 mg at 22:00 daily for 28 days", "measured"),
        ("4.5 mg weekly for 52 weeks", "popular"),
        ("0 mg daily for 7 days", "popular"),
        ("1.5 mg for 2 weeks then 3 mg for 2 weeks then 4.5 mg for 2 weeks", "site=pet,isomers=0.3"),
    ],
)
def test_footer_and_title_keep_off_the_panels(regimen: str, assumptions: str) -> None:
    panels = plots.four_panels(result(regimen, assumptions))
    figure = panels[0].figure
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    boxes = [panel.get_tightbbox(renderer) for panel in panels]
    for text in (*figure.texts, figure._suptitle):
        box = text.get_window_extent(renderer)
        assert not any(box.overlaps(panel) for panel in boxes)
        assert box.x0 >= 0
        assert box.x1 <= figure.bbox.x1
    for one, panel in enumerate(boxes):
        assert not any(panel.overlaps(other) for other in boxes[one + 1 :])


@pytest.mark.parametrize("style", ["dark_background", "ggplot", "default"])
def test_styles_are_the_user_s(style: str) -> None:
    with plt.style.context(style):
        before = mpl.rcParams.copy()
        panels = plots.four_panels(result("4.5 mg at 22:00"))
        panels[0].figure.canvas.draw()
        assert mpl.rcParams == before


def test_a_comparison_has_a_line_a_run() -> None:
    runs = {name: result("4.5 mg at 22:00", name) for name in ("popular", "measured")}
    panels = plots.compare(runs)
    for panel in panels:
        colours = {line.get_color() for line in panel.get_lines()} & {"#0072B2", "#D55E00"}
        assert len(colours) == 2
    (legend,) = panels[0].figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["popular", "measured"]
    for name in runs:
        assert f"Assumptions: {name}" in footer(panels[0].figure)


@pytest.mark.parametrize(
    "names", [["one"], ["a regimen with a name that is long enough to be broken"] * 3, list("abcdefgh")]
)
def test_the_legend_of_a_comparison_covers_nothing(names: list[str]) -> None:
    runs = {f"{name} {number}": result("4.5 mg at 22:00") for number, name in enumerate(names)}
    panels = plots.compare(runs)
    figure = panels[0].figure
    figure.canvas.draw()
    (legend,) = figure.legends
    box = legend.get_window_extent()
    for panel in panels:
        assert not box.overlaps(panel.get_tightbbox())
    (words,) = [text for text in figure.texts if "Assumptions" in text.get_text()]
    assert not box.overlaps(words.get_window_extent())
    assert figure.bbox.x0 <= box.x0 < box.x1 <= figure.bbox.x1
    mine = plt.subplots(2, 2)[1].ravel()
    assert plots.compare(runs, mine)[3].get_legend() is not None


def test_words_about_a_best_dose_stay_inside() -> None:
    data = response((1.0, 9.0), weeks=1).data
    for tone in ([1.2, 1.0], [1.0, 1.2]):
        axes = plots.dose_response(data.assign(tone=data["tone"].copy(data=tone)))
        axes.figure.canvas.draw()
        legend = axes.get_legend()
        assert legend is not None
        (words,) = (text for text in legend.get_texts() if "best" in text.get_text())
        box, whole = words.get_window_extent(), axes.figure.bbox
        assert whole.x0 < box.x0 < box.x1 < whole.x1
        assert "no other dose within 1%" in words.get_text()


def test_dose_response_marks_the_best_dose() -> None:
    data = response((0.0, 1.5, 16.0), weeks=2).data
    axes = plots.dose_response(data)
    best = float(data["dose"][int(data["tone"].values.argmax())])
    legend = axes.get_legend()
    assert legend is not None
    assert any(f"best: {best:g} mg" in text.get_text() for text in legend.get_texts())
    (ring,) = [line for line in axes.lines if line.get_markersize() == 10]
    assert np.ravel(ring.get_xdata()).tolist() == [best]
    assert axes.get_xscale() == "symlog"
    assert "mg" in axes.get_xlabel()
    assert "calibrated" in footer(axes.figure)


def markers(axes: Any, face: str) -> list[float]:
    """Times of the dose marks of one colour below a panel."""
    lines = [
        line for line in axes.lines
        if line.get_marker() == "^" and mpl.colors.same_color(line.get_markerfacecolor(), face)
    ]  # fmt: skip
    return [float(time) for line in lines for time in np.asarray(line.get_xdata())]


def test_missed_doses_are_hollow_and_given_ones_filled() -> None:
    plan = Regimen.parse("4.5 mg at 22:00 daily for 3 days").miss(doses=[2])
    axes = plots.plasma(simulate(plan, step=0.5).data)
    assert markers(axes, BLACK) == [0.0, 48.0]
    assert markers(axes, "white") == [24.0]


def test_infusions_are_bars_as_long_as_they_last() -> None:
    axes = plots.plasma(simulate("10 mg iv over 6 h daily for 2 days", step=0.5).data)
    bars = [np.asarray(line.get_xdata()).tolist() for line in axes.lines if line.get_linewidth() == 5]
    assert bars == [[0.0, 6.0], [24.0, 30.0]]
    assert markers(axes, BLACK) == []


def test_four_axes_of_the_user_are_used() -> None:
    _, grid = plt.subplots(2, 2)
    panels = plots.four_panels(result("4.5 mg at 22:00"), grid)
    assert list(panels) == list(grid.ravel())


@pytest.mark.parametrize("draw", [*ONE_PANEL, plots.four_panels, plots.dose_response])
@pytest.mark.parametrize("data", [None, xr.Dataset(), {"plasma": 1}])
def test_other_data_is_refused(draw: Any, data: Any) -> None:
    with pytest.raises(InputError, match="^data: got"):
        draw(data)
    assert plt.get_fignums() == []


def test_one_sample_is_refused() -> None:
    with pytest.raises(InputError, match="two times"):
        plots.plasma(result("4.5 mg at 22:00").isel(time=slice(1)))


@pytest.mark.parametrize("axes", [[], [1, 2, 3, 4], 7])
def test_axes_that_are_not_four_are_refused(axes: Any) -> None:
    with pytest.raises(InputError, match="^axes: got"):
        plots.four_panels(result("4.5 mg at 22:00"), axes)


@pytest.mark.parametrize("runs", [{}, [], None])
def test_nothing_to_compare_is_refused(runs: Any) -> None:
    with pytest.raises(InputError, match="^runs: got"):
        plots.compare(runs)


# several runs over each other


def curve_of(panel: Any, number: int) -> Any:
    """The curve of a run, by its place."""
    look = drawing.LOOKS[number]
    return next(
        line for line in panel.lines
        if line.get_color() == look.colour and line.get_marker() == look.marker and line.get_label()[0] != "_"
    )  # fmt: skip


def peak_on_the_clock(panel: Any, number: int) -> str:
    """When a curve is highest, read off the labelled axis."""
    line = curve_of(panel, number)
    time = line.get_xdata()[int(np.nanargmax(line.get_ydata()))]
    ticks = {text.get_text(): tick for tick, text in zip(panel.get_xticks(), panel.get_xticklabels(), strict=True)}
    noon = ticks["12:00"]
    return f"{(12 + time - noon) % 24:g}"


def test_each_run_stands_on_its_own_clock() -> None:
    late, early = result("4.5 mg at 22:00"), result("4.5 mg at 09:00")
    for runs in ({"late": late, "early": early}, {"early": early, "late": late}):
        panels = plots.compare(runs)
        places = {name: place for place, name in enumerate(runs)}
        assert peak_on_the_clock(panels[0], places["late"]) == "23"
        assert peak_on_the_clock(panels[0], places["early"]) == "10"
        for panel in panels:
            # nights between 22:00 and 06:00 of an axis that begins at 09:00
            nights = [(patch.get_x(), patch.get_x() + patch.get_width()) for patch in panel.patches]
            assert nights == [(13.0, 21.0), (37.0, 45.0)]
            for name, begins in (("late", 13.0), ("early", 0.0)):
                assert markers(panel, drawing.LOOKS[places[name]].colour) == [begins]
                drawn = curve_of(panel, places[name]).get_xdata()
                assert (drawn[0], drawn[-1]) == (begins, begins + 48.0)
            assert panel.get_xlim() == (0.0, 61.0)


def test_shared_doses_are_black() -> None:
    panel = plots.compare({name: result("4.5 mg at 22:00", name) for name in ("popular", "measured")})[0]
    assert markers(panel, BLACK) == [0.0, 0.0]


def test_dates_put_runs_on_their_days() -> None:
    runs = {day: simulate(Regimen.parse(f"1 mg at {clock}").on(day), step=2.0).data
            for day, clock in (("2026-11-24", "09:00"), ("2026-11-23", "22:00"))}  # fmt: skip
    panel = plots.compare(runs)[2]
    assert [curve_of(panel, place).get_xdata()[0] for place in (0, 1)] == [11.0, 0.0]
    assert panel.get_xlabel().endswith("from 2026-11-23")
    with pytest.warns(LdnsimWarning, match="'undated': no calendar start"):
        panel = plots.compare({**runs, "undated": result("1 mg at 23:00")})[2]
    assert curve_of(panel, 2).get_xdata()[0] == 1.0


def test_runs_of_different_lengths_are_all_in_view() -> None:
    runs = {"week": result("4.5 mg at 22:00 daily for 7 days"), "month": result("4.5 mg at 09:00 daily for 28 days"),
            "night": result("4.5 mg at 22:00")}  # fmt: skip
    panels = plots.compare(runs)
    for panel in panels:
        low, high = panel.get_xlim()
        for place in range(3):
            drawn = np.asarray(curve_of(panel, place).get_xdata())
            assert low <= drawn.min() < drawn.max() <= high
    assert [peak_on_the_clock(panels[1], place) for place in (0, 1)] == ["23.5", "10.5"]
    (legend,) = panels[0].figure.legends
    said = [" ".join(text.get_text().split()) for text in legend.get_texts()]
    for text, days in zip(said, ("5 to 7", "26 to 28", "0 to 2"), strict=True):
        assert text.endswith(f"its days {days})")
    # nothing is drawn where nothing was simulated
    assert max(curve_of(panels[2], 0).get_xdata()) < 8 * 24


def test_runs_that_one_picture_holds_differ_from_each_other() -> None:
    data = result("4.5 mg at 22:00")
    panels = plots.compare({f"run {number}": data for number in range(24)})
    (legend,) = panels[0].figure.legends
    assert len(legend.get_texts()) == 24
    looks = {(line.get_color(), line.get_linestyle(), line.get_marker(), str(line._unscaled_dash_pattern))
             for line in panels[0].lines if line.get_label()[0] != "_"}  # fmt: skip
    assert len(looks) == 24
    # without colour too
    assert len({look[1:] for look in looks}) == 24
    with pytest.raises(InputError, match="^runs: got 25, expected at most 24"):
        plots.compare({f"run {number}": data for number in range(25)})


NAMES = ["cost $5 and $6", "_hidden", "a_b^2 {x} \\alpha 50 %", "two\nlines", " _x", "$", "\\$1 \\$", "plain"]


def test_names_are_shown_as_they_were_typed() -> None:
    data = result("4.5 mg at 22:00")
    panels = plots.compare(dict.fromkeys(NAMES, data))
    figure = panels[0].figure
    figure.canvas.draw()
    (ours,) = figure.legends
    assert [text.get_text() for text in ours.get_texts()] == NAMES
    assert not any(text.get_parse_math() for text in ours.get_texts())
    # a legend of the user shows them too
    own = panels[1].legend()
    assert len(own.get_texts()) == len(NAMES)
    for text, name in zip(own.get_texts(), NAMES, strict=True):
        shown, mathematics = text._preprocess_math(text.get_text())
        assert (shown.lstrip(), mathematics) == (name.lstrip(), False)


@given(st.text())
def test_any_text_comes_back_from_a_label(text: str) -> None:
    assert text_of(label_for(text)) == text


@pytest.mark.parametrize("draw", [*ONE_PANEL, plots.four_panels, lambda data: plots.compare({"a": data})])
def test_titles_and_footers_are_shown_as_they_were_typed(draw: Any) -> None:
    typed = "$x$ of _me_ {50 %} \\beta"
    data = result("4.5 mg at 22:00").assign_attrs(regimen=typed, assumptions=typed)
    axes = np.ravel(draw(data))[0]
    axes.figure.canvas.draw()
    texts = [*axes.figure.texts, *filter(None, [axes.figure._suptitle, axes.title, axes._right_title])]
    found = [text for text in texts if typed in text.get_text()]
    assert found
    assert not any(text.get_parse_math() for text in found)


@pytest.mark.parametrize("draw", ONE_PANEL)
def test_a_second_run_in_the_same_colours_is_refused(draw: Any) -> None:
    axes = draw(result("4.5 mg at 22:00"))
    with pytest.raises(InputError, match=r"^ax: got .*plots\.compare"):
        draw(result("4.5 mg at 09:00"), axes)


def subject(name: str, dose: float) -> xr.Dataset:
    table = EventTable.of({"ID": [name, name], "TIME": [0, 8], "AMT": [dose, 0]})
    return simulate(table, model=models.one_compartment(CL=2, V=20, ka=1.2), step=1.0).subject(name)


def test_subjects_on_the_same_axes_can_be_told_apart() -> None:
    doses = {"_a$1$": 10.0, "b": 200.0, "c": 50.0}
    axes = None
    for name, dose in doses.items():
        axes = plots.course_of(subject(name, dose), "C_central", axes)
    assert axes is not None
    lines = [line for line in axes.lines if line.get_gid() == drawing.CURVE]
    assert len({(line.get_color(), line.get_linestyle()) for line in lines}) == 3
    assert all(axes.get_ylim()[1] >= np.max(line.get_ydata()) for line in lines)
    legend = axes.get_legend()
    assert legend is not None
    texts = [text.get_text() for text in legend.get_texts()]
    assert all(name in text for name, text in zip(doses, texts, strict=True))
    assert sum(len(markers(axes, colour)) for colour in (BLACK, drawing.ORANGE, drawing.GREEN)) == 3


def test_columns_of_a_subject_on_the_same_axes_are_named() -> None:
    data = subject("s", 10.0)
    axes = plots.course_of(data, "A_depot", plots.course_of(data, "C_central"))
    legend = axes.get_legend()
    assert legend is not None
    assert [text.get_text().rpartition(": ")[2] for text in legend.get_texts()] == ["C_central", "A_depot"]
    assert axes.get_ylabel() == "Several columns"


def test_more_subjects_than_can_be_told_apart_are_refused() -> None:
    names = list(range(25))
    table = EventTable.of({"ID": names, "TIME": [0] * 25, "AMT": [1.0] * 25})
    run = simulate(table, model=models.one_compartment(CL=2, V=20, ka=1.2), step=1.0, until=2.0)
    with pytest.raises(InputError, match="^id: got '25 subjects', expected at most 24"):
        run.plot(names)
    axes = run.plot(names[:24])
    with pytest.raises(InputError, match="^ax: got '24 curves', expected at most 24"):
        run.plot(names[24], axes)


# every helper with every kind of result


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    people = Population(3, seed=1)
    many = simulate("4.5 mg at 22:00", population=people, engine="batch").data
    kept = simulate("4.5 mg at 22:00", population=people, engine="batch", quantiles=(0.05, 0.25, 0.5, 0.75, 0.95)).data
    place = tmp_path_factory.mktemp("kinds") / "people.zarr"
    stored = simulate("4.5 mg at 22:00", population=people, engine="batch", store=place, progress=False).data
    one = result("4.5 mg at 22:00 daily for 2 days")
    table = EventTable.of({"ID": [1, 1], "TIME": [0, 30], "AMT": [4.5, 0], "EVID": [1, 0]})
    again = EventTable.of({"ID": [1, 1, 1], "TIME": [0, 30, 0], "AMT": [4.5, 0, 4.5], "EVID": [1, 0, 4]})
    return {
        "one": one, "window": window(one, 3.0, 30.0), "people": many, "window of people": window(many, 3.0, 30.0),
        "quantiles": kept, "stored": stored, "one kept variable": many[["tone"]],
        "one person of people": many.isel(person=0),
        "subject": simulate(table, step=1.0).subject(1), "again": simulate(again, step=1.0, until=30).subject(1),
        "general subject": subject("s", 10.0), "dose-response": response((1.5, 3.0), weeks=1).data,
        "comparison": compare("4.5 mg", step=1.0), "nothing": xr.Dataset(),
    }  # fmt: skip


@pytest.mark.filterwarnings("ignore::ldnsim.LdnsimWarning")
@pytest.mark.parametrize(
    "draw",
    [
        *ONE_PANEL, lambda data: plots.plasma(data, log=True), plots.four_panels,
        lambda data: plots.compare({"a": data, "b": result("1 mg at 09:00")}), plots.dose_response,
        lambda data: plots.course_of(data, "C_central"), lambda data: plots.course_of(data, "tone"),
        lambda data: population_plots.bands(data, "tone"), lambda data: population_plots.spaghetti(data, "tone"),
        population_plots.four_panels_of_people, population_plots.blockade_window,
        lambda data: vpc(data, ([5.0, 9.0], [1.0, 1.0]), "tone"),
    ],
)  # fmt: skip
def test_every_helper_draws_a_result_or_says_what_would_be_right(draw: Any, kinds: dict[str, Any]) -> None:
    drawn, refusals = [], []
    for kind, data in kinds.items():
        try:
            axes = np.ravel(np.array(draw(data), dtype=object))
        except InputError as refused:
            refusals.append(refused)
            assert plt.get_fignums() == [], kind
        else:
            axes[0].figure.canvas.draw()
            assert all(panel.get_xlabel() or not panel.axison for panel in axes), kind
            drawn.append(kind)
            plt.close("all")
    assert drawn
    assert not {"comparison", "nothing"} & set(drawn)
    assert all(refused.expected for refused in refusals)


@pytest.mark.parametrize("draw", [*ONE_PANEL, plots.four_panels, lambda data: plots.compare({"a": data})])
def test_time_that_starts_again_is_no_single_course(draw: Any, kinds: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="start again"):
        draw(kinds["again"])
