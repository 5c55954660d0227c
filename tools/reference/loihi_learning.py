"""Loihi's learning engine as lava-nc 0.10.0 runs it, in its fixed-point and its real numbers."""

import math
import re


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
