"""The explorer as a visitor meets it: its server, its files, and its page in a real browser."""

from __future__ import annotations

import contextlib
import csv
import http.client
import math
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, NamedTuple
from urllib.parse import quote

import numpy as np
import pytest

import ldnsim as ldn
from ldnsim import InputError
from ldnsim.explorer.address import Shown, query
from ldnsim.explorer.controls import GROUPS
from ldnsim.explorer.scenario import Scenario
from ldnsim.explorer.server import ADDRESS, server
from ldnsim.plots.panels import footer_text

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
    # nothing but this machine can be reached
    f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {ADDRESS}",
]  # fmt: skip
PATIENCE = 120_000
"""How long a test waits for the page, compiling included [ms]."""

SETTLED = "location.search.slice(1) === document.body.dataset.shown"

in_a_browser = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")


@contextlib.contextmanager
def started(log: IO[str] | None = None) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A server started as a user starts it, and its port."""
    code = "from ldnsim.cli import main; main(['explore', '--port', '0', '--no-browser'])"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=log, text=True) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        try:
            yield process, int(said.partition(f"http://{ADDRESS}:")[2].partition("/")[0])
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The port of a server that is there for all tests."""
    with started() as (_, port):
        yield port


class Answer(NamedTuple):
    """What a server answers."""

    status: int
    headers: dict[str, str]
    body: bytes


def get(port: int, path: str, **headers: str) -> Answer:
    """A request as any program can make it."""
    with contextlib.closing(http.client.HTTPConnection(ADDRESS, port, timeout=60)) as connection:
        connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return Answer(answer.status, dict(answer.getheaders()), answer.read())


def test_it_is_served_to_this_machine_alone(port: int) -> None:
    assert get(port, "/").status == 200
    # a server that listened to every network would answer here as well
    with pytest.raises(OSError, match=r"refused|unreachable|requested address"):
        socket.create_connection(("127.0.0.2", port), timeout=5)


def test_a_page_of_another_site_cannot_talk_to_it(port: int) -> None:
    assert get(port, "/answer", Origin="http://example.org").status == 403
    assert get(port, "/A.csv", Host="example.org").status == 403
    assert get(port, "/figure.png", Sec_Fetch_Site="cross-site").status == 403


def test_the_page_names_nothing_outside(port: int) -> None:
    page = get(port, "/").body.decode()
    assert "http://" not in page.replace(f"http://{ADDRESS}", "")
    assert "https://" not in page
    assert page.count("not medical advice") == 1


def test_files_are_those_of_the_library(port: int, tmp_path: Path) -> None:
    shown = Shown(Scenario(days=3), Scenario(days=2, dose=1))
    for place, letter in enumerate("AB"):
        answer = get(port, f"/{letter}_run.csv?{query(shown)}")
        assert answer.body.decode() == shown.scenarios[place].run().csv()
        assert answer.headers["Content-Disposition"] == f'attachment; filename="ldnsim_{letter}_run.csv"'
    for one in (shown, Shown(Scenario(days=3))):
        picture = get(port, f"/figure.png?{query(one)}")
        assert picture.headers["Content-Type"] == "image/png"
        assert picture.body.startswith(b"\x89PNG")
        assert len(picture.body) > 30_000
        (tmp_path / "figure.png").write_bytes(picture.body)
        found = ldn.replay(tmp_path / "figure.png")
        assert found.same
        assert list(found.runs) == ["A", "B"][: len(one.scenarios)]


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/A.csv?days=85", 400, "days: got 85"),
        ("/A.csv?" + "a" * 2001, 400, "at most 2000 characters"),
        ("/B.csv?dose=3", 400, "a scenario that the address names"),
        ("/figure.png?at=<script>", 400, "at: got '<script>'"),
        ("/C.csv", 404, ""),
        ("/../../etc/passwd", 404, ""),
        ("/C_run.csv", 404, ""),
        ("/static/..%2f..%2f..%2fetc/passwd", 404, ""),
        ("/static/js/../js/bokeh.min.js", 404, ""),
        ("/static/js/bokeh.min.js%00", 404, ""),
        ("/autoload.js?bokeh-autoload-element=x", 404, ""),
        ("/metadata", 404, ""),
        ("/page.py", 404, ""),
        ("/figure.png?near=3,2", 400, "near: got '3,2'"),
        ("/figure.png?near=1,2&near=1,2", 400, "one stretch"),
        ("/A.csv?whole=nan,1", 400, "whole: got 'nan'"),
        ("/A.csv?dose=4&b.dose=x&x=1", 400, "address: got 'x'"),
        ("/B.csv?b.dose=x", 400, "b.dose: got 'x'"),
    ],
)
def test_what_cannot_be_had_is_refused(port: int, path: str, status: int, says: str) -> None:
    answer = get(port, path.replace("<", "%3C").replace(">", "%3E"))
    assert answer.status == status
    assert says in answer.body.decode()
    if status == 400:
        assert answer.headers["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize("wanted", [-1, 70000])
def test_a_port_that_is_none_is_refused(wanted: int) -> None:
    with pytest.raises(InputError, match="a port of this machine"):
        server(wanted)


def test_a_port_that_is_taken_is_refused(port: int) -> None:
    with pytest.raises(InputError, match="that is free"):
        server(port)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A real browser that cannot reach any other machine."""
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


def until(page: Any, condition: str) -> None:
    """Wait for a condition; the browser's own way to wait would need a script that the page forbids."""
    for _ in range(PATIENCE // 20):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(20)
    raise AssertionError(f"{condition} did not come true")


class Visit:
    """A page and what was wrong with it."""

    def __init__(self, browser: Any, port: int, asked: str = "", width: int = 1280) -> None:
        self.page = browser.new_page(viewport={"width": width, "height": 900}, locale="de-DE")
        self.page.set_default_timeout(PATIENCE)
        self.outside: list[str] = []
        self.errors: list[str] = []
        self.page.on("request", lambda sent: self.outside.append(sent.url) if ADDRESS not in sent.url else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)
        self.page.goto(f"http://{ADDRESS}:{port}/{asked}")
        self.page.wait_for_selector("body[data-shown]")

    def settled(self) -> None:
        """Wait until the page shows what its address says."""
        until(self.page, SETTLED)
        assert self.message == "" or not self.message.startswith("Working")

    @property
    def message(self) -> str:
        return str(self.page.inner_text("#message"))

    def problem(self, letter: str = "A") -> str:
        return self.said(letter, "problem")

    def words(self, letter: str = "A") -> str:
        return self.said(letter, "words")

    def said(self, letter: str, what: str) -> str:
        text = self.page.text_content(f'[data-card="{letter}"] [data-said="{what}"]')
        return str(text).replace("\N{NO-BREAK SPACE}", " ")

    def move(self, name: str, value: str) -> None:
        """Move a control as a visitor does, in the group where it is."""
        control = self.page.locator(f'[id="{name}"]')
        control.evaluate("one => one.closest('details')?.setAttribute('open', '')")
        if control.evaluate("one => one.tagName") == "SELECT":
            control.select_option(value)
        elif control.get_attribute("type") == "range":
            self.page.locator(f'[data-slider="{name}"]').fill(value)
        else:
            control.fill(value)

    def set(self, name: str, value: str) -> None:
        """Move a control and wait for what comes of it."""
        self.move(name, value)
        self.settled()

    def close(self) -> None:
        """Leave, and look back."""
        self.page.close()
        assert self.outside == []
        assert self.errors == []


@in_a_browser
def test_it_opens_with_the_usual_scenario(browser: Any, port: int) -> None:
    visit = Visit(browser, port)
    run = Scenario().run()
    assert visit.words() == run.summary().in_words()
    assert visit.words().startswith("last 24 h: half of mu receptors held 5.1 h of 24 (22:28 to 03:")
    assert visit.page.inner_text("#evidence") == footer_text(run.data)
    assert visit.message == ""
    assert visit.page.locator("[data-card=B]").first.is_hidden()
    assert visit.page.locator(".panels canvas").count() >= 6
    line = visit.page.inner_text('[data-card="A"] [data-said="python"]')
    assert eval(line, {"ldn": ldn}).summary().in_words() == visit.words()
    visit.close()


MOVES: tuple[tuple[tuple[dict[str, str], dict[str, Any]], ...], ...] = (
    # each from where the one before has left the page
    (
        ({"dose": "3"}, {"dose": 3}),
        ({"schedule": "twice daily"}, {"schedule": "twice daily"}),
        ({"at": "08:00"}, {"at": "08:00"}),
        ({"days": "50"}, {"days": 50}),
        ({"steps": "3", "step_days": "5"}, {"steps": 3, "step_days": 5}),
        ({"missed": "0.3", "seed": "4"}, {"missed": 0.3, "seed": 4}),
        ({"formulation": "liquid"}, {"formulation": "liquid"}),
        ({"weight": "110"}, {"weight": 110}),
        ({"liver": "decompensated"}, {"liver": "decompensated"}),
        ({"creatinine_clearance": "20"}, {"creatinine_clearance": 20}),
        ({"dose": "50"}, {"dose": 50}),
    ),
    (
        # what changes every axis
        ({"account": "measured"}, {"assumptions": "measured"}),
        # one of them changed
        ({"tlr4": "off"}, {"assumptions": "measured,tlr4=off"}),
        ({"exposure": "ldn24"}, {"assumptions": "measured,tlr4=off,exposure=ldn24"}),
        ({"blockade": "functional"}, {"assumptions": "measured,tlr4=off,exposure=ldn24,blockade=functional"}),
        # the same account, choice by choice
        ({"account": "popular"}, {"assumptions": "popular"}),
        (
            {"isomers": "0", "site": "pet", "tlr4": "in-vitro", "rebound": "conservative"},
            {"assumptions": "measured"},
        ),
    ),
    (
        ({"weight": "60", "dose": "18.5"}, {"weight": 60, "dose": 18.5}),
        ({"drug": "nalmefene"}, {"drug": "nalmefene", "weight": 70}),
        # on an axis that it has
        ({"rebound": "conservative"}, {"assumptions": "popular,rebound=conservative"}),
        # what it has not is as it was
        ({"drug": "naltrexone"}, {"drug": "naltrexone", "weight": 60}),
    ),
)
"""Moves of a visitor, and what they change of the scenario: what is taken and by whom, which account, which drug."""


def test_every_control_is_moved() -> None:
    moved = {name for steps in MOVES for moves, _ in steps for name in moves}
    assert moved == {control.name for _, controls in GROUPS for control in controls}


@in_a_browser
@pytest.mark.parametrize("steps", MOVES, ids=["what is taken and by whom", "under which account", "which drug"])
def test_every_control_does_what_the_library_does(
    browser: Any, port: int, steps: tuple[tuple[dict[str, str], dict[str, Any]], ...]
) -> None:
    visit, wanted = Visit(browser, port), Scenario()
    for moves, changed in steps:
        for name, value in moves.items():
            visit.move(name, value)
        visit.settled()
        wanted = replace(wanted, **changed)
        run = wanted.run()
        assert visit.words() == run.summary().in_words()
        assert visit.page.inner_text("#evidence") == footer_text(run.data)
        assert eval(visit.page.inner_text('[data-card="A"] [data-said="python"]'), {"ldn": ldn}).data.identical(
            run.data
        )
    visit.close()


@in_a_browser
def test_a_slider_can_be_moved_by_keyboard(browser: Any, port: int) -> None:
    visit = Visit(browser, port)
    slider = visit.page.locator("#scenario-A").get_by_role("slider", name="Dose [mg]")
    slider.focus()
    for _ in range(5):
        visit.page.keyboard.press("ArrowRight")
    visit.settled()
    assert visit.page.locator('[data-slider="dose"]').input_value() == "5"
    assert visit.words() == Scenario(dose=5).run().summary().in_words()
    visit.page.keyboard.press("Tab")
    assert visit.page.evaluate("document.activeElement.dataset.slider") == "dose"
    visit.close()


@in_a_browser
def test_moves_in_a_burst_end_where_the_last_one_is(browser: Any, port: int) -> None:
    visit = Visit(browser, port)
    visit.page.evaluate(
        """() => { const slider = document.getElementById("dose");
        for (let k = 1; k <= 60; k++) { slider.value = String(k / 10);
        slider.dispatchEvent(new Event("input", { bubbles: true })); } }"""
    )
    visit.settled()
    assert visit.words() == Scenario(dose=6).run().summary().in_words()
    visit.close()


MOVE = """{ const slider = document.getElementById("dose"); slider.value = "2";
    slider.dispatchEvent(new Event("input", { bubbles: true })); }"""


@in_a_browser
@pytest.mark.parametrize("before", ["the script", "the server"])
def test_a_move_before_anything_listens_is_not_lost(browser: Any, port: int, before: str) -> None:
    page, held = browser.new_page(), []
    page.set_default_timeout(PATIENCE)
    if before == "the script":
        page.route("**/page.js", lambda route: held.append(route))
    else:
        # the script has run by then, and no message can have come
        page.add_init_script(f"addEventListener('DOMContentLoaded', () => {MOVE})")
    page.goto(f"http://{ADDRESS}:{port}/", wait_until="commit")
    page.wait_for_selector("#dose", state="attached")
    if before == "the script":
        page.evaluate(f"() => {MOVE}")
        until(page, "document.getElementById('dose').value === '2'")
        held[0].continue_()
    until(page, f"location.search && {SETTLED}")
    words = page.text_content('[data-card="A"] [data-said="words"]').replace("\N{NO-BREAK SPACE}", " ")
    assert words == Scenario(dose=2).run().summary().in_words()
    page.close()


@in_a_browser
def test_a_visitor_is_told_that_the_server_has_gone(browser: Any) -> None:
    with started() as (process, port):
        page = browser.new_page()
        page.goto(f"http://{ADDRESS}:{port}/")
        page.wait_for_selector("body[data-shown]")
        process.terminate()
        process.wait()
        page.evaluate(f"() => {MOVE}")
        until(page, "document.getElementById('message').textContent.startsWith('The server does not answer')")
        page.close()


@in_a_browser
def test_two_scenarios_and_people(browser: Any, port: int) -> None:
    visit = Visit(browser, port)
    visit.page.get_by_label("Compare with a second scenario").check()
    visit.set("b.dose", "50")
    visit.set("people", "40")
    for letter, scenario in (("A", Scenario()), ("B", Scenario(dose=50))):
        assert visit.words(letter) == scenario.run().summary().in_words()
        assert visit.said(letter, "people") == scenario.people(40).summary().in_words()
    assert "People: 40 people, seed 1" in visit.page.inner_text("#evidence")
    visit.page.get_by_label("Compare with a second scenario").uncheck()
    visit.settled()
    assert visit.page.locator("[data-card=B]").first.is_hidden()
    visit.close()


@in_a_browser
def test_an_address_restores_the_page(browser: Any, port: int) -> None:
    shown = Shown(Scenario(dose=2, missed=0.2, assumptions="measured,isomers=0.3"), Scenario(at="07:30", weight=50), 20)
    visit = Visit(browser, port, f"?{query(shown)}")
    for letter, scenario in zip("AB", shown.scenarios, strict=True):
        assert visit.words(letter) == scenario.run().summary().in_words()
    assert visit.page.locator('[id="account"]').input_value() == "a mixture"
    assert visit.page.locator('[data-axis="isomers"]').input_value() == "0.3"
    assert visit.page.locator('[id="b.at"]').input_value() == "07:30"
    # what the page now says of itself brings it back once more
    visit.set("dose", "2.5")
    again = Visit(browser, port, visit.page.evaluate("location.search"))
    assert again.words() == visit.words()
    assert again.words("B") == visit.words("B")
    again.close()
    visit.close()


@in_a_browser
def test_what_an_address_said_is_forgotten_with_the_next_move(browser: Any, port: int) -> None:
    visit = Visit(browser, port, "?dose=nan")
    assert visit.problem() != ""
    visit.set("dose", "3")
    assert visit.message + visit.problem() == ""
    visit.close()


@in_a_browser
@pytest.mark.parametrize(
    "asked",
    [
        "dose=nan",
        "dose=4&dose=5",
        "people=100000",
        "days=999999",
        "at=" + quote("<img src=x onerror=document.title='taken'>"),
        "x=" + quote("{{ 7 * 7 }}"),
        "assumptions=" + quote("__import__('os').system('true')"),
        "%00=%ff&=&&b.=",
        "dose=" + "9" * 3000,
    ],
)
def test_nonsense_in_the_address_is_told_and_does_no_harm(browser: Any, port: int, asked: str) -> None:
    visit = Visit(browser, port, f"?{asked}")
    told = visit.message or visit.problem()
    assert told.startswith("This address cannot be shown; here is the usual scenario instead.")
    assert "49" not in told
    assert visit.words() == Scenario().run().summary().in_words()
    assert visit.page.title() == "ldnsim explorer"
    assert visit.page.locator("img").count() == 0
    visit.close()


@in_a_browser
@pytest.mark.parametrize(
    ("moves", "says"),
    [
        ({"dose": "401"}, "dose: got '401', expected a finite number from 0.001 to 400"),
        ({"dose": ""}, "dose: got '', expected a finite number"),
        ({"days": "85"}, "days: got 85, expected a whole number from 1 to 84"),
        ({"people": "501"}, "people: got 501, expected a whole number from 0 to 500"),
        ({"steps": "6"}, "days: got 28, expected more than the 35 days"),
        ({"formulation": "depot"}, "schedule: got 'daily', expected once, weekly or every 4 weeks for a depot"),
    ],
    ids=str,
)
def test_what_goes_beyond_a_limit_is_told_and_nothing_is_shown(
    browser: Any, port: int, moves: dict[str, str], says: str
) -> None:
    visit = Visit(browser, port)
    for name, value in moves.items():
        visit.set(name, value)
    assert says in (visit.message or visit.problem())
    assert visit.words() == ""
    assert visit.page.locator("[data-files]").is_hidden()
    assert visit.page.locator("[data-card=A][data-whole]").is_hidden()
    visit.close()


@in_a_browser
@pytest.mark.parametrize(("wrong", "other"), [("A", "B"), ("B", "A")])
def test_an_error_in_one_scenario_leaves_the_other(browser: Any, port: int, wrong: str, other: str) -> None:
    visit = Visit(browser, port, "?dose=3&b.dose=2&people=20")
    shown = visit.words(other), visit.said(other, "people")
    visit.set({"A": "days", "B": "b.days"}[wrong], "85")
    assert visit.problem(wrong).startswith({"A": "days: got 85", "B": "b.days: got 85"}[wrong])
    assert visit.words(wrong) == ""
    assert (visit.words(other), visit.said(other, "people")) == shown
    assert visit.message + visit.problem(other) == ""
    # and what is shown can be taken away
    with visit.page.expect_download() as waiting:
        visit.page.get_by_role("link", name="PNG").click()
    assert Path(waiting.value.path()).read_bytes().startswith(b"\x89PNG")
    visit.set({"A": "days", "B": "b.days"}[wrong], "28")
    assert visit.problem(wrong) == ""
    assert visit.words(wrong) != ""
    visit.close()


@in_a_browser
def test_what_a_drug_has_not_is_not_shown(browser: Any, port: int) -> None:
    visit = Visit(browser, port, "?drug=nalmefene&dose=18&days=3")

    def seen() -> dict[str, bool]:
        visit.page.evaluate("document.querySelectorAll('#scenario-A details').forEach(one => one.open = true)")
        places = ("#weight", "#isomers", "#site", '[data-panel="inflammation"]', '[data-curve="plasma_ntx"]')
        return {place: visit.page.locator(place).is_visible() for place in places}

    of_nalmefene = dict.fromkeys(seen(), False) | {"#site": True}
    assert seen() == of_nalmefene
    assert visit.page.locator("#dose").get_attribute("max") == "40.0"
    offered = "[...document.getElementById('formulation').options].filter(one => !one.disabled).map(one => one.value)"
    assert visit.page.evaluate(offered) == ["capsule", "intravenous"]
    assert "with --drug nalmefene" in visit.said("A", "option")
    visit.set("drug", "naltrexone")
    assert all(seen().values())
    # a figure that was not shown until now has its place and size
    assert visit.page.locator("#figure-inflammation canvas").first.bounding_box()["width"] > 200
    assert visit.page.evaluate(offered)[1] == "liquid"
    assert visit.words() == Scenario(dose=18, days=3).run().summary().in_words()
    visit.move("formulation", "liquid")
    visit.set("drug", "nalmefene")
    assert seen() == of_nalmefene
    assert visit.page.locator("#formulation").input_value() == "capsule"
    visit.close()


@in_a_browser
def test_a_zoomed_page_is_taken_away_zoomed(browser: Any, port: int, tmp_path: Path) -> None:
    visit = Visit(browser, port, "?days=10")
    visit.page.evaluate("Bokeh.documents[0].get_model_by_name('whole').setv({ start: 100, end: 150 })")
    with visit.page.expect_download() as waiting:
        visit.page.get_by_role("link", name="Numbers of A as drawn (CSV)").click()
    waiting.value.save_as(tmp_path / "A.csv")
    rows = list(csv.DictReader((tmp_path / "A.csv").read_text().splitlines()))
    hours = [float(row["time axis [h]"]) for row in rows if row["panel"] == "tone"]
    assert 100 <= min(hours) < 101
    assert 149 < max(hours) <= 150
    # another scenario shows its own whole course again, on the screen as in the files
    visit.set("days", "12")
    assert visit.page.evaluate("Bokeh.documents[0].get_model_by_name('whole').end") == 22 + 12 * 24
    assert "whole=" not in visit.page.get_by_role("link", name="SVG").get_attribute("href")
    visit.close()


@in_a_browser
def test_numbers_and_figure_can_be_downloaded(browser: Any, port: int, tmp_path: Path) -> None:
    visit = Visit(browser, port, "?dose=3&days=4")
    for label, name in (
        ("whole run of A (CSV)", "ldnsim_A_run.csv"),
        ("PNG", "ldnsim_figure.png"),
        ("SVG", "ldnsim_figure.svg"),
    ):
        with visit.page.expect_download() as waiting:
            visit.page.get_by_role("link", name=label).click()
        assert waiting.value.suggested_filename == name
        waiting.value.save_as(tmp_path / name)
    assert (tmp_path / "ldnsim_A_run.csv").read_text() == Scenario(dose=3, days=4).run().csv()
    assert (tmp_path / "ldnsim_figure.png").read_bytes().startswith(b"\x89PNG")
    visit.close()


@in_a_browser
def test_what_is_wrong_stands_beside_its_field(browser: Any, port: int) -> None:
    visit = Visit(browser, port, "?b.dose=3")
    visit.move("b.dose", "0.0009")
    visit.set("b.weight", "3")
    for name, says in (("b.dose", "from 0.001 to 400"), ("b.weight", "from 40 to 150")):
        field = visit.page.locator(f'[data-slider="{name}"]')
        assert field.get_attribute("aria-invalid") == "true"
        told = visit.page.locator(f'[id="{field.get_attribute("aria-describedby")}"]')
        assert told.is_visible()
        assert told.inner_text() == f"Expected a finite number {says}."
    assert visit.page.locator("[aria-invalid]").count() == 2
    visit.move("b.weight", "60")
    visit.set("b.dose", "0.001")
    assert visit.page.locator("[aria-invalid]").count() == 0
    assert visit.words("B") == Scenario(dose=0.001, weight=60).run().summary().in_words()
    visit.close()


@in_a_browser
def test_what_no_slider_can_show_is_shown_as_the_address_says(browser: Any, port: int) -> None:
    visit = Visit(browser, port, "?dose=0.0123&b.dose=50&b.weight=70.5")
    assert visit.page.evaluate("location.search") == "?dose=0.0123&b.dose=50&b.weight=70.5"
    assert visit.words("A") == Scenario(dose=0.0123).run().summary().in_words()
    assert visit.words("B") == Scenario(dose=50, weight=70.5).run().summary().in_words()
    visit.close()


NUMBERS = """() => Object.fromEntries(["near", "means", "whole", "near_bands"].map((group) => {
    const source = Bokeh.documents[0].get_model_by_name("A " + group);
    return [group, Object.fromEntries(source.columns().map((name) => [name, Array.from(source.get_column(name))]))];
}))"""


@in_a_browser
def test_what_is_taken_away_is_what_the_browser_draws(browser: Any, port: int, tmp_path: Path) -> None:
    visit = Visit(browser, port, "?dose=2.5&days=4&people=20")
    seen = visit.page.evaluate(NUMBERS)
    with visit.page.expect_download() as waiting:
        visit.page.get_by_role("link", name="Numbers of A as drawn (CSV)").click()
    waiting.value.save_as(tmp_path / "A.csv")
    found: dict[tuple[str, str, str], list[tuple[float, float]]] = {}
    for row in csv.DictReader((tmp_path / "A.csv").read_text().splitlines()):
        point = float(row["time axis [h]"]), float(row["value"] or "nan")
        found.setdefault((row["panel"], row["curve"], row["drawn as"]), []).append(point)
    for key, group, column in (
        (("plasma", "naltrexone", "line"), "near", "plasma_ntx"),
        (("tone", "net opioid tone", "thick line"), "means", "tone"),
        (("tone", "net opioid tone", "thin line"), "whole", "tone"),
        (("blockade", "mu held", "low end of the band of 90 %"), "near_bands", "occupancy_mor_low"),
    ):
        drawn = [math.nan if value is None else value for value in seen[group][column]]
        np.testing.assert_array_equal(np.array(found[key]).T, [seen[group]["time"], drawn])
    given = Scenario(dose=2.5, days=4)
    assert ldn.Regimen.parse(visit.said("A", "line")).diary() == given.regimen.diary()
    visit.close()


@in_a_browser
def test_measurements_are_shown_when_they_are_asked_for(browser: Any, port: int) -> None:
    visit = Visit(browser, port, "?dose=2&schedule=once&days=2")
    values = "Array.from(Bokeh.documents[0].get_model_by_name('A measured blockade').get_column('value'))"
    assert visit.page.evaluate(values) == []
    visit.page.get_by_label("Show what was measured").check()
    visit.settled()
    assert visit.page.evaluate(values) == [0.27]
    assert "RO001: mu held 0.27, 4 h after the first dose" in visit.page.inner_text("#evidence")
    visit.set("dose", "2.1")
    assert visit.page.evaluate(values) == []
    assert "holds nothing measured after just these doses" in visit.page.inner_text("#evidence")
    visit.close()


@in_a_browser
@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_printed_it_fills_one_page(browser: Any, port: int, paper: str) -> None:
    visit = Visit(browser, port, "?b.dose=50&b.assumptions=measured&points=1")
    pages = visit.page.pdf(format=paper).count(b"/Type /Page\n")
    assert pages == 1
    # as many pictures of figures as there are figures
    visit.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert visit.page.locator("canvas.printed").count() == 6
    visit.page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert visit.page.locator("canvas.printed").count() == 0
    visit.close()


@in_a_browser
def test_on_a_projector_letters_and_lines_are_larger_and_back(browser: Any, port: int) -> None:
    size = """() => { const [root] = Bokeh.documents[0].roots(); const lines = root.renderers.map((one) => one.glyph)
        .filter((one) => one.type === "Line").map((one) => one.line_width.value ?? one.line_width);
        return [root.height, parseFloat(root.below[0].major_label_text_font_size), lines[0],
                parseFloat(getComputedStyle(document.body).fontSize)]; }"""
    visit = Visit(browser, port)
    plain = visit.page.evaluate(size)
    visit.page.get_by_label("Projector size").check()
    assert all(large >= 1.45 * usual for large, usual in zip(visit.page.evaluate(size), plain, strict=True))
    # the address keeps it through moves
    visit.set("dose", "3")
    assert visit.page.evaluate("location.hash") == "#large"
    visit.page.get_by_label("Projector size").uncheck()
    assert visit.page.evaluate(size) == plain
    visit.close()


@in_a_browser
@pytest.mark.parametrize(
    ("scheme", "asked"),
    [
        ("light", "?b.dose=500&people=20&points=1"),
        ("dark", "?b.dose=500&people=20&points=1"),
        ("dark", "?drug=nalmefene&dose=18&b.dose=18&points=1"),
    ],
)
def test_the_page_is_accessible_and_fits(browser: Any, port: int, scheme: Any, asked: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    visit = Visit(browser, port, asked)
    visit.page.emulate_media(color_scheme=scheme)
    visit.page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    dark = visit.page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"
    assert dark is (scheme == "dark")
    for width in (360, 768, 1440):
        visit.page.set_viewport_size({"width": width, "height": 900})
        assert visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        found = axe.Axe().run(visit.page)
        assert found.violations_count == 0, found.generate_report()
    visit.close()
