"""Records neurons of two compartments with brian2, as an outside judge of the coupled circuits.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install brian2
    /tmp/venv/bin/pip install "numpy<2"
    /tmp/venv/bin/python tools/reference/brian2_compartments.py \
        > Tests/FidelityTests/Fixtures/brian2_compartments.json

Compartment 0 is the soma, 1 the dendrite. Units: one brian2 millisecond stands for one tick,
potentials are volts, weights are steps; `flow` is the conductance between the compartments over
the capacitance of one, per tick. brian2 integrates with the fourth order of Runge and Kutta in
steps of 1/256 tick; a spike is seen within one such step, and stands in the middle of it.
"""

import json
import sys

import numpy as np
from brian2 import (Network, EventMonitor, NeuronGroup, SpikeGeneratorGroup,
                    StateMonitor, Synapses, defaultclock, ms, prefs, start_scope)

prefs.codegen.target = "numpy"
PHASES = 64  # of a tick: where events may fall
STEPS = 256  # of a tick: brian2's own

COMPARTMENT = """
dv{c}/dt = ((leak - v{c} + gain * i{c}) / membrane + flow * (v{o} - v{c})
            + int(t < held{c}) * (reset{c} - v{c}) / pull) / ms : 1
di{c}/dt = -i{c} / (synaptic * ms) : 1
held{c} : second
"""

# name; leak, membrane, synaptic, gain, flow, pull; threshold, reset and refractory of soma and
# dendrite; length in ticks, events a tick, compartments that events reach.
CASES = [
    ("passive", 0.5, 20, 8, 0.004, 0.05, 1, (2.0, 0.5, 1), (2.0, 0.5, 1), 200, 0.4, (0, 1)),
    ("passive, tight", 0.5, 60, 3, 0.008, 1.2, 1, (2.0, 0.5, 1), (2.0, 0.5, 1), 200, 0.3, (1,)),
    ("soma fires", 0.5, 40, 10, 0.012, 0.1, 1, (0.58, 0.47, 4), (2.0, 0.5, 1), 300, 0.5, (1,)),
    ("plateau", 0.45, 40, 10, 0.03, 0.03, 2, (0.53, 0.40, 8), (0.62, 0.75, 80), 250, 0.15, (1,)),
]


def record(case, seed):
    """Runs one case; gives its constants, events, membranes at ticks and spike times."""
    name, leak, membrane, synaptic, gain, flow, pull, soma, dendrite, ticks, rate, targets = case
    start_scope()
    defaultclock.dt = ms / STEPS
    random = np.random.default_rng(seed)
    grid = np.arange(8, (ticks - 4) * PHASES, 8)
    grid = grid[random.random(len(grid)) < rate * 8 / PHASES]
    weights = random.integers(2, 16, len(grid))
    places = random.choice(targets, len(grid))
    equations = COMPARTMENT.format(c=0, o=1) + COMPARTMENT.format(c=1, o=0)
    constants = {"leak": leak, "membrane": membrane, "synaptic": synaptic, "gain": gain,
                 "flow": flow, "pull": pull, "reset0": soma[1], "reset1": dendrite[1]}
    # A dendrite that resets to above its threshold fires when it rises through it.
    neuron = NeuronGroup(
        1, equations + "above : boolean\n", method="rk4", namespace=constants,
        events={"soma": f"v0 >= {soma[0]} and t >= held0",
                "dendrite": f"v1 >= {dendrite[0]} and t >= held1 and not above"})
    neuron.v0 = neuron.v1 = leak
    neuron.run_on_event("soma", f"held0 = t + {soma[2]} * ms")
    neuron.run_on_event("dendrite", f"held1 = t + {dendrite[2]} * ms")
    neuron.run_regularly(f"above = v1 >= {dendrite[0]}", when="end")
    source = SpikeGeneratorGroup(
        len(grid), np.arange(len(grid)), (grid / PHASES - 1 / STEPS) * ms)
    synapses = Synapses(source, neuron, "w0 : 1\nw1 : 1", on_pre="i0 += w0\ni1 += w1")
    synapses.connect()
    synapses.w0, synapses.w1 = weights * (places == 0), weights * (places == 1)
    trace = StateMonitor(neuron, ["v0", "v1"], record=True, dt=ms)
    spikes = [EventMonitor(neuron, event) for event in ("soma", "dendrite")]
    Network(neuron, source, synapses, trace, *spikes).run(ticks * ms)
    return {
        "name": name, "leak": leak, "membrane": membrane, "synaptic": synaptic, "gain": gain,
        "flow": flow, "pull": pull, "thresholds": [soma[0], dendrite[0]],
        "resets": [soma[1], dendrite[1]], "refractory": [soma[2], dendrite[2]], "ticks": ticks,
        "phases": grid.tolist(), "weights": weights.tolist(), "places": places.tolist(),
        "potentials": [[round(float(v), 7) for v in values[0][1:]]
                       for values in (trace.v0, trace.v1)],
        "spikes": [[round(float(t / ms) + 0.5 / STEPS, 6) for t in monitor.t]
                   for monitor in spikes],
    }


json.dump([record(case, 11 + i) for i, case in enumerate(CASES)], sys.stdout,
          separators=(",", ":"))
