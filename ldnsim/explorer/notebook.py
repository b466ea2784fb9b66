"""The explorer inside a notebook: the same controls, and the figure that its page gives to take away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from ..base.errors import InputError, LdnsimError, MissingExtra
from ..ledger.assumptions import BUNDLES, Assumptions
from ..study.person_run import Simulation
from .address import SECOND, Shown, read_each
from .controls import GROUPS, MIXTURE, PEOPLE, Control, axes, suited, values
from .panels import LETTERS
from .scenario import Scenario
from .work import Found, picture, work

if TYPE_CHECKING:
    from ipywidgets import Widget

_NARROW, _FIELD = "26rem", "5.5rem"
"""Width of the controls, and of what is typed beside a slider."""


class Controls:
    """Controls of one or two scenarios and, beside them, their figure and words; each move draws anew.

    Shown by being the last line of a cell. What the controls say is checked as the address of the page is.

    Parameters
    ----------
    first : Scenario
        What the controls show at first.
    second : Scenario, optional
        Another scenario beside it.
    people : int
        How many people bands are drawn of; 0 for none.

    Attributes
    ----------
    runs : tuple of Simulation
        What is shown, for further lines of Python.
    python : tuple of str
        A line for each of them, which gives the same numbers.
    problem : str
        Why nothing is shown, or one of two scenarios is not; empty where nothing is wrong.

    Raises
    ------
    MissingExtra
        Without the extra ``notebook``.

    Examples
    --------
    >>> controls = Controls(Scenario(dose=3, days=2))  # doctest: +SKIP
    >>> controls.runs[0].summary()  # doctest: +SKIP
    """

    def __init__(self, first: Scenario | None = None, second: Scenario | None = None, *, people: int = 0) -> None:
        try:
            import ipywidgets as widgets
        except ImportError:
            raise MissingExtra("ipywidgets", "notebook") from None
        self._widgets = widgets
        shown = Shown(first or Scenario(), second, people)
        # nothing is shown before everything is there
        self._held = True
        self._fields: dict[str, Any] = {}
        self._wrong: dict[str, Any] = {}
        self._rows: dict[str, Any] = {}
        self._sliders: dict[str, Any] = {}
        sides = [
            self._side(prefix, scenario)
            for prefix, scenario in (("", shown.first), (SECOND, shown.second or shown.first))
        ]
        for prefix in ("", SECOND):
            self._suit(prefix)
        self._tabs = widgets.Tab(sides, titles=[f"Scenario {letter}" for letter in LETTERS])
        self._beside = widgets.Checkbox(second is not None, description="Compare with B", indent=False)
        self._points = widgets.Checkbox(False, description="What was measured after the same doses", indent=False)
        for box in (self._beside, self._points):
            box.observe(self._moved, "value")
        self._figure = widgets.Image(format="png", layout={"max_width": "60rem", "width": "100%"})
        self._words = widgets.Label()
        whom = self._row(PEOPLE, "people", str(shown.people))
        left = widgets.VBox([self._beside, self._tabs, whom, self._points], layout={"width": _NARROW, "flex": "none"})
        self._all = widgets.HBox([left, widgets.VBox([self._words, self._figure], layout={"flex": "1 1 auto"})])
        self._held = False
        self._moved()

    def _side(self, prefix: str, scenario: Scenario) -> Widget:
        shown = values(scenario)
        groups = [
            self._widgets.VBox([self._row(one, prefix + one.name, str(shown[one.name])) for one in controls])
            for _, controls in GROUPS
        ]
        return self._widgets.Accordion(groups, titles=[title for title, _ in GROUPS], selected_index=0)

    def _row(self, one: Control, name: str, value: str) -> Widget:
        """A control under its label, and below it what is wrong with it."""
        widgets = self._widgets
        self._wrong[name] = widgets.Label(style={"text_color": "#a3261b"}, layout={"display": "none"})
        if one.options:
            control = widgets.Dropdown(options=one.options, value=value, layout={"width": "auto"})
            field = control
        elif one.end == one.begin:
            control = field = widgets.Text(value, continuous_update=False, layout={"width": _FIELD})
        else:
            field = widgets.FloatText(float(value), layout={"width": _FIELD})
            slider = self._sliders[name] = widgets.FloatSlider(
                min(max(float(value), one.begin), one.end), min=one.begin, max=one.end, step=one.step,
                readout=False, continuous_update=False, layout={"flex": "1 1 auto"},
            )  # fmt: skip
            slider.observe(lambda change: self._slid(field, change["new"]), "value")
            # it cannot show all that can be typed, and what it makes of that is no move
            field.observe(lambda change: self._shift(slider, change["new"]), "value")
            control = widgets.HBox([slider, field])
        self._fields[name] = field
        field.observe(lambda _: self._moved(name), "value")
        row = self._rows[name] = widgets.VBox([widgets.Label(one.label), control, self._wrong[name]])
        return row

    def _suit(self, prefix: str) -> None:
        """Show what the drug of a scenario has, and nothing else."""
        had = suited(self._text(prefix + "drug"))
        for _, group in GROUPS:
            for one in group:
                self._rows[prefix + one.name].layout.display = "none" if one.name in had["absent"] else None
        given = self._fields[prefix + "formulation"]
        kept, given.options = given.value, had["formulation"]
        given.value = kept if kept in had["formulation"] else had["formulation"][0]
        slider = self._sliders[prefix + "dose"]
        slider.max = had["end"]
        self._shift(slider, self._fields[prefix + "dose"].value)

    def _axes(self, prefix: str) -> list[str]:
        """Axes of the assumptions that the drug of a scenario has."""
        absent = suited(self._text(prefix + "drug"))["absent"]
        return [axis for axis in axes(BUNDLES["popular"]) if axis not in absent]

    def _slid(self, field: Any, value: float) -> None:
        if not self._held:
            field.value = round(value, 10)

    def _shift(self, slider: Any, value: float) -> None:
        held, self._held = self._held, True
        slider.value = min(max(value, slider.min), slider.max)
        self._held = held

    def _moved(self, name: object = "") -> None:
        """Show what the controls say now, unless one of them moves others."""
        if self._held:
            return
        self._held = True
        try:
            if isinstance(name, str):
                self._follow(name)
        finally:
            self._held = False
        self._show()

    def _follow(self, name: str) -> None:
        """A drug has fields of its own, an account moves its axes, and axes say which account they are."""
        prefix = SECOND if name.startswith(SECOND) else ""
        if name == prefix + "drug":
            self._suit(prefix)
        chosen = BUNDLES.get(self._fields[prefix + "account"].value) if name == prefix + "account" else None
        for axis, value in axes(chosen).items() if chosen else ():
            field = self._fields[prefix + axis]
            field.value = float(value) if axis == "isomers" else value
        self._fields[prefix + "account"].value = self._account(prefix)

    def _account(self, prefix: str) -> str:
        """Which account the axes are those of."""

        def chosen(bundle: Assumptions) -> bool:
            every = axes(bundle)
            return all(self._text(prefix + axis) == str(every[axis]) for axis in self._axes(prefix))

        return next((name for name, bundle in BUNDLES.items() if chosen(bundle)), MIXTURE)

    def _text(self, name: str) -> str:
        value = self._fields[name].value
        return f"{value:.10g}" if isinstance(value, float) else str(value)

    def _query(self) -> str:
        """The address that a page would have with the same controls."""
        pairs = [("people", self._text("people")), ("points", str(int(self._points.value)))]
        for prefix in ("", SECOND) if self._beside.value else ("",):
            account = self._account(prefix)
            if account == MIXTURE:
                account = ",".join(f"{axis}={self._text(prefix + axis)}" for axis in self._axes(prefix))
            pairs.append((f"{prefix}assumptions", account))
            absent = suited(self._text(prefix + "drug"))["absent"]
            pairs += [
                (prefix + one.name, self._text(prefix + one.name))
                for _, controls in GROUPS
                for one in controls
                if not one.axis and one.name not in absent
            ]
        return urlencode(pairs)

    def _show(self) -> None:
        try:
            found = work(read_each(self._query()))
        except InputError as error:
            found = Found((error,), None)
        wrong = [one for one in found.parts if isinstance(one, LdnsimError)]
        each = [error for one in wrong if isinstance(one, InputError) for error in getattr(one, "each", (one,))]
        said = {error.argument: f"Expected {error.expected}." for error in each}
        for name, label in self._wrong.items():
            label.value = said.get(name, "")
            label.layout.display = None if name in said else "none"
        self.problem = "; ".join(map(str, wrong))
        self.runs: tuple[Simulation, ...] = tuple(part.run for part in found.good.values())
        self.python = tuple(part.scenario.python() for part in found.good.values())
        self._words.value = self.problem
        # an empty picture takes no place
        self._figure.layout.display = None if found.good else "none"
        if found.good:
            self._figure.value = picture(found, {}, "png")

    def _repr_mimebundle_(self, **settings: Any) -> Any:
        """As Jupyter asks for what it shows."""
        return self._all._repr_mimebundle_(**settings)
