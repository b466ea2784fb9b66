"""Pictures of populations: what is drawn, counted, labelled and said."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from ldnsim import InputError, simulate
from ldnsim.plots import panels as plots
from ldnsim.plots import population_plots
from ldnsim.plots.drawing import BLACK, BLUE, ORANGE, SKY
from ldnsim.plots.predictive_check import _censored, vpc
from ldnsim.results.endpoints import hours_blocked, time_mean, window
from ldnsim.results.over_time import curves, finished

mpl.use("agg")

ONE_PANEL = (plots.plasma, plots.blockade, plots.rebound, plots.inflammation)
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
CLEARANCES = (60.0, 90.0, 120.0, 140.0, 170.0, 210.0, 280.0)
KEPT = [
    "plasma",
    "amount",
    "occupancy",
    "functional_block",
    "receptor_density",
    "peptide_level",
    "tone",
    "tlr4_inhibition",
    "cytokine_index",
]
SHORT = "4.5 mg at 22:00 daily for 2 days"
LONG = "4.5 mg at 22:00 daily for 4 days"


@pytest.fixture(autouse=True)
def _close() -> Iterator[None]:
    yield
    plt.close("all")


@cache
def people_of(regimen: str, assumptions: str = "popular") -> xr.Dataset:
    """People who differ in how fast they clear naltrexone."""
    runs = [
        simulate(regimen, assumptions=assumptions, step=0.5, parameters={"pk.cl": clearance}).data[KEPT]
        for clearance in CLEARANCES
    ]
    data = xr.concat(
        runs, "person", data_vars="all", coords="minimal", compat="override", join="exact", combine_attrs="override"
    )
    number = len(CLEARANCES)
    about = {
        "assumptions": assumptions,
        "population": f"{number} people, seed 1",
        "variability_evidence": "spread between people: assumed",
    }
    return data.assign_coords(person=np.arange(number), status=("person", np.zeros(number, dtype=int))).assign_attrs(
        about
    )


def with_lost(data: xr.Dataset, *lost: int) -> xr.Dataset:
    """The same after the runs of some people failed."""
    status = np.zeros(data.sizes["person"], dtype=int)
    status[list(lost)] = 2
    failed = xr.DataArray(status, dims="person")
    return data.where(failed == 0).assign_coords(status=("person", status))


def summarised(data: xr.Dataset, levels: tuple[float, ...] = LEVELS) -> xr.Dataset:
    """Percentiles in place of people."""
    return data.drop_vars("status").quantile(list(levels), "person", keep_attrs=True)


def of_occupancy(time: Any, held: Any) -> xr.Dataset:
    """A population with this occupancy of mu and nothing else."""
    return xr.Dataset(
        {"occupancy": (("person", "receptor", "time"), np.asarray(held, dtype=float)[:, None, :])},
        coords={"time": np.asarray(time, dtype=float), "receptor": ["mor"]},
        attrs={"clock_start": 22.0, "population": "some people", "variability_evidence": "none"},
    )


def footer(axes: Any) -> str:
    return " ".join(" ".join(text.get_text().split()) for text in axes.figure.texts)


def legend_texts(axes: Any) -> list[str]:
    return [text.get_text() for text in axes.get_legend().get_texts()]


def filled(axes: Any) -> list[tuple[Any, Any, Any, Any]]:
    """Time, lower and upper edge, and colour of each band, in the order drawn."""
    found = []
    for band in axes.collections:
        points = band.get_paths()[0].vertices
        number = (len(points) - 3) // 2
        one, other = points[1 : number + 1], points[number + 2 : 2 * number + 2][::-1]
        np.testing.assert_array_equal(one[:, 0], other[:, 0])
        colour = mpl.colors.to_hex(band.get_facecolor()[0])
        found.append(
            (one[:, 0], np.minimum(one[:, 1], other[:, 1]), np.maximum(one[:, 1], other[:, 1]), colour.upper())
        )
    return found


def lines_of(axes: Any, colour: str) -> list[Any]:
    """Curves of one colour, without dose marks and lines across."""
    return [
        line
        for line in axes.lines
        if line.get_color() == colour and len(line.get_xdata()) > 2 and line.get_marker() in ("None", ".")
    ]


# bands


@pytest.mark.parametrize("make", [lambda data: data, summarised])
@pytest.mark.parametrize(
    ("name", "labels", "unit"),
    [("plasma", {"analyte": "ntx"}, "ng/mL"), ("tone", {}, "untreated = 1"), ("amount", {"isomer": "levo",
     "compartment": "depot"}, "nmol")],
)  # fmt: skip
def test_bands_are_the_percentiles_of_people(make: Any, name: str, labels: Any, unit: str) -> None:
    people = people_of(SHORT)
    axes = population_plots.bands(make(people), name, **labels)
    expected = np.quantile(people[name].sel(labels).values, LEVELS, axis=0)
    (time, lowest, highest, _), (_, low, high, _) = filled(axes)
    np.testing.assert_array_equal(time, people["time"].values)
    np.testing.assert_allclose([lowest, low, high, highest], expected[[0, 1, 3, 4]], rtol=1e-12, atol=1e-15)
    (median,) = lines_of(axes, BLUE)
    np.testing.assert_allclose(median.get_ydata(), expected[2], rtol=1e-12, atol=1e-15)
    assert unit in axes.get_ylabel()
    assert axes.get_xlabel() == "Clock time"


def test_a_legend_and_a_footer_say_what_bands_are() -> None:
    axes = population_plots.bands(people_of(SHORT), "plasma", analyte="ntx")
    assert legend_texts(axes) == ["median", "50 % of people", "90 % of 7 people"]
    assert axes.get_title(loc="left") == "Plasma: naltrexone"
    assert axes.get_title(loc="right") == "popular"
    said = footer(axes)
    for text in ("Assumptions: popular (site plasma", "Weakest evidence: plasma calibrated",
                 "People: 7 people, seed 1; spread between people: assumed."):  # fmt: skip
        assert text in said
    assert "eft out" not in said
    assert legend_texts(population_plots.bands(summarised(people_of(SHORT)), "tone"))[-1] == "90 % of people"


DRAWN = (
    lambda data, ax=None: population_plots.bands(data, "tone", ax),
    lambda data, ax=None: population_plots.spaghetti(data, "tone", ax),
    lambda data, ax=None: population_plots.blockade_window(data, ax),
    lambda data, ax=None: vpc(data, ([1.0, 2.0], [0.5, 0.4]), "tone", ax),
)


@pytest.mark.parametrize("draw", DRAWN)
def test_people_whose_run_failed_are_left_out_and_counted(draw: Any) -> None:
    lost = with_lost(people_of(SHORT), 0, 3)
    axes = draw(lost)
    assert any("5 people" in text and "2 left out" in text for text in legend_texts(axes))
    assert "Left out because their run did not finish: 2." in footer(axes)
    same = draw(people_of(SHORT).isel(person=[1, 2, 4, 5, 6]))
    for one, other in zip(axes.lines, same.lines, strict=True):
        np.testing.assert_array_equal(one.get_xydata(), other.get_xydata())
    for one, other in zip(filled(axes), filled(same), strict=True):
        np.testing.assert_array_equal(one[:3], other[:3])


@pytest.mark.parametrize("draw", DRAWN)
def test_they_draw_where_they_are_told(draw: Any) -> None:
    figure, axes = plt.subplots()
    assert draw(people_of(SHORT), axes) is axes
    assert plt.get_fignums() == [figure.number]
    assert not figure.texts


@pytest.mark.parametrize("draw", DRAWN)
@pytest.mark.parametrize("lost", [(), (0, 3)])
def test_legends_keep_off_data_and_footer(draw: Any, lost: tuple[int, ...]) -> None:
    axes = draw(with_lost(people_of(SHORT), *lost))
    keeps_off(axes.figure, [axes])


def keeps_off(figure: Any, panels: Any) -> None:
    """No text lies on another, on data, or off the paper."""
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    boxes = [panel.get_tightbbox(renderer) for panel in panels]
    texts = [text.get_window_extent(renderer) for text in (*figure.texts, figure._suptitle) if text is not None]
    for number, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in (*boxes[number + 1 :], *texts))
        assert box.x0 >= 0
        assert box.x1 <= figure.bbox.x1
    for panel in panels:
        if panel.get_legend() is None:
            continue
        legend = panel.get_legend().get_window_extent(renderer)
        assert not legend.overlaps(panel.get_window_extent(renderer))
        assert not legend.overlaps(panel.xaxis.label.get_window_extent(renderer))
        left, right = (title.get_window_extent(renderer) for title in (panel._left_title, panel._right_title))
        assert left.x1 < right.x0
        assert panel.yaxis.label.get_window_extent(renderer).height <= panel.get_window_extent(renderer).height * 1.1


# single people


@pytest.mark.parametrize(("most", "chosen"), [(3, [0, 3, 6]), (7, [*range(7)]), (50, [*range(7)]), (1, [0])])
def test_spaghetti_draws_people_at_equal_distances(most: int, chosen: list[int]) -> None:
    people = people_of(SHORT)
    axes = population_plots.spaghetti(people, "occupancy", most=most, receptor="mor")
    held = people["occupancy"].sel(receptor="mor").values
    drawn = [line.get_ydata() for line in lines_of(axes, SKY)]
    np.testing.assert_array_equal(drawn, held[chosen])
    (median,) = lines_of(axes, BLACK)
    np.testing.assert_allclose(median.get_ydata(), np.median(held, axis=0), rtol=1e-15)
    assert legend_texts(axes) == [f"{most} of 7 people" if most < 7 else "all 7 people", "median of all"]
    assert axes.get_title(loc="left") == "Receptors held: mu"


@pytest.mark.parametrize("most", [0, -1, 2.5, True, None])
def test_how_many_must_be_a_number_of_people(most: Any) -> None:
    with pytest.raises(InputError, match="^most: got"):
        population_plots.spaghetti(people_of(SHORT), "tone", most=most)


# four panels


def test_four_panels_show_bands_of_people() -> None:
    people = people_of(SHORT)
    panels = population_plots.four_panels_of_people(people)
    titles = [panel.get_title(loc="left").strip() for panel in panels]
    hours = np.array([hours_blocked(window(people.isel(person=one), 24.0, 48.0)) for one in range(7)])
    assert titles == ["Plasma", f"Blockade, half of mu held: {np.median(hours):.1f} h in 24 h", "Rebound",
                      "TLR4 and cytokines"]  # fmt: skip
    low, high = np.quantile(hours, (0.05, 0.95))
    assert f"mu held (90 %: {low:.1f} to {high:.1f} h)" in legend_texts(panels[1])
    shown = [
        (panels[0], "plasma", {"analyte": "ntx"}), (panels[1], "occupancy", {"receptor": "mor"}),
        (panels[2], "tone", {}), (panels[3], "cytokine_index", {}),
    ]  # fmt: skip
    for panel, name, labels in shown:
        expected = np.quantile(people[name].sel(labels).values, LEVELS, axis=0)
        (_, lowest, highest, _), (_, low, high, _) = [band for band in filled(panel) if band[3] == BLUE]
        # a logarithmic axis has no zero: there a band ends at its floor
        floor = panel.get_ylim()[0] if panel.get_yscale() == "log" else 0.0
        wanted = np.maximum(expected[[0, 1, 3, 4]], floor)
        np.testing.assert_allclose([lowest, low, high, highest], wanted, rtol=1e-12, atol=1e-15)
        assert "50 % and 90 % of 7 people" in legend_texts(panel)
        assert panel.get_xlabel() == "Clock time"
    assert panels[0].get_yscale() == "log"
    said = footer(panels[0])
    for text in ("Weakest evidence: plasma calibrated; blockade calibrated; functional block calibrated;",
                 "7 people, seed 1; spread between people: assumed. Lines are medians"):  # fmt: skip
        assert text in said


def test_long_runs_show_the_last_two_days_and_daily_means() -> None:
    people = people_of(LONG)
    panels = population_plots.four_panels_of_people(people)
    assert [panel.get_xlabel() for panel in panels] == ["Clock time, days 2 to 4"] * 2 + ["Time [days]"] * 2
    assert panels[0].get_xlim() == (48.0, 96.0)
    assert panels[2].get_title(loc="left") == "Rebound (daily means)"
    means = np.array([
        [time_mean(window(people.isel(person=one), day, day + 24.0), "tone") for day in (0.0, 24.0, 48.0, 72.0)]
        for one in range(7)
    ])  # fmt: skip
    expected = np.quantile(means, LEVELS, axis=0)
    (time, lowest, highest, _), (_, low, high, _) = [band for band in filled(panels[2]) if band[3] == BLUE]
    assert time.tolist() == [12.0, 36.0, 60.0, 84.0]
    np.testing.assert_allclose([lowest, low, high, highest], expected[[0, 1, 3, 4]], rtol=1e-12)


def test_daily_means_of_kept_percentiles_are_called_so() -> None:
    quantiles = summarised(people_of(LONG))
    panels = population_plots.four_panels_of_people(quantiles)
    assert panels[1].get_title(loc="left") == "Blockade"
    assert panels[2].get_title(loc="left") == "Rebound (means of percentiles)"
    assert "not percentiles of means" in footer(panels[0])
    highest = quantiles["tone"].sel(quantile=0.95)
    last = time_mean(window(xr.Dataset({"tone": highest}), 72.0, 96.0), "tone")
    (_, _, drawn, _), *_ = [band for band in filled(panels[2]) if band[3] == BLUE]
    assert drawn[-1] == pytest.approx(last, rel=1e-12)


def test_panels_without_their_variables_say_so() -> None:
    few = people_of(SHORT)[["plasma", "receptor_density"]]
    panels = population_plots.four_panels_of_people(few)
    assert [[text.get_text() for text in panel.texts] for panel in panels] == [
        [], ["not kept in these data"], [], ["not kept in these data"],
    ]  # fmt: skip
    assert len(filled(panels[2])) == 2
    assert "Weakest evidence: plasma calibrated; mu receptors calibrated." in footer(panels[0])
    panels[0].figure.canvas.draw()


def test_panels_draw_the_labels_that_were_kept() -> None:
    few = people_of(SHORT).sel(receptor=["kor"], analyte=["ntx"])
    panels = population_plots.four_panels_of_people(few)
    assert panels[1].get_title(loc="left") == "Blockade"
    assert "kappa held" in legend_texts(panels[1])
    assert legend_texts(panels[0]) == ["naltrexone", "50 % and 90 % of 7 people"]


@pytest.mark.parametrize(
    ("regimen", "assumptions", "lost", "make"),
    [
        (SHORT, "popular", (0, 3), lambda data: data),
        (LONG, "measured", (), lambda data: data),
        (LONG, "popular", (), summarised),
    ],
)
def test_texts_of_four_panels_keep_off_each_other(regimen: str, assumptions: str, lost: Any, make: Any) -> None:
    panels = population_plots.four_panels_of_people(make(with_lost(people_of(regimen, assumptions), *lost)))
    keeps_off(panels[0].figure, panels)
    if lost:
        assert all("50 % and 90 % of 5 people (2 left out)" in legend_texts(panel) for panel in panels)
        assert "did not finish: 2." in footer(panels[0])


def test_four_axes_of_the_user_are_used() -> None:
    _, grid = plt.subplots(2, 2)
    assert list(population_plots.four_panels_of_people(people_of(SHORT), grid)) == list(grid.ravel())
    with pytest.raises(InputError, match="^axes: got"):
        population_plots.four_panels_of_people(people_of(SHORT), [])


# hours blocked


@pytest.mark.parametrize("receptor", ["mor", "dor", "kor"])
@pytest.mark.parametrize("part", [lambda data: data, lambda data: window(data, 24.0, 48.0)])
def test_hours_of_everybody_are_those_of_each(receptor: str, part: Any) -> None:
    people = part(people_of(SHORT))
    each = [hours_blocked(people.isel(person=one), receptor) for one in range(7)]
    np.testing.assert_allclose(population_plots.hours_blocked_by_person(people, receptor), each, rtol=1e-13)
    assert receptor == "dor" or min(each) < max(each)


@given(st.lists(st.lists(st.sampled_from([0.0, 0.2, 0.5, 0.6, 1.0]), min_size=6, max_size=6), min_size=1, max_size=4))
def test_hours_of_any_curves_are_those_of_each(held: list[list[float]]) -> None:
    data = of_occupancy([0.0, 1.0, 1.0, 2.5, 4.0, 7.0], held)
    each = [hours_blocked(data.isel(person=one)) for one in range(len(held))]
    np.testing.assert_allclose(population_plots.hours_blocked_by_person(data), each, rtol=1e-13)


def test_hours_of_triangles_plateaus_and_nothing() -> None:
    # up from 0 to 1 in 2 h and down in 4 h: above a half for the last 1 h up and the first 2 h down
    held = [[0.0, 1.0, 0.0], [0.5, 0.5, 0.5], [0.4, 0.4, 0.4], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    found = population_plots.hours_blocked_by_person(of_occupancy([0.0, 2.0, 6.0], held))
    assert found.tolist() == [3.0, 6.0, 0.0, 1.0, 2.0]


# distribution of the blockade window


def test_the_blockade_window_counts_everybody() -> None:
    people = people_of(SHORT)
    axes = population_plots.blockade_window(people)
    hours = [hours_blocked(window(people.isel(person=one), 24.0, 48.0)) for one in range(7)]
    bars = [(bar.get_x(), bar.get_width(), bar.get_height()) for bar in axes.containers[0]]
    assert sum(height for *_, height in bars) == 7
    for left, width, height in bars:
        assert height == sum(left <= value < left + width for value in hours)
    (median,) = [line for line in axes.lines if line.get_color() == BLACK]
    assert np.asarray(median.get_xdata())[0] == pytest.approx(np.median(hours), rel=1e-12)
    low, high = np.quantile(hours, (0.05, 0.95))
    span: Any
    (span,) = [patch for patch in axes.patches if patch not in list(axes.containers[0])]
    assert (span.get_x(), span.get_x() + span.get_width()) == pytest.approx((low, high), rel=1e-12)
    assert sorted(legend_texts(axes)) == sorted(
        ["7 people", f"90 % of them: {low:.1f} to {high:.1f} h", f"median {np.median(hours):.1f} h"]
    )
    assert axes.get_xlim() == (0.0, 24.0)
    assert axes.get_xlabel() == "Hours with half of mu receptors held, last 24 h [h]"
    assert axes.get_ylabel() == "People"


def test_a_shorter_run_counts_as_a_whole() -> None:
    people = window(people_of(SHORT), 0.0, 12.0)
    axes = population_plots.blockade_window(people, receptor="kor")
    assert axes.get_xlim() == (0.0, 12.0)
    assert axes.get_xlabel() == "Hours with half of kappa receptors held, first 12 h [h]"
    middle = np.median([hours_blocked(people.isel(person=one), "kor") for one in range(7)])
    assert f"median {middle:.1f} h" in legend_texts(axes)


def test_people_blocked_all_the_time_or_never_are_counted() -> None:
    data = people_of(SHORT)
    for level in (0.0, 1.0):
        held = xr.full_like(data["occupancy"], level).assign_attrs(data["occupancy"].attrs)
        axes = population_plots.blockade_window(data.assign(occupancy=held))
        assert sum(bar.get_height() for bar in axes.containers[0]) == 7
        assert f"median {24 * level:.1f} h" in legend_texts(axes)


# visual predictive check


def observations(data: xr.Dataset, times: list[float]) -> pd.DataFrame:
    """What an assay would have read of everybody, a tenth too high."""
    rows = [
        (time, 1.1 * float(data["plasma"].sel(analyte="ntx").isel(person=one).interp(time=time)))
        for one in range(data.sizes["person"])
        for time in times
    ]
    return pd.DataFrame(rows, columns=["time", "plasma"])


def early(data: xr.Dataset) -> xr.Dataset:
    """Without the times that there are twice, which xarray cannot interpolate."""
    return window(data, 0.5, 20.0)


def test_a_check_compares_percentiles_at_the_times_observed() -> None:
    people, times = early(people_of(SHORT)), [1.0, 2.25, 5.0, 12.0]
    seen = observations(people, times)
    axes = vpc(people, seen, analyte="ntx")
    level = people["plasma"].sel(analyte="ntx").interp(time=times).values
    expected = np.quantile(level, (0.05, 0.5, 0.95), axis=0)
    for colour, rows in ((ORANGE, (0, 2)), (BLUE, (1,))):
        drawn = [line.get_ydata() for line in lines_of(axes, colour)]
        np.testing.assert_allclose(drawn, expected[list(rows)], rtol=1e-12)
    # observations are the people themselves, a tenth higher, and so are their percentiles
    black = [line for line in lines_of(axes, BLACK) if line.get_linestyle() != "None"]
    np.testing.assert_allclose([line.get_ydata() for line in black], 1.1 * expected[[0, 2, 1]], rtol=1e-12)
    assert all(line.get_xdata().tolist() == times for line in black)
    (points,) = [line for line in axes.lines if line.get_marker() == "o"]
    np.testing.assert_array_equal(points.get_xydata(), seen.to_numpy())
    assert not axes.collections
    assert legend_texts(axes) == [
        "simulated 5th and 95th percentile", "simulated median (7 people)", "observed 5th and 95th percentile",
        "observed median", "28 observations",
    ]  # fmt: skip
    assert axes.get_ylabel() == "Plasma [ng/mL]"
    keeps_off(axes.figure, [axes])


def test_replicates_make_bands() -> None:
    one = early(people_of(SHORT))
    factors = np.linspace(0.5, 1.5, 21)
    many = xr.concat([one.assign(plasma=(one["plasma"] * factor).assign_attrs(one["plasma"].attrs))
                      for factor in factors], "person", data_vars="all", coords="minimal", compat="override",
                     join="exact", combine_attrs="override")  # fmt: skip
    many = many.assign_coords(
        person=np.arange(147),
        replicate=("person", np.repeat(np.arange(21), 7)),
        status=("person", np.zeros(147, dtype=int)),
    )
    times = [1.0, 3.0, 8.0]
    axes = vpc(many, observations(one, times), analyte="ntx")
    level = np.quantile(one["plasma"].sel(analyte="ntx", time=times).values, (0.05, 0.95, 0.5), axis=0)
    # 21 factors at equal distances: 2.5 % and 97.5 % of them lie half a step inside the ends
    for (time, low, high, _), percentile in zip(filled(axes), level, strict=True):
        assert time.tolist() == times
        np.testing.assert_allclose(low, 0.525 * percentile, rtol=1e-12)
        np.testing.assert_allclose(high, 1.475 * percentile, rtol=1e-12)
    assert "simulated median (95 % of 21 replicates, 147 people)" in legend_texts(axes)


def test_a_level_observed_at_a_dose_is_the_one_before_it() -> None:
    runs = [simulate("4.5 mg iv at 22:00 daily for 2 days", step=6.0, parameters={"pk.cl": value}).data
            for value in (90.0, 200.0)]  # fmt: skip
    people = xr.concat(runs, "person", data_vars="all", coords="minimal", compat="override", join="exact",
                       combine_attrs="override").assign_attrs(people_of(SHORT).attrs)  # fmt: skip
    trough = people["plasma"].sel(analyte="ntx").values[:, people["time"].values == 24.0][:, 0]
    axes = vpc(people, ([18.0, 24.0], [0.1, 0.1]), analyte="ntx")
    median = next(line for line in axes.lines if line.get_color() == BLUE)
    assert np.asarray(median.get_ydata())[1] == pytest.approx(trough.mean(), rel=1e-12)


def test_bins_hold_every_observation() -> None:
    people, many = people_of(SHORT), np.linspace(0.5, 23.5, 47)
    seen = {"time": many, "tone": np.linspace(1.0, 2.0, 47)}

    def middles(bins: Any) -> list[float]:
        axes = vpc(people, seen, "tone", bins=bins)
        return [float(value) for value in next(line for line in lines_of(axes, BLUE)).get_xdata()]

    assert len(middles(None)) == 8
    assert len(middles(3)) == 3
    # [0, 6) holds 0.5 to 5.5, [6, 12) 6 to 11.5, [12, 24] the rest; nothing was seen later
    assert middles([0.0, 6.0, 12.0, 24.0, 40.0]) == [3.0, 8.75, 17.75]


def test_logarithmic_checks_need_values_above_zero() -> None:
    people = people_of(SHORT)
    axes = vpc(people, ([1.0, 6.0, 12.0], [0.5, 0.1, 0.01]), log=True, analyte="ntx")
    axes.figure.canvas.draw()
    assert axes.get_yscale() == "log"
    assert 0 < axes.get_ylim()[0] < 0.01
    with pytest.raises(InputError, match="above 0"):
        vpc(people, ([1.0, 6.0], [0.5, 0.0]), log=True, analyte="ntx")


@pytest.mark.parametrize(
    ("observed", "bins", "named"),
    [
        (None, None, "observed"),
        ("text", None, "observed"),
        (pd.DataFrame({"time": [1.0, 2.0], "level": [1.0, 2.0]}), None, "observed"),
        (([1.0, 2.0], [1.0]), None, "observed"),
        (([1.0], [1.0]), None, "observed"),
        (([1.0, 2.0], ["a", "b"]), None, "observed"),
        (([1.0, 2.0], [1.0, np.nan]), None, "observed"),
        (([1.0, 49.0], [1.0, 1.0]), None, "observed"),
        (([-1.0, 2.0], [1.0, 1.0]), None, "observed"),
        (([1.0, 1.0], [1.0, 1.0]), None, "bins"),
        (([1.0, 2.0], [1.0, 1.0]), 1, "bins"),
        (([1.0, 2.0], [1.0, 1.0]), True, "bins"),
        (([1.0, 2.0], [1.0, 1.0]), [0.0, 1.5], "bins"),
        (([1.0, 2.0], [1.0, 1.0]), [0.0, 1.5, 1.7], "bins"),
        (([1.0, 2.0], [1.0, 1.0]), [0.0, 3.0, 2.0], "bins"),
        (([1.0, 2.0], [1.0, 1.0]), [0.0, 3.0, 4.0], "bins"),
    ],
)
def test_observations_that_cannot_be_used_are_refused(observed: Any, bins: Any, named: str) -> None:
    with pytest.raises(InputError, match=f"^{named}: got"):
        vpc(people_of(SHORT), observed, bins=bins, analyte="ntx")
    assert plt.get_fignums() == []


# refusals


@pytest.mark.parametrize("draw", DRAWN)
@pytest.mark.parametrize("data", [None, xr.Dataset(), {"plasma": 1}, "one person", "nobody", "one sample"])
def test_other_data_is_refused(draw: Any, data: Any) -> None:
    if isinstance(data, str):
        data = {
            "one person": simulate(SHORT, step=6.0).data,
            "nobody": with_lost(people_of(SHORT), *range(7)),
            "one sample": people_of(SHORT).isel(time=slice(1)),
        }[data]
    with pytest.raises(InputError, match="^data: got"):
        draw(data)
    assert plt.get_fignums() == []


@pytest.mark.parametrize("draw", [*ONE_PANEL, plots.four_panels])
@pytest.mark.parametrize("part", [slice(1), "nobody"])
def test_panels_refuse_populations_that_cannot_be_drawn(draw: Any, part: Any) -> None:
    people = people_of(SHORT)
    data = with_lost(people, *range(7)) if part == "nobody" else people.isel(time=part)
    with pytest.raises(InputError, match="^data: got"):
        draw(data)
    assert plt.get_fignums() == []


@pytest.mark.parametrize(("draw", "place"), [(draw, place) for place, draw in enumerate(ONE_PANEL)])
def test_a_panel_of_people_is_that_of_the_four(draw: Any, place: int) -> None:
    people = with_lost(people_of(SHORT), 2)
    alone, among = draw(people), plots.four_panels(people)[place]
    assert alone.get_title(loc="left").strip() == among.get_title(loc="left").strip()
    assert legend_texts(alone) == legend_texts(among)
    assert "6 people (1 left out)" in legend_texts(alone)[-1]
    # of the four, the plasma panel has a floor, because it is logarithmic
    lower = [[band[1] for band in filled(axes)] for axes in (alone, among)]
    np.testing.assert_allclose(lower[0], lower[1], rtol=0, atol=alone.get_ylim()[1] * 2e-4)
    assert "7 people, seed 1" in footer(alone)


def test_a_population_of_one_is_drawn_like_the_one() -> None:
    one = people_of(SHORT).isel(person=[3])
    for draw in ONE_PANEL:
        (many, single) = draw(one), draw(one.isel(person=0, drop=True))
        curves = {line.get_label(): np.asarray(line.get_ydata(), dtype=float) for line in single.get_lines()}
        for line in many.get_lines():
            if not str(line.get_label()).startswith("_"):
                name = str(line.get_label()).partition(" (90 %")[0]
                np.testing.assert_array_equal(np.asarray(line.get_ydata(), dtype=float), curves[name])


@pytest.mark.parametrize("draw", DRAWN[1:])
def test_percentiles_are_no_people(draw: Any) -> None:
    with pytest.raises(InputError, match="single people"):
        draw(summarised(people_of(SHORT)))


@pytest.mark.parametrize("draw", [DRAWN[0], population_plots.four_panels_of_people])
def test_percentiles_that_were_not_kept_are_not_made_up(draw: Any) -> None:
    with pytest.raises(InputError, match="^quantile: got"):
        draw(summarised(people_of(SHORT), (0.1, 0.5, 0.9)))
    assert plt.get_fignums() == []


def test_numbers_that_are_missing_are_not_drawn_over() -> None:
    people = people_of(SHORT).copy(deep=True)
    people["tone"][2, 5] = np.nan
    with pytest.raises(InputError, match=r"^data: got \[2\], expected finite 'tone'"):
        population_plots.bands(people, "tone")


@pytest.mark.parametrize("labels", [{}, {"analyte": "x"}, {"receptor": "mor"}, {"analyte": "ntx", "receptor": "mor"}])
def test_labels_must_pick_one_curve(labels: Any) -> None:
    with pytest.raises(InputError, match="^labels: got .* analyte: one of ntx, bnx6"):
        population_plots.bands(people_of(SHORT), "plasma", **labels)
    with pytest.raises(InputError, match="^labels: got .*'receptor': 'mor'.* none for 'occupancy'"):
        population_plots.four_panels_of_people(people_of(SHORT).sel(receptor="mor", drop=True))
    assert plt.get_fignums() == []


def test_everyone_counts_where_no_status_is_kept() -> None:
    people = people_of(SHORT).drop_vars("status")
    assert finished(people)[1] == 0
    assert curves(people, "tone").shape == (7, people.sizes["time"])


# rows that do not count, limits of quantification, prediction correction


def flat(level: Any, times: Any = (0.0, 10.0)) -> xr.Dataset:
    """People whose occupancy of mu stays where it is."""
    held = np.repeat(np.asarray(level, dtype=float)[:, None], len(times), axis=1)
    return drawable(of_occupancy(times, held))


def drawable(data: xr.Dataset) -> xr.Dataset:
    """The same with what a picture of a population says."""
    data["occupancy"].attrs.update(units="1", weakest_evidence="assumed")
    return data.assign_coords(side=("time", np.zeros(data.sizes["time"], dtype=int))).assign_attrs(
        assumptions="popular", assumptions_in_full="all", regimen="none", dose_time=[]
    )


def vpc_of(data: xr.Dataset, observed: Any, **settings: Any) -> Any:
    figure, axes = plt.subplots(2)
    two = "lloq" in settings or "uloq" in settings
    vpc(data, observed, "occupancy", axes if two else axes[0], receptor="mor", **settings)
    figure.canvas.draw()
    return axes


def observed_lines(axes: Any) -> dict[str, Any]:
    """Percentiles of the observations by the level that they are."""
    black = [line for line in axes.lines if line.get_color() == BLACK and line.get_marker() == "."]
    return dict(zip(("5", "95", "50"), (np.asarray(line.get_ydata(), dtype=float) for line in black), strict=False))


@pytest.mark.parametrize(
    "marks",
    [{"MDV": [1, 0, 0, 1, 0, 0]},
     {"MDV": [n % 3 == 0 for n in range(6)]}, {"mdv": ["1", ".", "", "1", 0, np.nan]},
     {"EVID": [1, 0, 0, 4, 0, 0]},
     {"MDV": [1, 0, 0, 0, 0, 0], "EVID": [0, 0, 0, 2, 0, 0]}],
)  # fmt: skip
@pytest.mark.parametrize("value", [0.0, "."])
@pytest.mark.parametrize("names", [("time", "occupancy"), ("TIME", "DV")])
def test_rows_that_hold_no_observation_do_not_count(marks: Any, value: Any, names: tuple[str, str]) -> None:
    rows = {names[0]: [1, 1, 1, 4, 4, 4], names[1]: [value, 0.5, 0.7, value, 0.2, 0.4]}
    axes = vpc_of(flat([0.1, 0.9]), pd.DataFrame(rows | marks))[0]
    np.testing.assert_allclose(observed_lines(axes)["50"], [0.6, 0.3], rtol=1e-12)
    assert "4 observations" in legend_texts(axes)


@pytest.mark.parametrize(
    ("columns", "named"),
    [
        ({"MDV": [0, 2, 0, 0]}, "observed, column MDV"),
        ({"MDV": [0, "x", 0, 0]}, "observed, column MDV"),
        ({"MDV": [1, 1, 1, 0]}, "observed"),
        ({"CMT": [1, 1, 2, 2]}, "observed, column CMT"),
        ({"DVID": ["a", "b", "a", "b"]}, "observed, column DVID"),
        ({"BLQ": [1, 0, 0, 0]}, "lloq"),
        ({"occupancy": ["<0.2", 0.3, 0.4, 0.5]}, "lloq"),
        ({"occupancy": [0.2, None, 0.4, 0.5]}, "observed"),
        ({"occupancy": [0.2, 0.4]}, "observed"),
    ],
)
def test_observations_that_are_doubtful_are_refused(columns: Any, named: str) -> None:
    rows = {"time": [1.0, 1.0, 4.0, 4.0], "occupancy": [0.1, 0.2, 0.3, 0.4]} | columns
    with pytest.raises(InputError, match=f"^{named}: got"):
        vpc_of(flat([0.1, 0.9]), rows)


@pytest.mark.parametrize("way", ["number", "text", "BLQ", "CENS"])
def test_levels_below_the_limit_have_a_rank_but_no_value(way: str) -> None:
    # of eleven levels the median is the sixth, the 5th percentile half way between first and second
    levels: list[Any] = [0.01, 0.02, 0.03, 0.04, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0]
    rows: dict[str, Any] = {
        "time": [1.0] * 11 + [4.0] * 11,
        "occupancy": levels + [(1 + level) / 2 for level in levels],
    }
    if way == "text":
        rows["occupancy"][:4] = ["<0.1"] * 4
    elif way != "number":
        rows[way] = [1] * 4 + [0] * 18
        rows["occupancy"][:4] = [0.1, 0.0, ".", None]
    axes, shares = vpc_of(flat(np.linspace(0.0, 1.0, 21)), rows, lloq=0.1)
    found = observed_lines(axes)
    np.testing.assert_allclose(found["5"], [np.nan, 0.5075], rtol=1e-12)
    np.testing.assert_allclose(found["50"], [0.6, 0.8], rtol=1e-12)
    (share,) = [line for line in shares.lines if line.get_color() == BLACK]
    np.testing.assert_allclose(share.get_ydata(), [100 * 4 / 11, 0.0])
    (simulated,) = [line for line in shares.lines if line.get_color() == BLUE]
    # 0 and 0.05 of 21 people at equal distances; 0.1 itself is quantified
    np.testing.assert_allclose(simulated.get_ydata(), [100 * 2 / 21] * 2)
    drawn = [np.asarray(line.get_ydata(), dtype=float) for line in axes.lines if line.get_color() == ORANGE]
    assert np.isnan(drawn[0]).all()
    np.testing.assert_allclose(drawn[1], 0.95)


@given(st.lists(st.floats(0.0, 1.0), min_size=3, max_size=30), st.floats(0.01, 0.99))
def test_percentiles_above_the_limit_are_those_without_one(levels: list[float], limit: float) -> None:
    rank = np.array(levels)
    found = _censored(np.where(rank < limit, limit, rank), rank < limit, np.zeros(len(rank), dtype=bool))
    for level, value in zip((0.05, 0.5, 0.95), found, strict=True):
        low = np.quantile(rank, level, method="lower")
        if np.isnan(value):
            # the percentile, or the neighbour that it leans on, is among the censored
            assert low < limit
        else:
            assert value == pytest.approx(np.quantile(rank, level), rel=1e-9, abs=1e-12)


def test_an_upper_limit_mirrors_a_lower_one() -> None:
    rows = {"time": [1.0] * 5 + [4.0] * 5, "occupancy": [0.1, 0.3, 0.5, 0.7, 0.9] * 2}
    axes, shares = vpc_of(flat([0.2, 0.4, 0.95]), rows, uloq=0.6)
    found = observed_lines(axes)
    np.testing.assert_allclose(found["50"], 0.5)
    assert np.isnan(found["95"]).all()
    (share,) = [line for line in shares.lines if line.get_color() == BLACK]
    np.testing.assert_allclose(share.get_ydata(), 40.0)


@pytest.mark.parametrize("log", [False, True])
def test_a_picture_in_which_nothing_can_be_quantified_shows_the_shares(log: bool) -> None:
    axes, shares = vpc_of(flat([0.1, 0.2]), ([1.0, 4.0], ["<0.5", "<0.5"]), lloq=0.5, log=log)
    (observed,) = [line for line in shares.lines if line.get_color() == BLACK]
    np.testing.assert_array_equal(observed.get_ydata(), 100.0)
    assert axes.get_ylim()[0] < 0.5 < axes.get_ylim()[1]
    assert "0 observations" in legend_texts(shares)


@pytest.mark.parametrize("value", ["0.0_5", "１", True, 1j, "nan", np.inf])
def test_an_observation_is_a_number_like_any_other(value: Any) -> None:
    with pytest.raises(InputError, match="^observed: got"):
        vpc_of(flat([0.1, 0.9]), {"time": [1.0, 4.0], "occupancy": [0.5, value]})


def test_a_figure_with_a_limit_has_a_panel_of_shares() -> None:
    people = early(people_of(SHORT))
    panels = vpc(people, observations(people, [1.0, 8.0, 16.0]), analyte="ntx", lloq=0.05, log=True)
    keeps_off(panels[0].figure, list(panels))
    assert panels[1].get_ylabel() == "Outside the\nlimits [%]"
    assert "observed median" in legend_texts(panels[1])


def test_prediction_correction_takes_time_out_of_a_bin() -> None:
    time = np.linspace(0.0, 10.0, 101)
    fall = np.exp(-0.3 * time)
    people = drawable(of_occupancy(time, [0.4 * fall, 0.5 * fall, 0.6 * fall]))
    typical = people.isel(person=1)
    when = np.array([1.0, 2.0, 3.0, 6.0, 7.0, 8.0])
    rows = (when, 0.5 * np.exp(-0.3 * when) * 1.2)
    axes = vpc_of(people, rows, bins=[0.0, 5.0, 10.0], typical=typical)[0]
    # every observation is 1.2 of the prediction, so that corrected ones are 1.2 of the median prediction of their bin
    middle = 0.5 * np.exp(-0.3 * np.array([2.0, 7.0]))
    for line in observed_lines(axes).values():
        np.testing.assert_allclose(line, 1.2 * middle, rtol=1e-6)
    (median,) = [line for line in axes.lines if line.get_color() == BLUE]
    np.testing.assert_allclose(median.get_ydata(), middle, rtol=1e-6)
    assert "prediction-corrected" in axes.get_title(loc="left")


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"lloq": 0.0}, "lloq"),
        ({"lloq": -1.0}, "lloq"),
        ({"lloq": 0.5, "uloq": 0.2}, "uloq"),
        ({"lloq": 0.5, "ax": "one"}, "ax"),
        ({"typical": 3}, "data"),
        ({"typical": "same", "lloq": 0.1}, "typical"),
        ({"typical": "short"}, "typical"),
        ({"typical": "zero"}, "bins"),
    ],
)
def test_limits_and_corrections_that_do_not_fit_are_refused(settings: Any, named: str) -> None:
    people = flat([0.2, 0.4])
    one = people.isel(person=0)
    ways = {"same": one, "short": flat([0.2], (0.0, 2.0)).isel(person=0), "zero": one * np.array([1.0, 0.0])}
    ways["zero"].attrs = one.attrs
    settings = {name: ways.get(value, value) if name == "typical" and isinstance(value, str) else value
                for name, value in settings.items()}  # fmt: skip
    axes = plt.subplots()[1] if settings.pop("ax", None) else None
    with pytest.raises(InputError, match=f"^{named}: got"):
        vpc(people, ([0.0, 5.0, 10.0], [0.1, 0.2, 0.3]), "occupancy", axes, bins=[0.0, 4.0, 11.0], receptor="mor",
            **settings)  # fmt: skip


def test_two_populations_on_one_axes_are_not_laid_over_each_other_in_one_colour() -> None:
    axes = population_plots.bands(people_of(SHORT), "tone")
    with pytest.raises(InputError, match=r"^ax: got .*plots\.compare"):
        population_plots.bands(people_of(SHORT), "tone", axes)
