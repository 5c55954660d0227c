"""Records what lava-nc makes of learning rules: an outside judge of the rule parser.

    pip download --no-deps --python-version 3.10 --only-binary=:all: lava-nc==0.10.0
    unzip lava_nc-0.10.0-py3-none-any.whl -d /tmp/lava
    PYTHONPATH=/tmp/lava python3 tools/reference/lava_rules.py \
        > Tests/FirmwareModelsTests/LavaProducts.swift

Rules are drawn from the part of the language that lava and this project share; one seed, so that
the file comes out the same. A line is a rule, then its products: gate, mantissa, exponent, factors.
"""

import random

from lava.magma.core.learning.product_series import ProductSeries
from lava.magma.core.learning.symbolic_equation import SymbolicEquation

RULES = 160
VARIABLES = ["x1", "x2", "y1", "y2", "y3", "w", "d", "t"]

draw = random.Random(4)


def literal():
    kind = draw.randrange(3)
    n, k = draw.choice([1, 2, 3, 5, 6, 7, 8, 12, 16, 24, 64]), draw.randint(-5, 4)
    text = [f"{n}", f"2^{k}", f"{n}*2^{k}"][kind]
    form = draw.randrange(8)
    return f"({text})" if form == 0 else f"(-{text})" if form == 1 else text


def factor():
    variable = draw.choice(VARIABLES)
    constant = draw.choice([str(draw.randint(1, 120)), f"2^{draw.randint(0, 6)}", "3*2^2"])
    forms = [variable] * 6 + [
        f"({variable} + {constant})", f"({variable} - {constant})", f"({constant} - {variable})",
        f"(-{variable} + {constant})", f"(-{constant} + {variable})", f"({variable})"]
    if variable in "wdt":
        forms += [f"sgn({variable})", f"sgn({variable} - {constant})", f"sgn({constant}+{variable})"]
    return draw.choice(forms)


def product(epoch):
    gate = draw.choice(["x0", "y0", f"u{epoch}"])
    parts = [factor() for _ in range(draw.randint(0, 3))]
    parts += [literal() for _ in range(draw.choice([0, 1, 1, 1, 2]))]
    if draw.random() < 0.2:
        parts.append(draw.choice(["x0", "y0"]))
    draw.shuffle(parts)
    return "*".join([gate] + parts if gate[0] == "u" else insert(parts, gate))


def insert(parts, gate):
    position = draw.randint(0, len(parts))
    return parts[:position] + [gate] + parts[position:]


def spaced(text):
    """Spaces between symbols, where both languages allow them."""
    out = ""
    for i, character in enumerate(text):
        if character in "*+-()^" and draw.random() < 0.3:
            out += " "
        out += character
        if character in "*+-(^" and draw.random() < 0.3:
            out += " "
    return out


def rule():
    epoch = draw.randrange(10)
    text = draw.choice(["", "", "-", "+"]) + product(epoch)
    for _ in range(draw.randint(0, 3)):
        text += draw.choice(["+", "-"]) + product(epoch)
    return spaced(text)


def shown(factor):
    constant = factor.const or 0
    text = factor.state_var + (f"{constant:+d}" if constant else "")
    return f"sgn({text})" if factor.is_sgn else text


def products(text):
    for product in ProductSeries(SymbolicEquation("dw", text)).products:
        gate = product.dependency
        gate += str(product.decimate_exponent) if gate == "u" else ""
        # lava stores the exponent with 7 added.
        yield " ".join([gate, str(product.s_mantissa), str(product.s_exp - 7)]
                       + [shown(f) for f in product.factors])


def main():
    print("/// Written by tools/reference/lava_rules.py: rules, and the products that lava-nc 0.10.0")
    print("/// makes of them.")
    print('enum LavaProducts {\n  static let text = """')
    written = 0
    while written < RULES:
        text = rule()
        try:
            line = "; ".join(products(text))
        except ValueError:
            continue  # Mantissa or exponent out of range.
        print(f"    {text} = {line}")
        written += 1
    print('    """\n}')


if __name__ == "__main__":
    main()
