"""diffrax on rates written for JAX arrays: from dose to dose in a scan, many people at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from workload import DAY, Array, Workload

ABSOLUTE = 1.0
"""Absolute tolerance relative to the relative one and the scale of each state."""

FIRST = 0.05
"""First step after a dose [h]."""

MOST_STEPS = 16_384


class Diffrax:
    """A compiled run of a block of people, one block after the other.

    Parameters
    ----------
    work : Workload
        What to run.
    solver : str
        Name of a solver of diffrax.
    shared : bool
        All people of a block take the same steps, as small as the worst needs, so that nothing has to be masked;
        otherwise each has steps of its own, by ``vmap``.
    block : int
        How many people.
    """

    def __init__(self, work: Workload, solver: str, shared: bool, block: int) -> None:
        import jax
        import jax.numpy as jnp

        jax.config.update("jax_enable_x64", True)
        self.work = work
        self.block = block
        self.constant = work.equations.constants_of(work.parameters)
        rates = work.equations.rates_with({"sqrt": jnp.sqrt, "cos": jnp.cos, "sin": jnp.sin, "pi": math.pi})

        def function(time: Any, state: Any, constant: Any) -> Any:
            rows: dict[int, Any] = {}
            rates(time, state, constant, rows)
            return jnp.stack([jnp.broadcast_to(row, state.shape[1:]) for row in rows.values()])

        def one_block(constant: Any, rtol: Any) -> Any:
            if shared:
                return _month(work, function, solver, constant, rtol, True)
            run = jax.vmap(lambda one: _month(work, function, solver, one, rtol, False), in_axes=1, out_axes=2)
            return run(constant)

        self.one_block = jax.jit(one_block)
        self.rtol = 1e-6

    def prepare(self, rtol: float) -> None:
        """Set the tolerance, which is an argument of the compiled run."""
        self.rtol = rtol

    def run(self, people: Sequence[int]) -> list[Array]:
        """Run blocks of people; a block that is not full is filled up with others, so that one program serves all."""
        blocks = -(-len(people) // self.block)
        filled = np.resize(np.array(people), blocks * self.block).reshape(blocks, self.block)
        return [np.asarray(self.one_block(self.constant[:, block], self.rtol)) for block in filled]

    def states(self, found: list[Array]) -> Array:
        """States at the samples, shape (n_people, n_integrated, n_samples), those who filled up included."""
        return np.concatenate([block.transpose(2, 1, 0) for block in found])


def _month(
    work: Workload, function: Callable[[Any, Any, Any], Any], solver: str, constant: Any, rtol: Any, shared: bool
) -> Any:
    """States at the samples, shape (n_samples, n_integrated) or (n_samples, n_integrated, n_people)."""
    import diffrax
    import jax
    import jax.numpy as jnp

    def column(values: Array) -> Any:
        return jnp.asarray(values)[:, None] if shared else jnp.asarray(values)

    def worst(scaled: Any) -> Any:
        return jnp.sqrt(jnp.max(jnp.mean(scaled * scaled, axis=0)))

    entering = np.zeros_like(work.initial)
    entering[work.doses.state] = work.doses.amount
    # a PI controller: for Tsit5 and Dopri5 up to a fifth fewer rejected steps than the default
    control: dict[str, Any] = {"pcoeff": 0.3, "icoeff": 0.3, "atol": ABSOLUTE * rtol * column(work.scale)}
    if shared:
        control["norm"] = worst
    controller = diffrax.PIDController(rtol=rtol, **control)
    term, method = diffrax.ODETerm(function), getattr(diffrax, solver)()

    def stretch(state: Any, start: Any, stop: Any, asked: Any) -> Any:
        found = diffrax.diffeqsolve(
            term, method, start, stop, FIRST, state, constant,
            saveat=diffrax.SaveAt(ts=asked, t1=True), stepsize_controller=controller, max_steps=MOST_STEPS,
        )  # fmt: skip
        return found.ys

    def day(state: Any, times: Any) -> Any:
        found = stretch(state + column(entering), *times)
        return found[-1], found[:-1]

    start = jnp.broadcast_to(column(work.initial), (len(work.initial), *constant.shape[1:]))
    before, *days = work.segments()
    # every stretch between doses has as many samples, so that one compiled scan runs all of them
    assert before[2] == slice(1, 1)
    assert {inside.stop - inside.start for *_, inside in days} == {int(DAY)}
    first = stretch(start, before[0], before[1], jnp.zeros(0))[-1]
    starts, stops = (jnp.array([one[part] for one in days]) for part in (0, 1))
    asked = jnp.array([work.samples[inside] for *_, inside in days])
    _, found = jax.lax.scan(day, first, (starts, stops, asked))
    return jnp.concatenate([start[None], found.reshape(-1, *start.shape)])


VARIANTS: dict[str, Callable[[Workload], Diffrax]] = {
    "Tsit5, shared steps": lambda work: Diffrax(work, "Tsit5", True, 100),
    "Dopri5, shared steps": lambda work: Diffrax(work, "Dopri5", True, 100),
    "Tsit5, vmap": lambda work: Diffrax(work, "Tsit5", False, 100),
}
