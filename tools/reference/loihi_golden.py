"""A plain model of Loihi's neurons and learning engine, and of the files that record them.

    python loihi_golden.py check DIR     recompute every number of the files, and compare
    python loihi_golden.py write DIR     write cases of every kind, small ones, from fixed seeds
    python loihi_golden.py random DIR COUNT [FIRST]   write cases with everything drawn from seeds

The formats are loihi-lif-golden-1, loihi-nengo-lif-golden-1 and loihi-learning-golden-1. The rules
are those of lava-nc 0.10.0 and nengo-loihi 1.1.0, written down one by one; nothing is imported from
either, and nothing here is as fast as it could be: it is meant to be read.
"""

import json
import math
import os
import random
import re
import sys

WRAP = 1 << 23


# Neurons

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


# Rules

TOKEN = re.compile(r"\s*(sgn|x[012]|y[0123]|u\d|[wdt]|\d+|[-+*^()])")
TRACE_BITS, VARIABLE_BITS = 7, 9


def tokens_of(text):
    found, at = [], 0
    text = text.strip()
    while at < len(text):
        match = TOKEN.match(text, at)
        if not match:
            raise ValueError(f"'{text[at:]}' is no part of a rule")
        found.append(match.group(1))
        at = match.end()
    return found


class RuleReader:
    """Reads `2^-2 * x1 * y0 - ...` into products {mantissa, exponent, gate, factors}."""

    def __init__(self, text):
        self.tokens, self.at = tokens_of(text), 0

    def peek(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def take(self):
        self.at += 1
        return self.tokens[self.at - 1]

    def products(self):
        found = []
        while self.peek() is not None:
            sign = 1
            while self.peek() in ("+", "-"):
                sign *= -1 if self.take() == "-" else 1
            found.append(self.product(sign))
        return found

    def product(self, sign):
        product = {"mantissa": sign, "exponent": 0, "gate": None, "factors": []}
        self.factor(product)
        while self.peek() == "*":
            self.take()
            self.factor(product)
        while abs(product["mantissa"]) > 7 and product["mantissa"] % 2 == 0:
            product["mantissa"] //= 2
            product["exponent"] += 1
        if product["gate"] is None:
            raise ValueError("a product has neither x0 nor y0 nor u")
        return product

    def factor(self, product):
        token = self.take()
        if token == "(":
            self.bracket(product, is_sign=False)
        elif token == "sgn":
            self.take()
            self.bracket(product, is_sign=True)
        elif token.isdigit():
            mantissa, exponent = self.power(int(token))
            product["mantissa"] *= mantissa
            product["exponent"] += exponent
        elif token in ("x0", "y0") or token[0] == "u":
            if product["gate"] is None:
                product["gate"] = token
            elif token[0] != "u":
                # Lava's integer model takes a second one as a factor of one bit.
                product["factors"].append((token, 0, False))
            else:
                raise ValueError(f"a second gate '{token}'")
        else:
            product["factors"].append((token, 0, False))

    def power(self, base):
        """n or 2^k as (mantissa, exponent)."""
        if base != 2 or self.peek() != "^":
            return base, 0
        self.take()
        sign = 1
        while self.peek() in ("+", "-"):
            sign *= -1 if self.take() == "-" else 1
        return 1, sign * int(self.take())

    def bracket(self, product, is_sign):
        variable, constant, sign = None, 0, 1
        while True:
            token = self.take()
            if token == ")":
                break
            if token in ("+", "-"):
                sign *= -1 if token == "-" else 1
            elif token.isdigit():
                mantissa, exponent = self.power(int(token))
                constant += sign * (mantissa << exponent)
                sign = 1
            else:
                variable = token
        if variable is None:
            product["mantissa"] *= constant
        else:
            product["factors"].append((variable, constant, is_sign))


# Learning

def clip(value, low, high):
    return min(max(value, low), high)


class FixedTraces:
    """The arithmetic of traces in integers, with the random numbers given."""

    def decay(self, value, tau, draw):
        if tau == 0:
            return 0
        exact = value * math.exp(-1 / tau)
        return math.floor(exact) + (1 if draw < exact - math.floor(exact) else 0)

    def impulse(self, value, impulse, draw):
        whole = math.floor(impulse)
        up = 1 if draw < round(256 * (impulse - whole)) else 0
        return clip(value + whole + up, 0, 127)


class FloatTraces:
    def decay(self, value, tau, draw):
        return value * math.exp(-1 / tau) if tau else 0.0

    def impulse(self, value, impulse, draw):
        return value + impulse


class Side:
    """The spikes and traces of the pre- or of the postsynaptic neurons."""

    def __init__(self, names, count, rule, arithmetic, silent):
        self.arithmetic = arithmetic
        self.names = names
        self.impulses = {n: 0 if silent else rule.get(f"{n}_impulse", 0) for n in names}
        self.taus = {n: 65535 if silent else rule.get(f"{n}_tau", 0) for n in names}
        self.now = {name: [0] * count for name in names}
        self.marks = [0] * count
        self.count = count

    def mark(self, spikes, place, draw):
        for i in range(self.count):
            if spikes[i]:
                if self.marks[i]:
                    for name in self.names:
                        self.now[name][i] = self.arithmetic.impulse(
                            self.now[name][i], self.impulses[name], draw)
                self.marks[i] = place

    def replay(self, epoch, decay_draw, impulse_draw):
        """For each trace and neuron the values h[0...E] of the epoch."""
        history = {}
        for name in self.names:
            history[name] = []
            for i in range(self.count):
                values = [self.now[name][i]]
                for q in range(1, epoch + 1):
                    value = self.arithmetic.decay(values[-1], self.taus[name], decay_draw)
                    if self.marks[i] == q:
                        value = self.arithmetic.impulse(value, self.impulses[name], impulse_draw)
                    values.append(value)
                history[name].append(values)
        return history

    def finish(self, history):
        for name in self.names:
            self.now[name] = [values[-1] for values in history[name]]
        self.marks = [0] * self.count


class Synapses:
    """Weights, tags and delays, and the rules that change them."""

    def __init__(self, case, is_fixed):
        self.is_fixed, self.mode = is_fixed, case["sign_mode"]
        self.rules = {
            target: RuleReader(case["rule"][key]).products()
            for target, key in (("w", "dw"), ("d", "dd"), ("t", "dt")) if case["rule"].get(key)
        }
        number = int if is_fixed else float
        self.now = {
            target: [[number(x) for x in row] for row in case[key]]
            for target, key in (("w", "weights0"), ("d", "delay0"), ("t", "tag0"))
        }
        if is_fixed and self.mode == "mixed":
            self.now["w"] = [[w >> 1 << 1 for w in row] for row in self.now["w"]]

    def update(self, epoch_number, epoch, pre, post, xs, ys, draw):
        old = {key: [list(row) for row in rows] for key, rows in self.now.items()}
        for target, products in self.rules.items():
            for i in range(post.count):
                for j in range(pre.count):
                    value = old[target][i][j]
                    total = value << 7 if self.is_fixed else value
                    for product in products:
                        at = self.time(product["gate"], epoch_number, epoch,
                                       pre.marks[j], post.marks[i])
                        if not at and self.is_fixed:
                            # A product of 0 saturates the accumulator too.
                            total = clip(total, -32769, 32767)
                        if at:
                            factors = [
                                self.factor(
                                    f, old, i, j, xs, ys, at, pre.marks[j], post.marks[i])
                                for f in product["factors"]
                            ]
                            total = self.added(total, product, factors)
                    self.now[target][i][j] = self.stored(target, total, draw)

    @staticmethod
    def time(gate, epoch_number, epoch, tx, ty):
        """The place in the epoch at which traces are read; 0 where the product does not act."""
        if gate == "x0":
            return tx
        if gate == "y0":
            return ty
        return epoch if epoch_number % (1 << int(gate[1:])) == 0 else 0

    @staticmethod
    def factor(factor, old, i, j, xs, ys, at, tx, ty):
        """(value, bits)"""
        name, constant, is_sign = factor
        if name in ("x0", "y0"):
            value, bits = ((tx if name == "x0" else ty) > 0) + 0, 1
        elif name[0] == "x":
            value, bits = xs[name][j][at], TRACE_BITS
        elif name[0] == "y":
            value, bits = ys[name][i][at], TRACE_BITS
        else:
            value, bits = old[name][i][j], VARIABLE_BITS
        value += constant
        return (value > 0) - (value < 0) if is_sign else value, bits

    def added(self, total, product, factors):
        result = product["mantissa"]
        if not self.is_fixed:
            for value, _ in factors:
                result *= value
            return total + result * 2.0 ** product["exponent"]
        for value, bits in factors:
            result *= clip(value, -(1 << bits), (1 << bits) - 1)
        shift = max(0, 4 + sum(bits for _, bits in factors) - 15)
        result = clip(result >> shift << product["exponent"] + 7, -32769, 32767)
        return clip(total + result, -32769, 32767)

    def stored(self, target, total, draw):
        is_excitatory = target == "w" and self.mode == "excitatory"
        if not self.is_fixed:
            return max(0.0, total) if target == "d" or is_excitatory else total
        if is_excitatory:
            total = max(0, total)
        if target == "w" and self.mode == "inhibitory":
            total = min(0, total)
        value = (total >> 7) + (1 if draw < (total & 127) / 128 else 0)
        if target == "d":
            return clip(value, 0, 255)
        if target == "t":
            return clip(value, -257, 255)
        low, high = {"mixed": (-256, 255), "excitatory": (0, 255), "inhibitory": (-255, 0)}[
            self.mode]
        return clip(value, low, high)


RECORDED = {"weights": "w", "tag": "t", "delay": "d"}


def run_learning(case, kind):
    """The arrays of `record`, and a_out, for kind 'fixed' or 'float'."""
    is_fixed = kind == "fixed"
    arithmetic = FixedTraces() if is_fixed else FloatTraces()
    rule, epoch, draws = case["rule"], case["rule"].get("t_epoch", 1), case["random"]
    third = case.get("three_factor", False)
    synapses = Synapses(case, is_fixed)
    n_post, n_pre = len(case["weights0"]), len(case["weights0"][0])
    pre = Side(["x1", "x2"], n_pre, rule, arithmetic, False)
    post = Side(["y1", "y2", "y3"], n_post, rule, arithmetic, third)
    result = {name: [] for name in [*case["record"], "a_out"]}
    arriving = [0] * n_post
    for t in range(1, case["steps"] + 1):
        result["a_out"].append(arriving)
        spikes = case["pre_spikes"][t - 1]
        arriving = [
            sum(w for w, s in zip(row, spikes) if s) for row in synapses.now["w"]
        ]
        place = (t - 1) % epoch + 1
        pre.mark(spikes, place, 0)
        if third:
            for name in post.names:
                if f"{name}_in" in case:
                    post.now[name] = list(case[f"{name}_in"][t - 1])
        else:
            post.mark(case["post_spikes"][t - 1], place, draws["y_impulse_repeat"][t - 1])
        if place == epoch:
            e = t // epoch - 1
            xs = pre.replay(epoch, draws["x_decay"][e], draws["x_impulse"][e])
            ys = post.replay(epoch, draws["y_decay"][e], draws["y_impulse"][e])
            synapses.update(e + 1, epoch, pre, post, xs, ys, draws["syn_round"][e])
            pre.finish(xs)
            post.finish(ys)
        for name in case["record"]:
            if name in RECORDED:
                result[name].append([list(row) for row in synapses.now[RECORDED[name]]])
            else:
                result[name].append(list((pre if name[0] == "x" else post).now[name]))
    return result


# Comparison

def differences(expected, found, exact, path, faults):
    """The numbers compared; places that differ are added to `faults`."""
    if isinstance(expected, list):
        if not isinstance(found, list) or len(expected) != len(found):
            faults.append(f"{path}: other lengths")
            return 0
        return sum(
            differences(a, b, exact, f"{path}[{i}]", faults)
            for i, (a, b) in enumerate(zip(expected, found)))
    same = expected == found if exact else abs(expected - found) <= 1e-6 + 1e-9 * abs(expected)
    if not same:
        faults.append(f"{path}: {expected} expected, {found} found")
    return 1


def check_case(case):
    """(numbers compared, faults)"""
    faults, count = [], 0
    if case["format"] == "loihi-lif-golden-1":
        for k, (layer, found) in enumerate(zip(case["layers"], run_lif(case))):
            for part in ("dense_in", "dense_rec"):
                if layer.get(part):
                    dense = layer[part]
                    weights = effective(
                        dense["weights"], dense.get("num_weight_bits", 8), dense.get("sign_mode"))
                    count += differences(
                        dense["effective_weights"], weights, True, f"{part} {k}", faults)
            for name in found:
                count += differences(layer[name], found[name], True, f"{name} {k}", faults)
    elif case["format"] == "loihi-nengo-lif-golden-1":
        for name, found in run_nengo(case).items():
            count += differences(case[name], found, True, name, faults)
    else:
        for kind in ("fixed", "float"):
            for name, found in run_learning(case, kind).items():
                if kind in case:
                    count += differences(
                        case[kind][name], found, kind == "fixed", f"{kind} {name}", faults)
    return count, faults


# Cases

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


def write_case(folder, name, case):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, f"{name}.json"), "w", encoding="utf-8") as file:
        json.dump(case, file, separators=(",", ":"))
        file.write("\n")


def write(folder):
    for prefix, cases in (
            ("lif", lif_cases()), ("learn", learning_cases()), ("nengo_lif", nengo_cases())):
        for case in cases:
            write_case(folder, f"{prefix}_{case['name']}", case)


def write_random(folder, count, first):
    for seed in range(first, first + count):
        write_case(folder, f"lif_{seed:04d}", RandomMaker(2 * seed).any_lif(f"{seed}"))
        try:
            case = RandomMaker(2 * seed + 1).any_learning(f"{seed}")
        except OverflowError:
            # Real numbers of this rule grow without bound.
            continue
        write_case(folder, f"learn_{seed:04d}", case)


def check(folder):
    failed = False
    for name in sorted(os.listdir(folder)):
        if name.endswith(".json"):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                count, faults = check_case(json.load(file))
            print(f"{name}: {count} numbers, {len(faults)} differ", *faults[:1])
            failed = failed or bool(faults)
    return 1 if failed else 0


def main(arguments):
    if len(arguments) in (4, 5) and arguments[1] == "random":
        write_random(arguments[2], int(arguments[3]), int((arguments + ["0"])[4]))
        return 0
    if len(arguments) != 3 or arguments[1] not in ("check", "write"):
        print(__doc__, file=sys.stderr)
        return 2
    if arguments[1] == "write":
        write(arguments[2])
        return 0
    return check(arguments[2])


if __name__ == "__main__":
    sys.exit(main(sys.argv))
