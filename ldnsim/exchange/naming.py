"""Names that other tools take: short, each once, and the equations line by line in them."""

from __future__ import annotations

import keyword
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from ..models.printing import Language, Printer
from ..models.recorder import Literal, Operand
from ..models.written import Written
from ..study.processes import columns_of

_WORDS = """
time t pi exponentiale avogadro true false infinity notanumber nan inf
auto break case char const default do double enum extern float goto int long register short signed sizeof static struct
switch typedef union unsigned void volatile while new delete this template main cmt amt rate self
sin cos tan exp log ln sqrt pow abs floor ceil min max np math
"""
RESERVED = frozenset([*_WORDS.split(), *(word.lower() for word in keyword.kwlist)])
"""What is no name in one of the languages, in small letters."""


class Line(NamedTuple):
    """A named number of the equations.

    Attributes
    ----------
    name : str
        What it is called.
    place : int or Literal
        Where it stands on the tape.
    """

    name: str
    place: Operand


class Naming:
    """Names of everything in the equations of a model.

    Parameters
    ----------
    written : Written
        The equations.
    reserved : collection of str
        Further names, in small letters, that a format does not take.

    Attributes
    ----------
    states, parameters : dict of str to str
        Name of each by the name that the model has for it.
    outputs : dict of str to str
        Name of each column of `Simulation.to_frame` that is no state, by its name there.
    names : dict of int to str
        Names by place on the tape, of what is given and of outputs.
    """

    def __init__(self, written: Written, reserved: Collection[str] = ()) -> None:
        self.written = written
        self._taken = {*RESERVED, *reserved}
        given = {**written.states, **written.parameters}
        short = Counter(name.rpartition(".")[2].lower() for name in given)
        called = {}
        for name, where in given.items():
            last = name.rpartition(".")[2]
            called[where] = self.free(last if short[last.lower()] == 1 else name)
        self.states = {name: called[where] for name, where in written.states.items()}
        self.parameters = {name: called[where] for name, where in written.parameters.items()}
        self.names = called | dict(zip(written.clock, map(self.free, ("rhythm", "rhythm_rate")), strict=True))
        self.outputs: dict[str, str] = {}
        self.shown: dict[str, Operand] = {}
        # names for users come before the equations' own, which share a place with them
        for column, (_, part) in columns_of(written.model).items():
            shown = written.shown.get(part)
            # an assay that is no equation is nowhere
            if shown is not None and shown not in written.states.values():
                self.outputs[column] = self.free(column)
                self.shown[self.outputs[column]] = shown
                if isinstance(shown, int):
                    self.names.setdefault(shown, self.outputs[column])

    def free(self, wanted: str) -> str:
        """A name that is not taken yet, which it then is.

        Parameters
        ----------
        wanted : str
            What it should say.

        Returns
        -------
        str
            The same in letters, digits and ``_``, with a number behind where that is taken.
        """
        plain = re.sub(r"\W", "_", wanted, flags=re.ASCII)
        plain = plain if plain[:1].isalpha() else f"x_{plain.lstrip('_')}"
        found, number = plain, 1
        while found.lower() in self._taken:
            number += 1
            found = f"{plain}_{number}"
        self._taken.add(found.lower())
        return found

    def keep(self, states: Collection[str], parameters: Collection[str]) -> None:
        """Forget the names of states and parameters that a file does without."""
        self.states = {name: own for name, own in self.states.items() if name in states}
        self.parameters = {name: own for name, own in self.parameters.items() if name in parameters}

    def lines(self, wanted: Iterable[Operand]) -> list[Line]:
        """What is computed on the way to some numbers, one line after the other.

        Outputs have their names; what is used more than once is called by the function that gave it.

        Parameters
        ----------
        wanted : iterable of int or Literal
            The numbers.

        Returns
        -------
        list of Line
            In an order in which each needs only lines before it. Their names stand in `names` from now on.
        """
        tape = self.written.tape
        wanted = list(wanted)
        needed = sorted(place for place in tape.needed(wanted) if place >= tape.given)
        # what only one side of a choice needs may not exist on the other, such as a logarithm
        always = tape.needed(wanted, always=True)
        uses = Counter(x for place in needed for x in set(tape.arguments(place)))
        for place in needed:
            if uses[place] > 1 and place in always and place not in self.names:
                called, _ = self.written.calls.get(place, ("part", ()))
                self.names[place] = self.free(called)
        return [Line(self.names[place], place) for place in needed if place in self.names]

    def printer(self, language: Language) -> Printer:
        """What writes the equations in these names."""
        return Printer(self.written.tape, self.names, language)


def program(naming: Naming, wanted: Mapping[str, Operand], language: Language, *, assign: str = "{} = {}") -> list[str]:
    """Equations as lines of a program.

    Parameters
    ----------
    naming : Naming
        Their names.
    wanted : mapping of str to (int or Literal)
        What is computed, by the name that it gets.
    language : Language
        In which language.
    assign : str
        How something gets its name, such as ``"double {} = {};"``.

    Returns
    -------
    list of str
        A line each, what is used more than once before.
    """
    lines = naming.lines(wanted.values())
    printer = naming.printer(language)
    text = [assign.format(line.name, printer.text(line.place, top=True)) for line in lines]
    done = {line.name: line.place for line in lines}
    # what has its own name already is there
    rest = {name: place for name, place in wanted.items() if done.get(name, Literal(0.0)) != place}
    return text + [assign.format(name, printer.text(place)) for name, place in rest.items()]
