"""Loihi's neurons as lava-nc 0.10.0 and nengo-loihi 1.1.0 step them, one rule a line."""

WRAP = 1 << 23


def truncated_decay(value, numerator):
    """value * numerator / 4096, rounded toward zero."""
    size = abs(value) * numerator >> 12
    return size if value >= 0 else -size


def wrapped(value):
    if value > WRAP:
        return value - (1 << 24)
    if value <= -WRAP:
        return value + (1 << 24)
    return value


def sign_mode_of(weights, given):
    flat = [w for row in weights for w in row]
    if given is not None:
        return given
    if not flat or min(flat) >= 0:
        return "excitatory"
    return "inhibitory" if max(flat) <= 0 else "mixed"


def effective(weights, bits, given):
    """Clipped and truncated weights."""
    mode = sign_mode_of(weights, given)
    low, high = (-256, 255) if mode == "mixed" else (0, 255)
    sign = -1 if mode == "inhibitory" else 1
    drop = 8 - bits + (1 if mode == "mixed" else 0)
    return [
        [sign * (min(max(sign * w, low), high) >> drop << drop) for w in row] for row in weights
    ]


def shifted(total, exponent):
    return total << exponent if exponent > 0 else total >> -exponent


class Dense:
    """A projection with its buffer of sums that are still on their way."""

    def __init__(self, part):
        self.weights = effective(
            part["weights"], part.get("num_weight_bits", 8), part.get("sign_mode"))
        self.exponent = part.get("weight_exp", 0)
        self.delays = part.get("delays")
        deepest = max((d for row in self.delays for d in row), default=0) if self.delays else 0
        self.slots = [[0] * len(self.weights) for _ in range(deepest + 1)]

    def arrive(self):
        """The sums of this step, and the slot freed."""
        sums = self.slots.pop(0)
        self.slots.append([0] * len(sums))
        return [shifted(total, self.exponent) for total in sums]

    def send(self, spikes):
        """Called after `arrive`: slot 0 is now the next step's."""
        for post, row in enumerate(self.weights):
            for pre, weight in enumerate(row):
                # As lava's Dense without message bits: a spike of -1 is a spike.
                if spikes[pre]:
                    delay = self.delays[post][pre] if self.delays else 0
                    self.slots[delay][post] += weight


class Layer:
    def __init__(self, layer):
        self.neuron = layer["neuron"]
        self.dense = [Dense(layer["dense_in"])]
        if layer.get("dense_rec"):
            self.dense.append(Dense(layer["dense_rec"]))
        n = self.neuron["n"]
        self.u = list(self.neuron.get("u0") or [0] * n)
        self.v = list(self.neuron.get("v0") or [0] * n)

    def step(self, t):
        neuron = self.neuron
        arrived = [sum(parts) for parts in zip(*(d.arrive() for d in self.dense))]
        interval = neuron.get("reset_interval") or 0
        if interval and t % interval == neuron.get("reset_offset", 0) % interval:
            self.u = [0] * len(self.u)
            self.v = [0] * len(self.v)
        spikes = []
        for i, a in enumerate(arrived):
            u = wrapped(truncated_decay(self.u[i], 4096 - (neuron["du"] + 1)) + 64 * a)
            mantissa, exponent = (neuron.get(key, [0] * neuron["n"])[i] for key in
                                  ("bias_mant", "bias_exp"))
            bias = mantissa << exponent if exponent >= 0 else mantissa >> -exponent
            v = truncated_decay(self.v[i], 4096 - neuron["dv"]) + u + bias
            v = min(max(v, -WRAP + 1), WRAP - 1)
            spike = self.spike(v)
            spikes.append(spike)
            self.u[i], self.v[i] = u, 0 if spike else v
        return spikes

    def spike(self, v):
        neuron = self.neuron
        if neuron["model"] == "ternary":
            if v > 64 * neuron["vth_hi"]:
                return 1
            return -1 if v < 64 * neuron["vth_lo"] else 0
        return 1 if v > 64 * neuron["vth"] else 0


def run_lif(case):
    """u, v and spikes of each layer."""
    layers = [Layer(layer) for layer in case["layers"]]
    results = [{"u": [], "v": [], "spikes": []} for _ in layers]
    for t in range(1, case["steps"] + 1):
        below = case["input_spikes"][t - 1]
        for layer, result in zip(layers, results):
            spikes = layer.step(t)
            layer.dense[0].send(below)
            if len(layer.dense) > 1:
                layer.dense[1].send(spikes)
            result["u"].append(list(layer.u))
            result["v"].append(list(layer.v))
            result["spikes"].append(spikes)
            below = spikes
    return results


def run_nengo(case):
    n = len(case["du"])
    u, v, counters, arrived = [0] * n, [0] * n, [0] * n, [0] * n
    result = {"u": [], "v": [], "spikes": []}
    for t in range(case["steps"]):
        spikes = []
        for i in range(n):
            u[i] = wrapped(truncated_decay(u[i], 4096 - (case["du"][i] + 1)) + 64 * arrived[i])
            voltage = truncated_decay(v[i], 4096 - case["dv"][i]) + u[i] + case["bias"][i]
            voltage = min(max(voltage, case["vmin"]), WRAP - 1)
            if counters[i] > 0:
                voltage = 0
            spike = 1 if voltage > 64 * case["vth"][i] else 0
            if spike:
                voltage, counters[i] = 0, case["refract_delay"][i]
            counters[i] = max(0, counters[i] - 1)
            v[i] = voltage
            spikes.append(spike)
        result["u"].append(list(u))
        result["v"].append(list(v))
        result["spikes"].append(spikes)
        heard = case["input_spikes"][t]
        arrived = [sum(w for w, s in zip(row, heard) if s) for row in case["weights"]]
    return result
