"""The kernel of the compiled engine: people side by side in lanes, each with steps of its own.

This text is compiled together with the rates that `ldnsim.engines.compiled.codegen` writes for a model, never by
itself: the generated text holds the numbers imported and declared here, the functions ``rates`` and ``constants``, and
then everything here from the marked line on. Lanes are short enough for the processor to treat all of them with one
instruction. That needs one flat array with parts at constant distances, no branch that depends on a lane in what
every step does, and what is rare, such as doses, in loops of its own.
"""

# mypy: ignore-errors

import math

import numpy as np

from ..dormand_prince import NODES
from ..leg import ADD, AGAIN, FAILED, FEWEST_STEPS, FIRST, INFUSE, KERNEL_STEPS_PER_HOUR, LATE, NOISE, SHARE, STIFF


def njit(*_, **__):
    """Stand in for Numba's decorator, which compiling puts in its place."""
    return lambda function: function


STATES = ASKED = SWITCHES = CONSTANTS = 0
carray = rates = spread = worst = show = attempt = estimate = weigh = None
"""Stand in for what a generated text has: sizes and ``rates(w, constant)``, rates at TRY into RATE and arguments of the
kinks into THERE; ``spread(w, part)``, one number a lane repeated for every state, into SPREAD; ``worst(w)``, the
largest of SHOWN in each lane into ERROR; ``show(w)``, the states inside a step by the weights of each lane into SHOWN;
``attempt(w, stage)``, the states at which a stage asks for rates, into TRY; ``estimate(w, place)``, the error over the
length of the step; ``weigh(w, lane, span, x)``, the weights at a share of a step into W1 to W7."""

# --- from here on part of every generated kernel ---

LANES = 16
SIZE = STATES * LANES
READ = ASKED * LANES
"""States that no rate asks for come last; they need no values between the ends of a step."""

(
    K1, K2, K3, K4, K5, K6, K7, NOW, TRY, SPREAD, BEGUN, RANGE, FLOOR, RATE_IN, ON,
) = (part * SIZE for part in range(15))  # fmt: skip
RATE, SHOWN = K7, K2
"""The last stage needs the second no more: what is not needed at once shares a place, for the first cache is small."""
(
    RHYTHM, RHYTHM_RATE, TIME, STEP, TAKEN, STOP, DUE, PHASE, ERROR, KINK, GOOD, MANY, MOST, W1, W3, W4, W5, W6, W7,
) = (15 * SIZE + part * LANES for part in range(19))  # fmt: skip
HERE = 15 * SIZE + 19 * LANES
THERE = HERE + SWITCHES * LANES
WHOLE = THERE + SWITCHES * LANES

FAST = {"fastmath": {"contract", "nsz", "arcp"}, "error_model": "numpy"}

SAME = 1e-12
"""Relative difference of times that is rounding."""

DONE = -1.0
"""Where a lane stops that has nothing left to do."""

SMALLEST, LARGEST = 0.2, 6.0
"""By how much a step may shrink or grow."""

HUGE = 1e300
"""Error of a step whose numbers are none."""


@njit(**FAST)
def keep(w, part, lane, out, person, record):
    """Keep what a sample shows; how many states are further below zero than noise."""
    below = 0
    for state in range(STATES):
        place = state * LANES + lane
        value = w[part + place]
        if value < 0.0:
            below += 1 if value < -NOISE * w[FLOOR + place] else 0
            value = 0.0
        out[state, person, record] = value
    return below


@njit(**FAST)
def enter(w, lane, person, initial, floor, infused, on, start, end, phase, constants, constant):
    """Put a subject into a lane, at its start; whether something is infused, or off."""
    driven, masked = False, False
    for state in range(STATES):
        place = state * LANES + lane
        w[NOW + place] = w[BEGUN + place] = initial[state, person]
        w[FLOOR + place] = floor[state, person]
        w[RANGE + place] = 0.0
        w[RATE_IN + place] = infused[state, person]
        w[ON + place] = 1.0 if on[state, person] else 0.0
        driven = driven or infused[state, person] != 0.0
        masked = masked or not on[state, person]
    for number in range(CONSTANTS):
        constant[number * LANES + lane] = constants[0, number, person]
    w[PHASE + lane] = phase[person]
    w[TIME + lane] = w[STOP + lane] = start[person]
    w[MANY + lane] = 0.0
    w[MOST + lane] = max(FEWEST_STEPS, KERNEL_STEPS_PER_HOUR * (end - start[person]))
    w[STEP + lane] = FIRST
    return driven, masked


@njit(**FAST)
def integrate(
    initial, infused, on, constants, start, phase, record_time, record_waits, event_time, event_kind, event_state,
    event_value, floor, relative, first, last, out, status, steps, w, constant, who, due, read
):  # fmt: skip
    """Integrate the subjects from `first` on, up to `last`, each from its start to its last record.

    Shapes: initial, infused, on and floor (STATES, n_people); constants (n_occasions, CONSTANTS, n_people); start,
    phase, status and steps (n_people,); records (n_people, n_records); events (n_events, n_people), infinite times
    where somebody has fewer; out (STATES, n_people, n_records).

    The error of a step is measured against how far a state has moved from its beginning so far, because what counts
    in the end is the range of a curve, or against its level, where that is less; `floor` is the smallest tolerance of
    each state. Workspace: w (WHOLE,), constant (CONSTANTS * LANES,), who, due and read (LANES,).
    """
    n_records, n_events, n_occasions = record_time.shape[1], len(event_time), len(constants)
    alive, follower = min(LANES, last - first), min(first + LANES, last)
    arrived, driven, masked, begin = True, False, False, 0
    for lane in range(LANES):
        # lanes without a subject hold the last one's numbers, and are never moved
        who[lane] = min(first + lane, last - 1)
        end = record_time[who[lane], n_records - 1]
        drives, masks = enter(w, lane, who[lane], initial, floor, infused, on, start, end, phase, constants, constant)
        driven, masked = driven or drives, masked or masks
        if lane >= alive:
            w[STOP + lane], w[DUE + lane] = DONE, np.inf
    while True:
        if arrived:
            # some lanes are where something is due: samples before it, what happens, samples after it
            for lane in range(LANES):
                while w[STOP + lane] == w[TIME + lane]:
                    person, now = who[lane], w[TIME + lane]
                    near, end = now + SAME * max(1.0, now), record_time[person, n_records - 1]
                    shown = read[lane] < n_records and record_time[person, read[lane]] <= now
                    happens = due[lane] < n_events and event_time[due[lane], person] <= near
                    if shown and not (happens and due[lane] < record_waits[person, read[lane]]):
                        if keep(w, NOW, lane, out, person, read[lane]) > 0:
                            status[person] = FAILED
                        read[lane] += 1
                    elif happens:
                        kind, state = event_kind[due[lane], person], event_state[due[lane], person]
                        if kind == ADD:
                            w[NOW + state * LANES + lane] += event_value[due[lane], person]
                        elif kind == INFUSE:
                            w[RATE_IN + state * LANES + lane] = event_value[due[lane], person]
                            driven = True
                        else:
                            for number in range(CONSTANTS):
                                constant[number * LANES + lane] = constants[min(state, n_occasions - 1), number, person]
                        due[lane] += 1
                        w[STEP + lane] = min(w[STEP + lane], AGAIN)
                    elif now < end:
                        w[DUE + lane] = record_time[person, read[lane]]
                        w[STOP + lane] = min(end, event_time[due[lane], person]) if due[lane] < n_events else end
                    else:
                        steps[person] = int(w[MANY + lane])
                        if follower < last:
                            # the next person takes the lane
                            who[lane], due[lane], read[lane] = follower, 0, 0
                            end = record_time[follower, n_records - 1]
                            drives, masks = enter(
                                w, lane, follower, initial, floor, infused, on, start, end, phase, constants, constant
                            )
                            driven, masked = driven or drives, masked or masks
                            follower += 1
                        else:
                            alive -= 1
                            w[STOP + lane], w[DUE + lane] = DONE, np.inf
            if alive == 0:
                break
            begin = 0
        for lane in range(LANES):
            # a lane that is done stays where it is, with steps of no length
            left = w[STOP + lane] - w[TIME + lane]
            left = left if left >= 0.0 else 0.0
            step = w[STEP + lane]
            step = 0.5 * left if step > 0.5 * left else step
            step = left if w[STEP + lane] >= left else step
            w[TAKEN + lane] = step
        spread(w, TAKEN)
        for stage in range(begin, 7):
            attempt(w, stage)
            share = NODES[stage]
            for lane in range(LANES):
                # cosine of the daily cycle and its rate, by polynomials of a quarter of the angle (error 1e-12)
                turn = (w[TIME + lane] + share * w[TAKEN + lane] + w[PHASE + lane]) / 24.0
                turn = turn - np.floor(turn + 0.5)
                a = 0.5 * math.pi * turn
                b = a * a
                cosine = 1 + b * (
                    -1 / 2 + b * (1 / 24 + b * (-1 / 720 + b * (1 / 40320 + b * (-1 / 3628800 + b * (1 / 479001600)))))
                )
                sine = -1 / 39916800 + b * (1 / 6227020800)
                sine = -1 / 5040 + b * (1 / 362880 + b * sine)
                sine = a * (1 + b * (-1 / 6 + b * (1 / 120 + b * sine)))
                twice, half = 2 * sine * cosine, cosine * cosine - sine * sine
                w[RHYTHM_RATE + lane] = -2 * twice * half * (2 * math.pi / 24)
                w[RHYTHM + lane] = half * half - twice * twice
            rates(w, constant)
            target = K1 + stage * SIZE
            if target != RATE:
                for place in range(SIZE):
                    w[target + place] = w[RATE + place]
            if driven:
                for place in range(SIZE):
                    w[target + place] += w[RATE_IN + place]
            if masked:
                for place in range(SIZE):
                    w[target + place] *= w[ON + place]
            if stage == 0:
                for place in range(SWITCHES * LANES):
                    w[HERE + place] = w[THERE + place]
        begin = 1
        for place in range(SIZE):
            # a number that is none must show even where no stage has it
            wrong = w[SPREAD + place] * estimate(w, place) + 0.0 * w[TRY + place]
            moved = max(w[RANGE + place], abs(w[TRY + place] - w[BEGUN + place]))
            level = max(abs(w[NOW + place]), abs(w[TRY + place]))
            ratio = abs(wrong) / (w[FLOOR + place] + relative * (min(moved, level) + SHARE * moved))
            # what is no number counts as too large, and must not get lost among the others
            w[SHOWN + place] = ratio if ratio < HUGE else HUGE
        worst(w)
        crossed = 0
        for place in range(SWITCHES * LANES):
            crossed += 1 if w[HERE + place] * w[THERE + place] < 0.0 else 0
        for lane in range(LANES):
            w[KINK + lane] = 1.0
        if crossed > 0:
            # a kink of the rates inside a step: end the step where it is
            for place in range(SWITCHES):
                for lane in range(LANES):
                    before, after = w[HERE + place * LANES + lane], w[THERE + place * LANES + lane]
                    if before * after < 0.0 and w[ERROR + lane] <= 1.0:
                        part = before / (before - after)
                        if (1 - part) * w[TAKEN + lane] > LATE:
                            w[KINK + lane] = min(w[KINK + lane], part)
        waiting, none = 0, 0
        for lane in range(LANES):
            none += 1 if w[ERROR + lane] >= HUGE else 0
            good = 1.0 if w[ERROR + lane] <= 1.0 else 0.0
            good = good if w[KINK + lane] == 1.0 else 0.0
            good = good if w[TAKEN + lane] > 0.0 else 0.0
            w[GOOD + lane] = good
            waiting += 1 if good > 0.0 and w[DUE + lane] < w[TIME + lane] + w[TAKEN + lane] else 0
        if none > 0:
            # what is not taken must be a number too, to be weighed by 0
            for lane in range(LANES):
                if w[ERROR + lane] >= HUGE:
                    for place in range(lane, SIZE, LANES):
                        w[TRY + place], w[K7 + place] = w[NOW + place], w[K1 + place]
        while waiting > 0:
            for lane in range(LANES):
                inside = w[GOOD + lane] > 0.0 and w[DUE + lane] < w[TIME + lane] + w[TAKEN + lane]
                span = w[TAKEN + lane] if inside else 0.0
                x = (w[DUE + lane] - w[TIME + lane]) / span if inside else 0.0
                weigh(w, lane, span, x)
            show(w)
            waiting = 0
            for lane in range(LANES):
                until = w[TIME + lane] + w[TAKEN + lane]
                if w[GOOD + lane] > 0.0 and w[DUE + lane] < until:
                    if keep(w, SHOWN, lane, out, who[lane], read[lane]) > 0:
                        status[who[lane]] = FAILED
                    read[lane] += 1
                    w[DUE + lane] = record_time[who[lane], read[lane]]
                    waiting += 1 if w[DUE + lane] < until else 0
        spread(w, GOOD)
        for place in range(SIZE):
            # chosen by arithmetic, which is exact for 0 and 1: a choice between addresses would be made lane by lane
            good = w[SPREAD + place]
            here = good * w[TRY + place] + (1.0 - good) * w[NOW + place]
            w[NOW + place] = here
            w[K1 + place] = good * w[K7 + place] + (1.0 - good) * w[K1 + place]
            moved, most = abs(here - w[BEGUN + place]), w[RANGE + place]
            w[RANGE + place] = moved if moved > most else most
        for base in range(0, SWITCHES * LANES, LANES):
            for lane in range(LANES):
                after, before = w[THERE + base + lane], w[HERE + base + lane]
                w[HERE + base + lane] = after if w[GOOD + lane] > 0.0 else before
        reached, wild = 0, 0
        for lane in range(LANES):
            taken, good = w[TAKEN + lane], w[GOOD + lane] > 0.0
            # err ** (-3/16), between the powers of the two orders, by square roots alone
            bounded = w[ERROR + lane] if w[ERROR + lane] < 1e12 else 1e12
            bounded = bounded if bounded > 1e-6 else 1e-6
            fourth = math.sqrt(math.sqrt(bounded))
            factor = 0.9 * math.sqrt(math.sqrt(fourth)) / fourth
            factor = factor if factor < LARGEST else LARGEST
            factor = factor if factor > SMALLEST else SMALLEST
            grown = taken * factor
            # a step that was cut short says nothing against the longer one that was wanted
            wanted = w[STEP + lane]
            longer = wanted if grown < wanted else grown
            grown = longer if good and taken < wanted else grown
            grown = w[KINK + lane] * taken + 0.5 * LATE if w[KINK + lane] < 1.0 else grown
            w[STEP + lane] = grown if taken > 0.0 else wanted
            many = w[MANY + lane] + (1.0 if taken > 0.0 else 0.0)
            w[MANY + lane] = many
            after = w[TIME + lane] + (taken if good else 0.0)
            near = SAME * (after if after > 1.0 else 1.0)
            there = good and w[STOP + lane] - after <= near
            w[TIME + lane] = w[STOP + lane] if there else after
            reached += 1 if there else 0
            wild += 1 if taken > 0.0 and (many >= w[MOST + lane] or (grown < SAME and not good)) else 0
        if wild > 0:
            for lane in range(LANES):
                lost = w[MANY + lane] >= w[MOST + lane] or (w[STEP + lane] < SAME and w[GOOD + lane] == 0.0)
                if w[TAKEN + lane] > 0.0 and lost:
                    status[who[lane]] = STIFF if w[ERROR + lane] < HUGE else FAILED
                    # the end of the run for this subject, whose place is taken at once
                    w[TIME + lane] = w[STOP + lane] = record_time[who[lane], n_records - 1]
                    due[lane], read[lane] = n_events, n_records
                    for place in range(lane, SIZE, LANES):
                        w[NOW + place] = w[K1 + place] = 0.0
                    reached += 1
        arrived = reached > 0


def run(
    initial, infused, on, constants, start, phase, record_time, record_waits, event_time, event_kind, event_state,
    event_value, floor, relative, out, status, steps, w, constant, lanes, sizes
):  # fmt: skip
    """Integrate subjects whose arrays are given by where they lie, each in one piece."""
    people, records, events, occasions, first, last = sizes[0], sizes[1], sizes[2], sizes[3], sizes[4], sizes[5]
    own = carray(lanes, (3, LANES))
    integrate(
        carray(initial, (STATES, people)),
        carray(infused, (STATES, people)),
        carray(on, (STATES, people)),
        carray(constants, (occasions, CONSTANTS, people)),
        carray(start, (people,)),
        carray(phase, (people,)),
        carray(record_time, (people, records)),
        carray(record_waits, (people, records)),
        carray(event_time, (events, people)),
        carray(event_kind, (events, people)),
        carray(event_state, (events, people)),
        carray(event_value, (events, people)),
        carray(floor, (STATES, people)),
        relative, first, last,
        carray(out, (STATES, people, records)),
        carray(status, (people,)),
        carray(steps, (people,)),
        carray(w, (WHOLE,)),
        carray(constant, (CONSTANTS * LANES,)),
        own[0], own[1], own[2],
    )  # fmt: skip
