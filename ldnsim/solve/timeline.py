"""When the integration stops: events, sample times, and both sides of each event."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

BEFORE, ORDINARY, AFTER = -1, 0, 1
"""Side of a sample: just before an event, at no event, just after one."""

_COINCIDENT = 1e-9


class Jump(NamedTuple):
    """An amount that enters a state at once.

    Attributes
    ----------
    time : float
        When [h].
    state : int
        Position of the state.
    amount : float
        How much, in the unit of the state.
    """

    time: float
    state: int
    amount: float


@dataclass(frozen=True)
class Segment:
    """A stretch without events.

    Attributes
    ----------
    start, stop : float
        Its ends [h].
    event : bool
        Whether something happens at its start.
    jumps : tuple of Jump
        What enters at its start.
    samples : ndarray, shape (n,)
        Sample times strictly inside [h].
    """

    start: float
    stop: float
    event: bool
    jumps: tuple[Jump, ...]
    samples: Array


@dataclass(frozen=True)
class Timeline:
    """Segments in order, covering 0 to the end without a gap."""

    segments: tuple[Segment, ...]

    @staticmethod
    def build(jumps: Iterable[Jump], samples: Array, until: float) -> Timeline:
        """Cut the time from 0 to `until` at every event.

        Parameters
        ----------
        jumps : iterable of Jump
            Events in any order; later ones than `until` are left out.
        samples : ndarray, shape (n,)
            Wanted times [h], increasing. One that coincides with an event gives way to
            the event's two sides.
        until : float
            End [h].

        Returns
        -------
        Timeline
            The segments.
        """
        by_time: dict[float, list[Jump]] = {}
        for jump in sorted(jumps, key=lambda jump: jump.time):
            if jump.time <= until:
                by_time.setdefault(jump.time, []).append(jump)
        cuts = sorted({0.0, until, *by_time})
        near = np.zeros(len(samples), dtype=bool)
        for cut in cuts:
            near |= np.abs(samples - cut) <= _COINCIDENT * max(1.0, cut)
        free = samples[~near]
        stops = [*cuts[1:], until] if until in by_time else cuts[1:]
        starts = cuts if until in by_time else cuts[:-1]
        return Timeline(
            tuple(
                Segment(
                    start, stop, start in by_time, tuple(by_time.get(start, ())), free[(free > start) & (free < stop)]
                )
                for start, stop in zip(starts, stops, strict=True)
            )
        )

    def only(self, first: int, size: int) -> Timeline:
        """The same segments with only the jumps into `size` states from `first` on, counted from there."""
        return Timeline(
            tuple(
                replace(
                    segment,
                    jumps=tuple(
                        jump._replace(state=jump.state - first)
                        for jump in segment.jumps
                        if first <= jump.state < first + size
                    ),
                )
                for segment in self.segments
            )
        )


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


def march(
    timeline: Timeline,
    initial: Array,
    advance: Callable[[Segment, Array], Array],
    progress: Callable[[float], None] | None = None,
) -> Trajectory:
    """Walk through the segments, stopping at every event.

    Parameters
    ----------
    timeline : Timeline
        Segments and events.
    initial : ndarray, shape (n_states,)
        State at time 0, before any event.
    advance : callable
        ``advance(segment, state)`` gives the states at the segment's samples and at its end,
        shape (n_states, n_samples + 1).
    progress : callable, optional
        Called with the fraction done after each segment.

    Returns
    -------
    Trajectory
        Samples with both sides of each event.
    """
    end = timeline.segments[-1].stop
    state = initial
    pieces: list[tuple[Array, int, Array]] = []
    for number, segment in enumerate(timeline.segments):
        here = np.array([segment.start])
        if segment.event:
            pieces.append((here, BEFORE, state[:, None]))
            state = state.copy()
            for jump in segment.jumps:
                state[jump.state] += jump.amount
            pieces.append((here, AFTER, state[:, None]))
        elif number == 0:
            pieces.append((here, ORDINARY, state[:, None]))
        if segment.stop > segment.start:
            states = advance(segment, state)
            pieces.append((segment.samples, ORDINARY, states[:, :-1]))
            state = states[:, -1]
        if progress is not None:
            progress(segment.stop / end)
    if timeline.segments[-1].stop > timeline.segments[-1].start:
        pieces.append((np.array([end]), ORDINARY, state[:, None]))
    return Trajectory(
        np.concatenate([times for times, _, _ in pieces]),
        np.concatenate([np.full(len(times), side, dtype=np.int8) for times, side, _ in pieces]),
        np.concatenate([states for _, _, states in pieces], axis=1),
    )
