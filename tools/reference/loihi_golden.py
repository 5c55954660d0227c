"""A plain model of Loihi's neurons and learning engine, and of the files that record them.

    python loihi_golden.py check DIR     recompute every number of the files, and compare
    python loihi_golden.py write DIR     write cases of every kind, small ones, from fixed seeds
    python loihi_golden.py random DIR COUNT [FIRST]   write cases with everything drawn from seeds

The formats are loihi-lif-golden-1, loihi-nengo-lif-golden-1 and loihi-learning-golden-1. The rules
are those of lava-nc 0.10.0 and nengo-loihi 1.1.0, written down one by one; nothing is imported from
either, and nothing here is as fast as it could be: it is meant to be read.
"""

import json
import os
import sys

from loihi_cases import RandomMaker, learning_cases, lif_cases, nengo_cases
from loihi_learning import run_learning
from loihi_neurons import effective, run_lif, run_nengo


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
