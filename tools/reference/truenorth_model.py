"""An independent model of TrueNorth's cores, and seeded networks to compare emulators with.

    python truenorth_model.py write DIR COUNT [FIRST]

writes for each seed from FIRST (default 0) on a register file, SEED.regs.yaml, and what it does,
SEED.json: steps, sample number, input events and the spikes that this model finds.

The neuron is that of Cassidy et al. 2013, "Cognitive computing building block: a versatile and
efficient digital neuron model for neurosynaptic cores", IJCNN, equations 1 to 3:

    V += sum over active axons i of  s_G(i)            deterministic weights
                                     sgn(s) if |s| >= rho   stochastic weights, rho of 8 bits
    V += (1 - eps + eps sgn V) * leak                  or its sign, if |leak| >= rho
    eta = word & mask;  spike where V >= threshold + eta
    spike:                    V = R (normal), V - (threshold + eta) (linear), V (none)
    else V < -(beta + eta'):  V = -beta if it saturates there (eta' = 0), else (eta' = eta)
                              -R (normal), V + (beta + eta) (linear), V (none)

The membrane stays in 20 bits with sign. Events of step t act at step t + 1 + delay; an axon with
two events at a time has one.

Random words are counter-based: a function of the core's seed, the sample's number, and (step,
column, which), where which is 0 for the leak, 1 for the threshold, 2 + i for axon i. They come from
SplitMix64's finaliser, once for each part of the key and of the coordinate.
"""

import json
import os
import random
import sys

import numpy as np

U64 = np.uint64


def mix(z):
    """The finaliser of SplitMix64, for arrays of 64-bit words."""
    z = np.asarray(z, dtype=U64)
    z = (z ^ (z >> U64(30))) * U64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> U64(27))) * U64(0x94D049BB133111EB)
    return z ^ (z >> U64(31))


def words(seed, sample, step, columns, which):
    """The random words at (step, column, which), for arrays of the last two."""
    with np.errstate(over="ignore"):
        key = mix(mix(U64(seed) + U64(0x9E3779B97F4A7C15))
                  ^ (U64(sample) * U64(0xD1B54A32D192ED03)))
        row = mix(key ^ (U64(step) * U64(0x9E3779B97F4A7C15)))
        line = mix(row ^ (np.asarray(columns, dtype=U64) * U64(0xC2B2AE3D27D4EB4F)))
        return mix(line ^ (np.asarray(which, dtype=U64) * U64(0x165667B19E3779F9)))


LOW, HIGH = -(1 << 19), (1 << 19) - 1
NEURON = [
    "leak", "leak_stochastic", "leak_reverses", "threshold", "negative_threshold",
    "threshold_mask", "reset_potential", "saturates_below", "initial_potential",
]


class Core:
    """One core: a dictionary of its registers, as the network file has them, and its state."""

    def __init__(self, core, sample):
        self.seed, self.sample = core["seed"], sample
        self.types = np.array(core["axon_types"], dtype=np.int64)
        self.weights = np.array(core["weights"], dtype=np.int64)
        self.stochastic = np.array(core["stochastic"], dtype=bool)
        self.resets = np.array(core["reset"])
        self.of = {key: np.array(core[key], dtype=np.int64) for key in NEURON}
        count = len(self.weights)
        self.columns = np.arange(count)
        self.crossbar = np.zeros((len(self.types), count), dtype=bool)
        for axon, row in enumerate(core["synapses"]):
            self.crossbar[axon, row] = True
        self.v = self.of["initial_potential"].copy()

    def draw(self, step, which):
        return words(self.seed, self.sample, step, self.columns, which)

    def synapses(self, step, axons):
        total = np.zeros(len(self.columns), dtype=np.int64)
        for axon in axons:
            kind = self.types[axon]
            weight = self.weights[:, kind]
            rho = (self.draw(step, 2 + axon) & U64(255)).astype(np.int64)
            drawn = np.where(np.abs(weight) >= rho, np.sign(weight), 0)
            value = np.where(self.stochastic[:, kind], drawn, weight)
            total += np.where(self.crossbar[axon], value, 0)
        return total

    def leak(self, step, v):
        rho = (self.draw(step, 0) & U64(255)).astype(np.int64)
        leak = self.of["leak"]
        drawn = np.where(np.abs(leak) >= rho, np.sign(leak), 0)
        value = np.where(self.of["leak_stochastic"] == 1, drawn, leak)
        return np.where(self.of["leak_reverses"] == 1, np.sign(v), 1) * value

    def step(self, step, axons):
        """Advances by one step; gives which neurons spike."""
        v = self.v + self.synapses(step, axons)
        v = np.clip(v + self.leak(step, v), LOW, HIGH)
        mask = self.of["threshold_mask"].astype(U64)
        eta = (self.draw(step, 1) & mask).astype(np.int64)
        alpha, beta = self.of["threshold"], self.of["negative_threshold"]
        target, saturates = self.of["reset_potential"], self.of["saturates_below"] == 1
        spikes = v >= alpha + eta
        normal, linear = self.resets == "normal", self.resets == "linear"
        above = np.where(normal, target, np.where(linear, v - (alpha + eta), v))
        floor = np.where(normal, -target, np.where(linear, v + beta + eta, v))
        floor = np.where(saturates, -beta, floor)
        below = ~spikes & (v < -(beta + np.where(saturates, 0, eta)))
        self.v = np.clip(np.where(spikes, above, np.where(below, floor, v)), LOW, HIGH)
        return spikes


def run(network, steps, sample, events):
    """The spikes [step, unit] of a network; units count through the cores."""
    cores = [Core(core, sample) for core in network["cores"]]
    offsets = np.cumsum([0] + [len(core.columns) for core in cores])
    heard = {}
    for step, channel in events:
        heard.setdefault(step, []).append(channel)
    routes = {}
    for core, neuron, target, axon, delay in network["routes"]:
        routes.setdefault((core, neuron), []).append((target, axon, delay))
    waiting = {}
    spikes = []
    for step in range(steps):
        active = waiting.pop(step, set())
        fired = [
            core.step(step, sorted(axon for at, axon in active if at == index))
            for index, core in enumerate(cores)
        ]
        for index, flags in enumerate(fired):
            for neuron in np.flatnonzero(flags).tolist():
                spikes.append([step, int(offsets[index]) + neuron])
                for target, axon, delay in routes.get((index, neuron), []):
                    waiting.setdefault(step + 1 + delay, set()).add((target, axon))
        for channel in heard.get(step, []):
            for target, axon in network["inputs"][channel]:
                waiting.setdefault(step + 1, set()).add((target, axon))
    return spikes


# Networks

class Maker:
    """Draws a network: some deterministic, some stochastic, some at the ends of the registers."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.is_stochastic = self.random.random() < 0.7
        self.is_extreme = self.random.random() < 0.15
        self.is_large = self.random.random() < 0.01

    def chance(self, probability):
        return self.random.random() < probability

    def network(self):
        core_count = self.random.randint(1, 4)
        cores = [self.core() for _ in range(core_count)]
        axons = [(c, a) for c, core in enumerate(cores) for a in range(len(core["axon_types"]))]
        inputs = [
            [list(a) for a in sorted(self.random.sample(axons, self.random.randint(1, 3)))]
            for _ in range(self.random.randint(3, 16))
        ]
        routes = []
        for c, core in enumerate(cores):
            for neuron in range(len(core["weights"])):
                for target in sorted(self.random.sample(axons, self.random.choice([0, 1, 1, 2]))):
                    delay = self.random.choice([0, 0, self.random.randint(0, 15)])
                    routes.append([c, neuron, *target, delay])
        return {"cores": cores, "inputs": inputs, "routes": routes}

    def core(self):
        low, high = (256, 256) if self.is_large else (4, 24)
        axons, neurons = self.random.randint(low, high), self.random.randint(low, high)
        density = self.random.uniform(0.1, 0.6)
        made = [self.neuron() for _ in range(neurons)]
        core = {
            "seed": self.random.getrandbits(32),
            "axon_types": [self.random.randrange(4) for _ in range(axons)],
            "synapses": [
                [n for n in range(neurons) if self.chance(density)] for _ in range(axons)
            ],
        }
        for key in made[0]:
            core[key] = [neuron[key] for neuron in made]
        return core

    def number(self, most):
        return self.random.randint(-most, most)

    def neuron(self):
        most = 255 if self.is_extreme or self.chance(0.3) else 20
        noisy = self.is_stochastic
        mask = self.random.choice([0, 0, (1 << self.random.randint(1, 8)) - 1,
                                   self.random.getrandbits(18)]) if noisy else 0
        top = (1 << 18) - 1 if self.is_extreme and self.chance(0.5) else 6 * most
        return {
            "weights": [self.number(most) for _ in range(4)],
            "stochastic": [int(noisy and self.chance(0.4)) for _ in range(4)],
            "leak": self.number(most // 2) if self.chance(0.7) else 0,
            "leak_stochastic": int(noisy and self.chance(0.3)),
            "leak_reverses": int(self.chance(0.3)),
            "threshold": self.random.randint(0, top),
            "negative_threshold": self.random.randint(0, top),
            "threshold_mask": mask,
            "reset_potential": min(self.number(1 << 19 if self.is_extreme else most), HIGH),
            "reset": self.random.choice(["normal", "linear", "none"]),
            "saturates_below": int(self.chance(0.5)),
            "initial_potential": self.number(((1 << 19) - 1) if self.is_extreme else 3 * most),
        }

    def events(self, channels, steps):
        rate = self.random.uniform(0.05, 0.5)
        return [
            [step, channel] for step in range(steps) for channel in range(channels)
            if self.chance(rate)
        ]


FLAGS = ["leak_stochastic", "leak_reverses", "saturates_below"]


def flow(value):
    """A list in YAML's flow form."""
    return "[" + ", ".join(flow(v) if isinstance(v, list) else str(v) for v in value) + "]"


def register_file(name, network, steps):
    lines = ["format: synapus-registers/1", f"name: {name}", f"steps: {steps}", "crossbar:",
             "  cores:"]
    for core in network["cores"]:
        lines += [f"    - seed: {core['seed']}", f"      neurons: {len(core['weights'])}"]
        for key in core:
            if key == "seed":
                continue
            values = core[key]
            if key in FLAGS:
                values = ["true" if v else "false" for v in values]
            lines.append(f"      {key}: {flow(values)}")
    lines.append(f"  inputs: {flow(network['inputs'])}")
    lines.append(f"  routes: {flow(network['routes'])}")
    return "\n".join(lines) + "\n"


def write(folder, count, first):
    os.makedirs(folder, exist_ok=True)
    for seed in range(first, first + count):
        make = Maker(seed)
        network = make.network()
        steps, sample = make.random.randint(20, 60), make.random.getrandbits(16)
        events = make.events(len(network["inputs"]), steps)
        name = f"truenorth-{seed:04d}"
        with open(os.path.join(folder, f"{name}.regs.yaml"), "w", encoding="utf-8") as file:
            file.write(register_file(name, network, steps))
        answer = {
            "seed": seed, "steps": steps, "sample": sample, "events": events,
            "spikes": run(network, steps, sample, events),
        }
        with open(os.path.join(folder, f"{name}.json"), "w", encoding="utf-8") as file:
            json.dump(answer, file, separators=(",", ":"))
            file.write("\n")


def main(arguments):
    if len(arguments) not in (4, 5) or arguments[1] != "write":
        print(__doc__, file=sys.stderr)
        return 2
    write(arguments[2], int(arguments[3]), int(arguments[4]) if len(arguments) == 5 else 0)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
