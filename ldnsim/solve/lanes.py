"""The kernel of the compiled engine: people side by side in lanes, each with its own step size.

This text is compiled together with the rates that `ldnsim.compiled` writes for a model, never by itself:
the generated file holds the two constants below, the functions ``rates`` and ``constants``, and then
everything here from the marked line on. Lanes are short enough for the processor to treat all of them
with one instruction, which needs flat arrays at constant distances and no calls inside the loops.

References
----------
Dormand and Prince, J. Comput. Appl. Math. 6:19 (1980), the pair of orders 5 and 4; its interpolant of order 4
by Shampine, Math. Comput. 46:135 (1986), as in ``scipy.integrate.RK45``.
"""

# mypy: ignore-errors

import math

import numpy as np


def njit(**_):
    """Stand in for Numba's decorator, which the generated file imports."""
    return lambda function: function


STATES = 0
SWITCHES = 0


def rates(state, constant, clock, rate, switch):
    """Rates of all lanes, and the arguments of the kinks."""
    raise NotImplementedError


# --- from here on part of every generated kernel ---

LANES = 16
SIZE = STATES * LANES
K1, K2, K3, K4, K5, K6, K7, NOW, TRY, NEXT, READ = (part * SIZE for part in range(11))
FAST = {"fastmath": {"contract", "nsz", "arcp"}, "error_model": "numpy"}

FIRST = 0.01
"""First step, and the first after an event at most five times as long [h]."""

SAME = 1e-12
"""Relative difference of times that is rounding."""

LATE = 0.0004
"""How far beyond a kink a step may end [h]."""

OK, STIFF = 0, 1


@njit(cache=True, **FAST)
def clock_at(time, phase, clock):
    """Cosine of the daily cycle and its rate, by polynomials of a quarter of the angle (error 1e-12)."""
    for lane in range(LANES):
        turn = (time[lane] + phase[lane]) / 24.0
        turn = turn - np.floor(turn + 0.5)
        a = 0.5 * math.pi * turn
        b = a * a
        cosine = 1 + b * (
            -1 / 2 + b * (1 / 24 + b * (-1 / 720 + b * (1 / 40320 + b * (-1 / 3628800 + b * (1 / 479001600)))))
        )
        sine = a * (
            1
            + b
            * (-1 / 6 + b * (1 / 120 + b * (-1 / 5040 + b * (1 / 362880 + b * (-1 / 39916800 + b * (1 / 6227020800))))))
        )
        twice, half = 2 * sine * cosine, cosine * cosine - sine * sine
        clock[LANES + lane] = -2 * twice * half * (2 * math.pi / 24)
        clock[lane] = half * half - twice * twice


@njit(cache=True, **FAST)
def slope(work, target, source, constant, clock, rate_in, infused, switch):
    """Rates at one place of the work array, infusions added."""
    rates(work[source : source + SIZE], constant, clock, work[target : target + SIZE], switch)
    if infused:
        for place in range(SIZE):
            work[target + place] += rate_in[place]


@njit(cache=True, nogil=True, **FAST)
def integrate(
    initial, constant, phase, record_time, record_after, records, event_time, event_kind, event_state, event_value,
    events, end, absolute, relative, most_steps, out, status, steps
):  # fmt: skip
    """Integrate all lanes from 0 to the end.

    Shapes: initial (STATES, LANES), constant (n * LANES,), phase (LANES,); records and events (n, LANES) with how
    many count in each lane; out (n_records, STATES, LANES). Kind 0 of an event adds a value to a state, kind 1
    sets what is infused into it an hour.
    """
    work = np.empty(11 * SIZE)
    rate_in = np.zeros(SIZE)
    for state in range(STATES):
        for lane in range(LANES):
            work[NOW + state * LANES + lane] = initial[state, lane]
    clock = np.empty(2 * LANES)
    here, there = np.zeros(max(SWITCHES, 1) * LANES), np.zeros(max(SWITCHES, 1) * LANES)
    time, step = np.zeros(LANES), np.full(LANES, FIRST)
    stage, taken, error = np.empty(LANES), np.empty(LANES), np.empty(LANES)
    good, kink, share = np.empty(LANES), np.empty(LANES), np.empty(LANES)
    weight = np.empty(6 * LANES)
    due, read = np.zeros(LANES, np.int64), np.zeros(LANES, np.int64)
    infused = False
    fresh = True
    while True:
        alive = 0
        for lane in range(LANES):
            # what is due now: samples before events, the events, samples after them
            while read[lane] < records[lane] and record_time[read[lane], lane] <= time[lane]:
                after = record_after[read[lane], lane]
                if after:
                    while due[lane] < events[lane] and event_time[due[lane], lane] <= time[lane]:
                        place = event_state[due[lane], lane] * LANES + lane
                        if event_kind[due[lane], lane] == 0:
                            work[NOW + place] += event_value[due[lane], lane]
                        else:
                            rate_in[place] = event_value[due[lane], lane]
                            infused = True
                        due[lane] += 1
                        fresh = True
                        step[lane] = min(step[lane], 5 * FIRST)
                for state in range(STATES):
                    out[read[lane], state, lane] = work[NOW + state * LANES + lane]
                read[lane] += 1
            stop = end[lane]
            if due[lane] < events[lane]:
                stop = min(stop, event_time[due[lane], lane])
            left = stop - time[lane]
            wanted = step[lane]
            if left <= 0 or status[lane] != OK:
                wanted = 0.0
            elif wanted >= left:
                wanted = left
            elif wanted > 0.5 * left:
                wanted = 0.5 * left
            taken[lane] = wanted
            if wanted > 0:
                alive += 1
        if alive == 0:
            break
        if fresh:
            clock_at(time, phase, clock)
            slope(work, K1, NOW, constant, clock, rate_in, infused, here)
            fresh = False
        for base in range(0, SIZE, LANES):
            for lane in range(LANES):
                work[TRY + base + lane] = work[NOW + base + lane] + taken[lane] * (0.2 * work[K1 + base + lane])
        for lane in range(LANES):
            stage[lane] = time[lane] + 0.2 * taken[lane]
        clock_at(stage, phase, clock)
        slope(work, K2, TRY, constant, clock, rate_in, infused, there)
        for base in range(0, SIZE, LANES):
            for lane in range(LANES):
                work[TRY + base + lane] = work[NOW + base + lane] + taken[lane] * (
                    3 / 40 * work[K1 + base + lane] + 9 / 40 * work[K2 + base + lane]
                )
        for lane in range(LANES):
            stage[lane] = time[lane] + 0.3 * taken[lane]
        clock_at(stage, phase, clock)
        slope(work, K3, TRY, constant, clock, rate_in, infused, there)
        for base in range(0, SIZE, LANES):
            for lane in range(LANES):
                work[TRY + base + lane] = work[NOW + base + lane] + taken[lane] * (
                    44 / 45 * work[K1 + base + lane]
                    - 56 / 15 * work[K2 + base + lane]
                    + 32 / 9 * work[K3 + base + lane]
                )
        for lane in range(LANES):
            stage[lane] = time[lane] + 0.8 * taken[lane]
        clock_at(stage, phase, clock)
        slope(work, K4, TRY, constant, clock, rate_in, infused, there)
        for base in range(0, SIZE, LANES):
            for lane in range(LANES):
                work[TRY + base + lane] = work[NOW + base + lane] + taken[lane] * (
                    19372 / 6561 * work[K1 + base + lane]
                    - 25360 / 2187 * work[K2 + base + lane]
                    + 64448 / 6561 * work[K3 + base + lane]
                    - 212 / 729 * work[K4 + base + lane]
                )
        for lane in range(LANES):
            stage[lane] = time[lane] + 8 / 9 * taken[lane]
        clock_at(stage, phase, clock)
        slope(work, K5, TRY, constant, clock, rate_in, infused, there)
        for base in range(0, SIZE, LANES):
            for lane in range(LANES):
                work[TRY + base + lane] = work[NOW + base + lane] + taken[lane] * (
                    9017 / 3168 * work[K1 + base + lane]
                    - 355 / 33 * work[K2 + base + lane]
                    + 46732 / 5247 * work[K3 + base + lane]
                    + 49 / 176 * work[K4 + base + lane]
                    - 5103 / 18656 * work[K5 + base + lane]
                )
        for lane in range(LANES):
            stage[lane] = time[lane] + taken[lane]
        clock_at(stage, phase, clock)
        slope(work, K6, TRY, constant, clock, rate_in, infused, there)
        for base in range(0, SIZE, LANES):
            for lane in range(LANES):
                work[NEXT + base + lane] = work[NOW + base + lane] + taken[lane] * (
                    35 / 384 * work[K1 + base + lane]
                    + 500 / 1113 * work[K3 + base + lane]
                    + 125 / 192 * work[K4 + base + lane]
                    - 2187 / 6784 * work[K5 + base + lane]
                    + 11 / 84 * work[K6 + base + lane]
                )
        slope(work, K7, NEXT, constant, clock, rate_in, infused, there)
        for lane in range(LANES):
            error[lane] = 0.0
        for state in range(STATES):
            base = state * LANES
            for lane in range(LANES):
                wrong = taken[lane] * (
                    -71 / 57600 * work[K1 + base + lane]
                    + 71 / 16695 * work[K3 + base + lane]
                    - 71 / 1920 * work[K4 + base + lane]
                    + 17253 / 339200 * work[K5 + base + lane]
                    - 22 / 525 * work[K6 + base + lane]
                    + 1 / 40 * work[K7 + base + lane]
                )
                size = max(abs(work[NOW + base + lane]), abs(work[NEXT + base + lane]))
                # a quotient that is not a number counts as too large
                ratio = abs(wrong) / (absolute[base + lane] + relative * size)
                error[lane] = ratio if not ratio <= error[lane] else error[lane]
        reading = 0
        for lane in range(LANES):
            kink[lane] = 1.0
            if error[lane] <= 1.0:
                # a kink of the rates inside the step: end the step where it is
                for place in range(SWITCHES):
                    before, after_ = here[place * LANES + lane], there[place * LANES + lane]
                    if before * after_ < 0.0:
                        part = before / (before - after_)
                        if (1 - part) * taken[lane] > LATE:
                            kink[lane] = min(kink[lane], part)
            good[lane] = 1.0 if error[lane] <= 1.0 and kink[lane] == 1.0 else 0.0
            inside = read[lane] < records[lane] and record_time[read[lane], lane] < time[lane] + taken[lane]
            if good[lane] > 0 and taken[lane] > 0 and inside:
                reading += 1
        while reading > 0:
            for lane in range(LANES):
                x = 0.0
                inside = read[lane] < records[lane] and record_time[read[lane], lane] < time[lane] + taken[lane]
                if good[lane] > 0 and taken[lane] > 0 and inside:
                    x = (record_time[read[lane], lane] - time[lane]) / taken[lane]
                share[lane] = x
                span = taken[lane] * x
                weight[lane] = span * (
                    1
                    + x * (-8048581381 / 2820520608 + x * (8663915743 / 2820520608 + x * (-12715105075 / 11282082432)))
                )
                span *= x
                weight[LANES + lane] = span * (
                    131558114200 / 32700410799 + x * (-68118460800 / 10900136933 + x * (87487479700 / 32700410799))
                )
                weight[2 * LANES + lane] = span * (
                    -1754552775 / 470086768 + x * (14199869525 / 1410260304 + x * (-10690763975 / 1880347072))
                )
                weight[3 * LANES + lane] = span * (
                    127303824393 / 49829197408 + x * (-318862633887 / 49829197408 + x * (701980252875 / 199316789632))
                )
                weight[4 * LANES + lane] = span * (
                    -282668133 / 205662961 + x * (2019193451 / 616988883 + x * (-1453857185 / 822651844))
                )
                weight[5 * LANES + lane] = span * (
                    40617522 / 29380423 + x * (-110615467 / 29380423 + x * (69997945 / 29380423))
                )
            for base in range(0, SIZE, LANES):
                for lane in range(LANES):
                    work[READ + base + lane] = work[NOW + base + lane] + (
                        weight[lane] * work[K1 + base + lane]
                        + weight[LANES + lane] * work[K3 + base + lane]
                        + weight[2 * LANES + lane] * work[K4 + base + lane]
                        + weight[3 * LANES + lane] * work[K5 + base + lane]
                        + weight[4 * LANES + lane] * work[K6 + base + lane]
                        + weight[5 * LANES + lane] * work[K7 + base + lane]
                    )
            reading = 0
            for lane in range(LANES):
                if share[lane] > 0:
                    for state in range(STATES):
                        out[read[lane], state, lane] = work[READ + state * LANES + lane]
                    read[lane] += 1
                    if read[lane] < records[lane] and record_time[read[lane], lane] < time[lane] + taken[lane]:
                        reading += 1
        for base in range(0, SIZE, LANES):
            for lane in range(LANES):
                work[NOW + base + lane] = work[NEXT + base + lane] if good[lane] > 0 else work[NOW + base + lane]
        for base in range(0, SIZE, LANES):
            for lane in range(LANES):
                work[K1 + base + lane] = work[K7 + base + lane] if good[lane] > 0 else work[K1 + base + lane]
        for lane in range(LANES):
            if taken[lane] == 0.0:
                continue
            steps[lane] += 1
            # err ** (-3/16), between the powers of the two orders, by square roots alone
            fourth = math.sqrt(math.sqrt(min(max(error[lane], 1e-6), 1e12)))
            factor = min(6.0, max(0.2, 0.9 * math.sqrt(math.sqrt(fourth)) / fourth))
            if good[lane] > 0:
                time[lane] += taken[lane]
                near = SAME * max(1.0, time[lane])
                if due[lane] < events[lane] and abs(event_time[due[lane], lane] - time[lane]) <= near:
                    time[lane] = event_time[due[lane], lane]
                if abs(end[lane] - time[lane]) <= near:
                    time[lane] = end[lane]
                # a step that was cut short says nothing against the longer one that was wanted
                grown = taken[lane] * factor
                step[lane] = max(step[lane], grown) if taken[lane] < step[lane] else grown
                for place in range(SWITCHES):
                    here[place * LANES + lane] = there[place * LANES + lane]
            elif kink[lane] < 1.0:
                step[lane] = kink[lane] * taken[lane] + 0.5 * LATE
            else:
                step[lane] = taken[lane] * factor
            if steps[lane] > most_steps or not error[lane] < 1e300:
                status[lane] = STIFF
