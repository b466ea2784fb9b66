"""When the integration stops: sample times, and both sides of each event."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .happenings import Course, Event, Infuse, Jump
from .records import Array, Drive

BEFORE, ORDINARY, AFTER = -1, 0, 1
"""Side of a sample: just before an event, at no event, just after one."""

_COINCIDENT = 1e-9


@dataclass(frozen=True)
class Segment:
    """A stretch without events.

    Attributes
    ----------
    start, stop : float
        Its ends [h].
    events : tuple of Event
        What happens at its start, in order.
    samples : ndarray, shape (n,)
        Sample times strictly inside [h].
    """

    start: float
    stop: float
    events: tuple[Event, ...]
    samples: Array

    @property
    def sides(self) -> bool:
        """Whether its start has two sides."""
        return any(event.marked for event in self.events)


@dataclass(frozen=True)
class Timeline:
    """Segments in order, without a gap except where time starts again."""

    segments: tuple[Segment, ...]

    @staticmethod
    def build(events: Iterable[Event], samples: Array, until: float, start: float = 0.0) -> Timeline:
        """Cut the time from `start` to `until` at every event.

        Parameters
        ----------
        events : iterable of Event
            Events; those at the same time happen in the order given. Later ones than `until` are left out.
        samples : ndarray, shape (n,)
            Wanted times [h], increasing. One that coincides with an event gives way to
            the event's two sides.
        until : float
            End [h].
        start : float
            Beginning [h].

        Returns
        -------
        Timeline
            The segments.
        """
        by_time: dict[float, list[Event]] = {}
        for event in sorted(events, key=lambda event: event.time):
            if event.time <= until:
                by_time.setdefault(event.time, []).append(event)
        cuts = sorted({start, until, *by_time})
        free = samples[~_near(samples, np.array(cuts))]
        stops = [*cuts[1:], until] if until in by_time else cuts[1:]
        starts = cuts if until in by_time or len(cuts) == 1 else cuts[:-1]
        stops = stops or [until]
        ends = np.searchsorted(free, [*starts, until])
        return Timeline(
            tuple(
                Segment(first, last, tuple(by_time.get(first, ())), free[ends[number] : ends[number + 1]])
                for number, (first, last) in enumerate(zip(starts, stops, strict=True))
            )
        )

    def __add__(self, later: Timeline) -> Timeline:
        """This, then another one whose time may start again."""
        return Timeline(self.segments + later.segments)

    def only(self, first: int, size: int) -> Timeline:
        """The same segments with only what enters `size` states from `first` on, counted from there."""

        def kept(event: Event) -> bool:
            return not isinstance(event, Jump | Infuse) or first <= event.state < first + size

        def counted(event: Event) -> Event:
            return replace(event, state=event.state - first) if isinstance(event, Jump | Infuse) else event

        return Timeline(
            tuple(
                replace(
                    segment,
                    # an event elsewhere still has two sides, so that times are the same
                    events=tuple(counted(event) if kept(event) else Event(event.time) for event in segment.events),
                )
                for segment in self.segments
            )
        )

    @property
    def largest(self) -> float:
        """The largest amount that enters at once or within an hour, 1 if none."""
        sizes = (event.size for segment in self.segments for event in segment.events)
        return max(sizes, default=0.0) or 1.0


def _near(samples: Array, cuts: Array) -> NDArray[np.bool_]:
    """Which samples coincide with a cut."""
    right = np.searchsorted(cuts, samples).clip(0, len(cuts) - 1)
    left = (right - 1).clip(0)
    near = np.zeros(len(samples), dtype=bool)
    for cut in (cuts[left], cuts[right]):
        near |= np.abs(samples - cut) <= _COINCIDENT * np.maximum(1.0, np.abs(cut))
    return near


class Trajectory(NamedTuple):
    """States over time.

    Attributes
    ----------
    time : ndarray, shape (n_times,)
        Sample times, twice at each event [h].
    side : ndarray of int8, shape (n_times,)
        -1 just before an event, +1 just after, 0 elsewhere.
    states : ndarray, shape (n_states, n_times)
        States in the order of the system.
    """

    time: Array
    side: NDArray[np.int8]
    states: Array


Advance = Callable[[Segment, Array, Drive], Array]
"""``advance(segment, state, drive)``: states at the samples of a segment and at its end, shape (n_states, n + 1)."""


@np.errstate(over="ignore", invalid="ignore")  # what overflows is infinite, and refused where the states are read
def march(
    timeline: Timeline,
    course: Course,
    advance: Advance,
    progress: Callable[[float], None] | None = None,
) -> Trajectory:
    """Walk through the segments, stopping at every event.

    Parameters
    ----------
    timeline : Timeline
        Segments and events.
    course : Course
        Where things stand at the start; where they stand at the end, afterwards.
    advance : callable
        Integrates a segment.
    progress : callable, optional
        Called with the fraction done after each segment.

    Returns
    -------
    Trajectory
        Samples with both sides of each event.
    """
    whole = sum(segment.stop - segment.start for segment in timeline.segments)
    done = 0.0
    pieces: list[tuple[Array, int, Array]] = []

    def read(times: Array, side: int, states: Array) -> None:
        pieces.append((times, side, states))
        course.spans.append((len(times), course.parameters))

    reached = -np.inf
    for segment in timeline.segments:
        here = np.array([segment.start])
        unmarked = tuple(takewhile(lambda event: not event.marked, segment.events))
        for event in unmarked:
            event.happen(course)
        # where time starts again, what was before belongs to the times before
        if segment.start >= reached:
            read(here, BEFORE if segment.sides else ORDINARY, course.state[:, None].copy())
        reached = segment.stop
        for event in segment.events[len(unmarked) :]:
            event.happen(course)
        if segment.sides:
            read(here, AFTER, course.state[:, None].copy())
        if segment.stop > segment.start:
            states = advance(segment, course.state, course.drive())
            read(segment.samples, ORDINARY, states[:, :-1])
            course.state = states[:, -1].copy()
        done += segment.stop - segment.start
        if progress is not None:
            progress(done / whole if whole else 1.0)
    last = timeline.segments[-1]
    if last.stop > last.start:
        read(np.array([last.stop]), ORDINARY, course.state[:, None].copy())
    return Trajectory(
        np.concatenate([times for times, _, _ in pieces]),
        np.concatenate([np.full(len(times), side, dtype=np.int8) for times, side, _ in pieces]),
        np.concatenate([states for _, _, states in pieces], axis=1),
    )
