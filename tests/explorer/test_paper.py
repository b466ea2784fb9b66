"""What is taken away, against what the screen shows."""

from __future__ import annotations

import base64
import csv
import io
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Wedge

from ldnsim import InputError
from ldnsim.explorer.address import read_each
from ldnsim.explorer.answer import answer
from ldnsim.explorer.figures import drawing
from ldnsim.explorer.panels import ENDS, PANELS
from ldnsim.explorer.paper import sheet, table
from ldnsim.explorer.work import Found, file, work

OFFICE = st.builds(
    "dose={}&days={}&schedule={}&at={}&weight={}&liver={}".format,
    st.sampled_from(["0.5", "4.5", "50"]),
    st.sampled_from([1, 3, 4, 9]),
    st.sampled_from(["once", "daily", "twice daily"]),
    st.sampled_from(["00:00", "08:00", "22:00"]),
    st.sampled_from(["50", "70.5"]),
    st.sampled_from(["none", "compensated"]),
)
SECOND = OFFICE.map(lambda text: "&".join("b." + pair for pair in text.split("&")))


ANOTHER_DRUG = st.builds(
    "drug=nalmefene&dose={}&days={}&schedule={}".format,
    st.sampled_from(["4.5", "18"]),
    st.sampled_from([1, 4]),
    st.sampled_from(["once", "daily"]),
)


@st.composite
def addresses(draw: st.DrawFn) -> str:
    return "&".join(
        [draw(OFFICE | ANOTHER_DRUG), draw(SECOND | st.just("")), f"people={draw(st.sampled_from([0, 5]))}"]
    ).replace("&&", "&")


def drawn(found: Found) -> Figure:
    """The figure that is downloaded."""
    assert found.times is not None
    return sheet(found.numbers, found.times, {place: part.words for place, part in found.good.items()}, found.evidence)


def drawn_empty(document: Any) -> dict[str, list[tuple[str, str, str]]]:
    """Lines and bands of each panel of the page: glyph, name of its source, and the column drawn."""
    names: dict[str, str] = {}

    def walk(one: Any) -> Any:
        if isinstance(one, dict):
            if "name" in one.get("attributes", {}):
                names[one["id"]] = one["attributes"]["name"]
            for part in one.values():
                walk(part)
        elif isinstance(one, list):
            for part in one:
                walk(part)

    walk(document)
    seen = {}
    for root in document["roots"]:
        seen[root["attributes"]["name"]] = [
            (
                kind["name"],
                names[one["attributes"]["data_source"]["id"]],
                kind["attributes"]["y" if kind["name"] == "Line" else "y1"]["field"],
            )
            for one in root["attributes"]["renderers"]
            if (kind := one["attributes"]["glyph"])["name"] in ("Line", "VArea")
        ]
    return seen


COLUMN = {"Line": "y", "VArea": "y1"}
(DOCUMENT,) = json.loads(drawing())["documents"].values()


def on_screen(text: str) -> dict[str, list[tuple[str, Any, Any]]]:
    """Lines and bands of each panel as the page gets them: glyph, times and values."""
    sources = json.loads(answer(read_each(text)))["sources"]

    def column(source: str, name: str) -> Any:
        return np.frombuffer(base64.b64decode(sources[source][name]["base64"]))

    return {
        panel: [(kind, column(source, "time"), column(source, name)) for kind, source, name in curves
                if name in sources.get(source, ()) and len(column(source, "time"))]
        for panel, curves in drawn_empty(DOCUMENT).items()
    }  # fmt: skip


def by_curve(text: str) -> dict[tuple[str, str, str], np.ndarray]:
    """Time and value of every curve of a table."""
    found: dict[tuple[str, str, str], list[tuple[float, float]]] = {}
    for row in csv.DictReader(io.StringIO(text)):
        point = float(row["time axis [h]"]), float(row["value"] or "nan")
        found.setdefault((row["panel"], row["curve"], row["drawn as"]), []).append(point)
    return {key: np.array(points).T for key, points in found.items()}


@pytest.mark.usefixtures("without_compiling")
@settings(max_examples=12, deadline=None)
@given(addresses())
def test_screen_figure_and_table_hold_the_same_numbers(text: str) -> None:
    found = work(read_each(text))
    figure, seen = drawn(found), on_screen(text)
    axes = {ax.get_title(loc="left").partition(" (")[0].partition(":")[0]: ax for ax in figure.axes}
    for panel in PANELS:
        ax = axes.get(panel.title.partition(":")[0])
        if ax is None:
            # a drug that has none of it leaves no panel, neither here nor there
            assert panel.name == "inflammation"
            assert seen[panel.name] == []
            continue
        lines = [line.get_data() for line in ax.lines if " " in (line.get_gid() or "")]
        shown = [(time, value) for kind, time, value in seen[panel.name] if kind == "Line"]
        assert sorted(map(_key, lines)) == sorted(map(_key, shown))
        bands = [one for one in ax.collections if isinstance(one, PolyCollection)]
        areas = [(time, value) for kind, time, value in seen[panel.name] if kind == "VArea"]
        assert len(bands) == len(areas)
        for band, (time, low) in zip(bands, areas, strict=True):
            corners = {(x, y) for x, y in np.asarray(band.get_paths()[0].vertices).tolist()}
            assert corners >= set(zip(np.asarray(time).tolist(), np.asarray(low).tolist(), strict=True))
        # the same stretch of time, the same kind of axis
        assert found.times is not None
        assert ax.get_xlim() == found.times.spans[panel.near]
        assert ax.get_yscale() == ("log" if panel.log else "linear")
        assert ax.get_ylabel() == panel.axis
    for place, part in found.good.items():
        points = by_curve(table(part.numbers, {}))
        expected = _of_numbers(part.numbers)
        assert points.keys() == expected.keys()
        for key, (time, value) in expected.items():
            np.testing.assert_array_equal(points[key], [time, value])
        assert part.words["words"] in figure.get_suptitle().replace("\n", " ")
        wedges = [one for one in axes["Blocked hours of the day"].patches if one.get_gid() == f"{'AB'[place]} blocked"]
        hours = sum((one.theta2 - one.theta1) % 360 / 15 for one in wedges if isinstance(one, Wedge))
        assert f"{'AB'[place]}: {hours:.1f} h" == part.numbers["said"]["said"][0]
    notes = " ".join(text.get_text().replace("\n", " ") for text in figure.texts)
    assert all(line in notes for line in found.evidence)


def _key(curve: Any) -> tuple[int, bytes, bytes]:
    time, value = (np.asarray(np.ma.filled(one, np.nan), dtype=float) for one in curve)
    return len(time), time.tobytes(), value.tobytes()


def _of_numbers(found: Any) -> dict[tuple[str, str, str], tuple[Any, Any]]:
    """What a table must hold, told by panel, curve and group alone."""
    short = len(found["whole"]["time"]) == 0
    expected = {}
    for panel in PANELS:
        curves = [curve for curve in panel.curves if curve.name in found["near" if panel.near else "means"]]
        for curve in curves:
            named = (
                {"line": "near"}
                if panel.near
                else {"line": "means"}
                if short
                else {"thick line": "means", "thin line": "whole"}
            )
            for drawn_as, group in named.items():
                if len(found[group]["time"]):
                    columns = found[group]
                    expected[panel.name, curve.title, drawn_as] = columns["time"], columns[curve.name]
        bands = found.get("near_bands" if panel.near else "whole_bands")
        for end in ENDS if bands and curves else ():
            first = curves[0]
            expected[panel.name, first.title, f"{end} end of the band of 90 %"] = (
                bands["time"],
                bands[f"{first.name}_{end}"],
            )
    return expected


def test_bands_of_people_are_in_the_figure_of_both_scenarios() -> None:
    alone, people = (drawn(work(read_each(f"days=4&b.days=5&people={many}"))) for many in (0, 20))
    for figure, per_panel in ((alone, 0), (people, 2)):
        bands = [[one for one in ax.collections if isinstance(one, PolyCollection)] for ax in figure.axes]
        assert [len(one) for one in bands] == [per_panel] * 2 + [0] + [per_panel] * 3
    assert "20 people" in people.get_suptitle().replace("\n", " ")


def test_a_stretch_that_was_zoomed_is_the_stretch_of_the_files() -> None:
    found = work(read_each("days=9"))
    assert found.times is not None
    figure = sheet(found.numbers, found.times.of({True: (30.0, 40.0)}), {}, found.evidence)
    assert figure.axes[0].get_xlim() == (30.0, 40.0)
    assert figure.axes[3].get_xlim() == found.times.spans[False]
    times = by_curve(file("A.csv", "days=9&near=30,40")[1].decode())
    assert times["plasma", "naltrexone", "line"][0].min() >= 30
    assert times["plasma", "naltrexone", "line"][0].max() <= 40
    assert times["tone", "net opioid tone", "thick line"].shape == (2, 9)


def test_files_of_the_scenario_that_is_right_can_be_had_beside_one_that_is_wrong() -> None:
    text = "dose=999&b.dose=3&b.days=2"
    assert file("B_run.csv", text) == file("A_run.csv", "dose=3&days=2")
    assert file("figure.png", text)[1].startswith(b"\x89PNG")
    with pytest.raises(InputError, match="dose: got '999'"):
        file("A.csv", text)
    with pytest.raises(InputError, match="dose: got '999'"):
        file("figure.png", "dose=999&b.dose=nan")


@pytest.mark.usefixtures("without_compiling")
def test_two_drugs_stand_side_by_side_and_each_file_is_of_its_own() -> None:
    text = "dose=4.5&days=2&b.drug=nalmefene&b.dose=18&b.days=2"
    found = work(read_each(text))
    figure = drawn(found)
    legend = figure.axes[0].get_legend()
    assert legend is not None
    assert [one.get_text() for one in legend.get_texts()] == ["naltrexone", "6-beta-naltrexol", "nalmefene"]
    assert {str(line.get_gid())[0] for line in figure.axes[5].lines if " " in (line.get_gid() or "")} == {"A"}
    told = json.loads(answer(read_each(text)))
    assert told["panels"]["plasma"] == ["plasma_ntx", "plasma_bnx6", "plasma_nalmefene"]
    assert [told["cards"][letter]["option"] for letter in "AB"] == ["", ", the former with --drug nalmefene"]
    assert [line.split(" (")[0] for line in told["evidence"]] == [
        "Assumptions: popular",
        "Assumptions: nalmefene popular",
    ]
    curves = {key[1] for key in by_curve(file("B.csv", text)[1].decode())}
    assert "nalmefene" in curves
    assert not curves & {"naltrexone", "cytokine index", "TLR4 inhibited"}
