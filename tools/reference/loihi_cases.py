"""Cases of every kind of recording: small ones from fixed seeds, and ones with everything drawn."""

import random

from loihi_learning import run_learning
from loihi_neurons import WRAP, effective, run_lif, run_nengo


class Maker:
    """Makes cases of every kind from one seed."""

    def __init__(self, seed, steps=60):
        self.random, self.steps = random.Random(seed), steps

    def spikes(self, count, rate, steps=None):
        return [
            [1 if self.random.random() < rate else 0 for _ in range(count)]
            for _ in range(steps or self.steps)
        ]

    def matrix(self, rows, columns, low, high):
        return [[self.random.randint(low, high) for _ in range(columns)] for _ in range(rows)]

    def numbers(self, count, low, high):
        return [self.random.randint(low, high) for _ in range(count)]

    def dense(self, rows, columns, low=-120, high=120, exp=0, bits=8, mode=None, delays=None):
        part = {
            "weights": self.matrix(rows, columns, low, high), "weight_exp": exp,
            "num_weight_bits": bits, "sign_mode": mode,
        }
        if delays:
            part["delays"] = self.matrix(rows, columns, 0, delays)
        part["effective_weights"] = effective(part["weights"], bits, mode)
        return part

    def neuron(self, model, n, du=410, dv=205, vth=80, **more):
        neuron = {
            "model": model, "n": n, "du": du, "dv": dv, "bias_mant": self.numbers(n, -60, 60),
            "bias_exp": self.numbers(n, 0, 4), "u0": self.numbers(n, -2000, 2000),
            "v0": self.numbers(n, -2000, 2000),
        }
        if model == "ternary":
            neuron |= {"vth_hi": vth, "vth_lo": -vth - 7}
        else:
            neuron["vth"] = vth
        return neuron | more

    def lif(self, name, note, inputs, layers, rate=0.2):
        case = {
            "format": "loihi-lif-golden-1", "name": name, "note": note,
            "source": "tools/reference/loihi_golden.py", "steps": self.steps,
            "input_spikes": self.spikes(inputs, rate), "layers": layers,
        }
        for layer, result in zip(layers, run_lif(case)):
            layer |= result
        return case

    def nengo(self, name, note, n=8, inputs=6, vmin=-WRAP + 1):
        case = {
            "format": "loihi-nengo-lif-golden-1", "name": name, "note": note,
            "source": "tools/reference/loihi_golden.py", "steps": self.steps,
            "du": self.numbers(n, 0, 4095), "dv": self.numbers(n, 0, 1000),
            "vth": self.numbers(n, 20, 120), "bias": self.numbers(n, -300, 900),
            "refract_delay": [self.random.choice([0, 1, 2, 3, 5, 9, 63]) for _ in range(n)],
            "vmin": vmin, "weights": self.matrix(n, inputs, -120, 120),
            "input_spikes": self.spikes(inputs, 0.25),
        }
        return case | run_nengo(case)

    def draws(self, epochs):
        real = lambda: [round(self.random.random(), 6) for _ in range(epochs)]
        return {
            "x_decay": real(), "y_decay": real(), "syn_round": real(),
            "x_impulse": self.numbers(epochs, 0, 127), "y_impulse": self.numbers(epochs, 0, 127),
            "y_impulse_repeat": self.numbers(self.steps, 0, 127),
        }

    def learning(
            self, name, note, rule, record, mode="mixed", third=(), rate=0.2, delays=0,
            kinds=("float", "fixed")):
        low, high = {"mixed": (-90, 90), "excitatory": (20, 230), "inhibitory": (-230, -20)}[mode]
        case = {
            "format": "loihi-learning-golden-1", "name": name, "note": note,
            "source": "tools/reference/loihi_golden.py", "steps": self.steps, "sign_mode": mode,
            "three_factor": bool(third), "rule": {"dw": None, "dd": None, "dt": None} | rule,
            "weights0": self.matrix(3, 4, low, high), "tag0": self.matrix(3, 4, -30, 30),
            "delay0": self.matrix(3, 4, 0, delays), "pre_spikes": self.spikes(4, rate),
            "post_spikes": self.spikes(3, rate), "record": record,
        }
        for y in third:
            case[f"{y}_in"] = self.matrix(self.steps, 3, -40, 90)
        case["random"] = self.draws(self.steps // rule["t_epoch"])
        for kind in kinds:
            case[kind] = run_learning(case, kind)
        return case


def lif_cases():
    make = Maker(11)
    yield make.lif("reset", "periodic reset of u and v", 6, [{
        "neuron": make.neuron("reset", 6, reset_interval=9, reset_offset=13),
        "dense_in": make.dense(6, 6)}])
    yield make.lif("ternary", "two thresholds", 6, [{
        "neuron": make.neuron("ternary", 7, vth=60), "dense_in": make.dense(7, 6)}])
    yield make.lif("ternary_layers", "spikes of -1 count as spikes, in the layer and behind it", 6, [
        {"neuron": make.neuron("ternary", 6, vth=50), "dense_in": make.dense(6, 6),
         "dense_rec": make.dense(6, 6, -40, 40)},
        {"neuron": make.neuron("lif", 5, vth=50), "dense_in": make.dense(5, 6)}])
    yield make.lif("three_layers", "layers behind each other, with recurrence and exponents", 5, [
        {"neuron": make.neuron("lif", 9, vth=60), "dense_in": make.dense(9, 5, exp=1)},
        {"neuron": make.neuron("lif", 6, du=900, vth=50),
         "dense_in": make.dense(6, 9, exp=-1), "dense_rec": make.dense(6, 6, exp=-2)},
        {"neuron": make.neuron("reset", 4, vth=40, reset_interval=17, reset_offset=3),
         "dense_in": make.dense(4, 6, delays=3)}], rate=0.35)
    yield make.lif("delays", "delays up to 62 steps, recurrent ones too", 5, [{
        "neuron": make.neuron("lif", 5, vth=50), "dense_in": make.dense(5, 5, delays=62),
        "dense_rec": make.dense(5, 5, delays=4)}], rate=0.3)
    yield make.lif("few_bits", "3 bits, mixed signs", 6, [{
        "neuron": make.neuron("lif", 6), "dense_in": make.dense(6, 6, bits=3)}], rate=0.3)
    yield make.lif("excitatory", "weights beyond the range and below 0, mode given, 5 bits", 6, [{
        "neuron": make.neuron("lif", 6, vth=300),
        "dense_in": make.dense(6, 6, -80, 400, bits=5, mode="excitatory")}])
    yield make.lif("inhibitory", "no weight above 0, 6 bits, exponent 2", 6, [{
        "neuron": make.neuron("lif", 6, vth=20) | {"bias_mant": [900] * 6, "bias_exp": [3] * 6},
        "dense_in": make.dense(6, 6, -300, 0, exp=2, bits=6)}])
    yield make.lif("mixed_given", "no weight below 0, but mixed signs by name, exponent -3", 6, [{
        "neuron": make.neuron("lif", 6, vth=30),
        "dense_in": make.dense(6, 6, 0, 255, exp=-3, mode="mixed")}], rate=0.4)
    yield make.lif("wrap", "the current wraps both ways", 12, [{
        "neuron": make.neuron("lif", 4, du=20, dv=3000, vth=131071),
        "dense_in": make.dense(4, 12, -256, 255, exp=7)}], rate=0.6)


def learning_cases():
    make = Maker(12)
    stdp = {"x1_impulse": 16, "x1_tau": 10, "y1_impulse": 16, "y1_tau": 10}
    traces = ["x1", "y1", "weights"]
    yield make.learning(
        "epoch_5", "long epoch, several spikes in one, fractions of impulses", stdp | {
            "dw": "2^-2 * x1 * y0 - 2^-2 * y1 * x0", "t_epoch": 5, "x1_impulse": 16.4,
            "y1_impulse": 20.75}, traces, rate=0.35)
    yield make.learning(
        "three_factor", "y1 to y3 from outside, signed", {
            "dw": "2^-3 * y1 * x0 + 2^-4 * u1 * t * y2", "dt": "x1 * y3 * u0 - 2^-2 * t * u0",
            "t_epoch": 2, "x1_impulse": 30, "x1_tau": 6},
        ["x1", "y1", "y2", "y3", "tag", "weights"], third=("y1", "y2", "y3"))
    yield make.learning(
        "gates", "u gates of one exponent a rule, signs and constants", stdp | {
            "dw": "2^-3 * u2 * (x1 - 3) * (y1 - 2) - 4 * sgn(w - 5) * u2 - 2^-1 * x0 * y1",
            "dt": "sgn(t + 1) * u1 - 2 * (w + 7) * 2^-5 * u1 + 2^-2 * y0 * x1",
            "dd": "-2^-1 * u3 * (d - 20) + 2^-2 * x1 * y0", "t_epoch": 1},
        ["x1", "y1", "weights", "tag", "delay"], delays=40)
    yield make.learning(
        "inhibitory", "weights stay below 0", stdp | {
            "dw": "2^-1 * x1 * y0 - 2^-1 * y1 * x0", "t_epoch": 2}, traces, mode="inhibitory")
    yield make.learning(
        "excitatory", "weights stay above 0 and saturate", stdp | {
            "dw": "2 * x1 * y0 - 3 * y1 * x0 + 8 * u0", "t_epoch": 3}, traces, mode="excitatory")
    yield make.learning(
        "factors", "three traces, tags, delays and weights as factors, large mantissas", stdp | {
            "dw": "12 * 2^-6 * x1 * x2 * y0 - 5 * 2^-7 * w * y1 * x0 + 2^-7 * d * u0",
            "dd": "2^-4 * t * x0", "dt": "16 * y0 - 2^-2 * t * x0", "t_epoch": 4,
            "x2_impulse": 3.5, "x2_tau": 30, "y2_impulse": 1, "y2_tau": 0},
        ["x1", "x2", "y1", "y2", "weights", "tag", "delay"], delays=60, rate=0.3)
    yield make.learning(
        "saturation", "traces saturate at 127, weights and tags at their ends", {
            "dw": "2 * x1 * y0 - 2 * y1 * x0", "dt": "x1 * y0 * 2^2 - y1 * x0 * 2^2",
            "t_epoch": 1, "x1_impulse": 90, "x1_tau": 30, "y1_impulse": 100.5, "y1_tau": 20},
        ["x1", "y1", "weights", "tag"], rate=0.3)
    yield make.learning(
        "coincidence", "a second gate as a factor, integers only", stdp | {
            "dw": "2 * x0 * y0 * x1 - 2^-1 * y0 * x0 * y1 * x1 + u1 * x0 * y0 * 5", "t_epoch": 3},
        traces, rate=0.3, kinds=("fixed",))


def nengo_cases():
    make = Maker(13)
    yield make.nengo("refractory", "drawn registers, refractory counters")
    yield make.nengo("vmin", "voltage clipped below at 0", vmin=0)


class RandomMaker(Maker):
    """Makes cases in which everything is drawn: layers, registers, rules, traces."""

    def choose(self, *values):
        return self.random.choice(values)

    def any_dense(self, rows, columns):
        low, high = self.choose((-120, 120), (-300, 300), (0, 255), (-255, 0), (0, 0))
        return self.dense(
            rows, columns, low, high, exp=self.random.randint(-6, 7),
            bits=self.random.randint(1, 8), delays=self.choose(None, None, 5, 62),
            mode=self.choose(None, None, "mixed", "excitatory", "inhibitory"))

    def any_neuron(self, n):
        model, more = self.choose("lif", "reset", "ternary"), {}
        if model == "reset":
            more = {"reset_interval": self.random.randint(1, 20),
                    "reset_offset": self.random.randint(0, 30)}
        neuron = self.neuron(
            model, n, du=self.choose(0, 1, 410, 2000, 4095), dv=self.choose(0, 1, 205, 2000, 4095),
            vth=self.random.randint(1, 200), **more)
        return neuron | {"bias_exp": self.numbers(n, -3, 7)}

    def any_lif(self, name):
        inputs = below = self.random.randint(1, 12)
        layers = []
        for _ in range(self.random.randint(1, 3)):
            n = self.random.randint(1, 12)
            layer = {"neuron": self.any_neuron(n), "dense_in": self.any_dense(n, below)}
            if self.choose(True, False):
                layer["dense_rec"] = self.any_dense(n, n)
            layers.append(layer)
            below = n
        return self.lif(name, "drawn", inputs, layers, rate=self.random.uniform(0.05, 0.6))

    def factor(self):
        name = self.choose("x1", "x2", "y1", "y2", "y3", "w", "d", "t")
        sum_with = f"({name} {self.choose('+', '-')} {self.random.randint(0, 60)})"
        if self.random.random() < 0.2:
            return sum_with
        return "sgn" + sum_with if name in "wdt" and self.random.random() < 0.2 else name

    def product(self, u, is_third):
        gate = self.choose("x0", "x0", f"u{u}", *([] if is_third else ["y0", "y0"]))
        small, large = self.random.randint(1, 7), self.choose(3, 5, 8, 12, 14)
        down = self.random.randint(0, 6)
        literal = self.choose("", f"2^-{down} * ", f"{small} * ", f"{large} * 2^-{down % 5} * ")
        factors = [self.factor() for _ in range(self.random.randint(0, 3))] + [gate]
        self.random.shuffle(factors)
        return literal + " * ".join(factors)

    def equation(self, is_third):
        u = self.random.randint(0, 4)
        text = self.choose("", "-") + self.product(u, is_third)
        for _ in range(self.random.randint(0, 3)):
            text += f" {self.choose('+', '-')} {self.product(u, is_third)}"
        return text

    def any_learning(self, name):
        third = self.choose((), (), ("y1", "y2", "y3"), ("y1",))
        rule = {"t_epoch": self.choose(1, 1, 2, 3, 5, 7, 16), "dw": self.equation(bool(third))}
        for key in ("dt", "dd"):
            if self.choose(True, False):
                rule[key] = self.equation(bool(third))
        for trace in ("x1", "x2", "y1", "y2", "y3"):
            if self.random.random() < 0.8:
                rule[f"{trace}_impulse"] = self.choose(0, 1, 16, 16.25, 20.7, 100, 126.5)
                rule[f"{trace}_tau"] = self.choose(0, 1, 2.5, 10, 40, 500)
        case = self.learning(
            name, "drawn", rule, ["x1", "x2", "y1", "y2", "y3", "weights", "tag", "delay"],
            mode=self.choose("mixed", "mixed", "excitatory"), third=third,
            rate=self.random.uniform(0.05, 0.6), delays=self.choose(0, 60, 200),
            kinds=("fixed", "float"))
        if not is_tame(case["float"]):
            del case["float"]
        return case


def is_tame(value):
    """Whether all real numbers stay so small that rounding errors are not the whole of them."""
    if isinstance(value, dict):
        return all(is_tame(v) for v in value.values())
    if isinstance(value, list):
        return all(is_tame(v) for v in value)
    return abs(value) < 1e4
