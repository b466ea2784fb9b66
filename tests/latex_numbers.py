"""Reads the LaTeX of an equation and computes it, from the numbers that its symbols stand for."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

_COMPARED = {"<": float.__lt__, ">": float.__gt__, r"\le": float.__le__, r"\ge": float.__ge__}


class LatexNumbers:
    """What formulas come to.

    Parameters
    ----------
    known : mapping of str to float
        Numbers by symbol.
    """

    def __init__(self, known: Mapping[str, float]) -> None:
        self.known = dict(sorted(known.items(), key=lambda one: -len(one[0])))
        self.seen: set[str] = set()
        self.text = ""

    def __call__(self, text: str) -> float:
        self.text = text.strip()
        found = self._sum()
        assert self.text == "", f"not read: {self.text}"
        return found

    def _take(self, what: str) -> bool:
        # a command ends where its letters end
        found = self.text.startswith(what) and not (what[-1].isalpha() and self.text[len(what) :][:1].isalpha())
        if found:
            self.text = self.text[len(what) :].lstrip()
        return found

    def _need(self, *what: str) -> None:
        for one in what:
            assert self._take(one), f"expected {one} before {self.text}"

    def _sum(self) -> float:
        found = -self._product() if self._take("-") else self._product()
        while True:
            if self._take("+"):
                found += self._product()
            elif self._take("-"):
                found -= self._product()
            else:
                return found

    def _product(self) -> float:
        found = self._power()
        while self._take(r"\,"):
            found *= self._power()
        return found

    def _power(self) -> float:
        base = self._atom()
        return float(base ** self._braced()) if self._take("^") else base

    def _braced(self) -> float:
        self._need("{")
        found = self._sum()
        self._need("}")
        return found

    def _atom(self) -> float:
        for symbol, value in self.known.items():
            if self._take(symbol):
                self.seen.add(symbol)
                return value
        number = re.match(r"\d+(\.\d+)?", self.text)
        if number:
            self.text = self.text[number.end() :].lstrip()
            return float(number[0])
        if self._take(r"\frac"):
            return self._braced() / self._braced()
        if self._take(r"\sqrt"):
            return math.sqrt(self._braced())
        for name, function in ((r"\max", max), (r"\min", min)):
            if self._take(name):
                self._need(r"\left", "(")
                first = self._sum()
                self._need(",")
                second = self._sum()
                self._need(r"\right", ")")
                return function(first, second)
        if self._take("e^"):
            return math.exp(self._braced())
        if self._take(r"\begin{cases}"):
            return self._cases()
        self._need(r"\left", "(")
        found = self._sum()
        self._need(r"\right", ")")
        return found

    def _cases(self) -> float:
        yes = self._sum()
        self._need("&", r"\text{if }")
        left = self._sum()
        compare = next(compare for sign, compare in _COMPARED.items() if self._take(sign))
        right = self._sum()
        self._need(r"\\")
        no = self._sum()
        self._need("&", r"\text{otherwise}", r"\end{cases}")
        return yes if compare(left, right) else no
