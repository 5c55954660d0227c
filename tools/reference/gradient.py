#!/usr/bin/env python3
"""Writes the fixtures that hold Training's gradient to an independent derivation.

The nominal model of the host is linearised around an injected recording and every single weight
is perturbed FORWARD through it, in double precision: no adjoint variable appears here, so this
shares nothing but the model with the reverse filters of Sources/Training.

    I_t = b I_{t-1} + W1 x_{t-1}          v_t = a (1 - s_{t-1}) v_{t-1} + (1 - a) I_t
    J_t = d J_{t-1} + W2 s_{t-1}          o_t = c o_{t-1} + (1 - c) J_t
    score_k = max_t o_k(t)                ds/dv = 1 / (1 + steepness |v - 1|)^2, 1 at a spike

Values (v, s, o) are those of the recording, derivatives those of the model.

    python3 tools/reference/gradient.py Tests/TrainingTests/Fixtures/gradients.json
"""
import json
import os
import sys

import numpy as np

CYCLES_PER_TICK = 64


def random_events(rng, samples, units, ticks, mean, quiet_units=(), quiet_samples=()):
    """Sorted events [sample][(cycle, unit)], at most one per unit and tick."""
    batch = []
    for sample in range(samples):
        present = rng.random((ticks, units)) < mean / ticks
        present[:, list(quiet_units)] = False
        if sample in quiet_samples:
            present[:] = False
        times, who = np.nonzero(present)
        cycles = times * CYCLES_PER_TICK + rng.integers(0, CYCLES_PER_TICK, len(times))
        batch.append(sorted((int(c), int(u)) for c, u in zip(cycles, who)))
    return batch


def counts(events, units, ticks):
    """Events per tick and unit."""
    result = np.zeros((ticks, units))
    for cycle, unit in events:
        result[cycle // CYCLES_PER_TICK, unit] += 1
    return result


def hold(codes, every, ticks, rest):
    """ADC codes [time, column] held to the next sample; `rest` before the first."""
    held = np.full((ticks, codes.shape[1]), rest, dtype=float)
    for i, row in enumerate(codes):
        held[(i + 1) * every - 1:] = row
    return held


def filtered(source, outer, inner):
    """Two first-order filters in a row, the input acting one tick later; time is axis 0.

    `outer` may depend on time: outer[t] multiplies the state when it passes from t to t + 1.
    """
    current = np.zeros_like(source)
    value = np.zeros_like(source)
    for t in range(1, len(source)):
        current[t] = inner * current[t - 1] + source[t - 1]
        value[t] = outer["keep"][t - 1] * value[t - 1] + outer["gain"] * current[t]
    return value


def sample_gradient(case, weights, inputs, spikes, codes, label):
    """Loss and gradients of one sample, by forward perturbation."""
    ticks, every = case["ticks"], case["adcEvery"]
    hidden, outputs = weights.shape
    decay = {k: np.exp(-1 / case[k]) for k in
             ("hiddenMembraneTicks", "hiddenCurrentTicks", "outputMembraneTicks",
              "outputCurrentTicks")}
    x, s = counts(inputs, case["inputs"], ticks), counts(spikes, hidden, ticks)
    held = hold(codes[:, :hidden], every, ticks, case["hiddenLeakCode"])
    v = (held - case["hiddenLeakCode"]) / case["codesPerTheta"]
    slope = 1 / (1 + case["steepness"] * np.abs(v - 1)) ** 2
    slope[s > 0] = 1

    output_codes = codes[:, hidden:].astype(float)
    best = np.argmax(output_codes, axis=0)
    score = (output_codes[best, range(outputs)] - case["outputLeakCode"]) / case["codesPerTheta"]
    peak = (best + 1) * every - 1
    scaled = case["readoutScale"] * score
    softmax = np.exp(scaled - scaled.max())
    softmax /= softmax.sum()
    loss = -np.log(softmax[label]) + case["readoutPenalty"] * np.mean(scaled ** 2)
    target = np.eye(outputs)[label]
    score_slope = case["readoutScale"] * (
        softmax - target + 2 * case["readoutPenalty"] * scaled / outputs)
    n = s.sum(axis=0)
    loss += case["burstPenalty"] * np.mean(n ** 2)
    count_slope = 2 * case["burstPenalty"] * n / hidden

    membrane, output = decay["hiddenMembraneTicks"], decay["outputMembraneTicks"]
    output_filter = {"keep": np.full(ticks, output), "gain": 1 - output}
    output_current = decay["outputCurrentTicks"]
    trace = filtered(s, output_filter, output_current)
    d2 = np.array([[trace[peak[k], j] * score_slope[k] for k in range(outputs)]
                   for j in range(hidden)])
    d1 = np.zeros((case["inputs"], hidden))
    for j in range(hidden):
        keep = {"keep": membrane * (1 - np.minimum(s[:, j], 1)), "gain": 1 - membrane}
        for i in range(case["inputs"]):
            moved = filtered(x[:, i], keep, decay["hiddenCurrentTicks"])
            spike_change = slope[:, j] * moved
            answer = filtered(spike_change, output_filter, output_current)
            d1[i, j] = sum(weights[j, k] * answer[peak[k]] * score_slope[k]
                           for k in range(outputs))
            d1[i, j] += count_slope[j] * spike_change.sum()
    return loss, d1, d2, int(np.argmax(score) == label)


def flatten(batch):
    """One list a field, with offsets."""
    offsets = [0]
    for events in batch:
        offsets.append(offsets[-1] + len(events))
    flat = [event for events in batch for event in events]
    return {"offsets": offsets, "cycles": [c for c, _ in flat], "units": [u for _, u in flat]}


def make_case(name, seed, **change):
    """Draws a recording, differentiates it, and returns the fixture."""
    case = {
        "name": name, "seed": seed, "inputs": 5, "hidden": 7, "outputs": 3, "samples": 4,
        "ticks": 40, "adcEvery": 7, "hiddenMembraneTicks": 20.0, "hiddenCurrentTicks": 20.0,
        "outputMembraneTicks": 20.0, "outputCurrentTicks": 20.0, "hiddenLeakCode": 80.25,
        "outputLeakCode": 128.0, "codesPerTheta": 70.0, "steepness": 20.0, "readoutScale": 10.0,
        "readoutPenalty": 4e-4, "burstPenalty": 0.0, "ties": False, "quietUnits": [],
        "quietSamples": [], "saturated": False,
    }
    case.update(change)
    rng = np.random.default_rng(seed)
    times = case["ticks"] // case["adcEvery"]
    weights = rng.normal(0, 0.3, (case["hidden"], case["outputs"])).astype(np.float32)
    inputs = random_events(rng, case["samples"], case["inputs"], case["ticks"], 2,
                           quiet_samples=case["quietSamples"])
    spikes = random_events(rng, case["samples"], case["hidden"], case["ticks"], 2.5,
                           quiet_units=case["quietUnits"])
    codes = rng.integers(40, 190, (case["samples"], times, case["hidden"] + case["outputs"]))
    if case["ties"]:
        codes[:, :, case["hidden"]:] = rng.integers(150, 152, (case["samples"], times, 1))
    if case["saturated"]:
        codes = np.where(rng.random(codes.shape) < 0.5, 0, 255)
    labels = rng.integers(0, case["outputs"], case["samples"])
    results = [sample_gradient(case, weights.astype(float), inputs[b], spikes[b], codes[b],
                               labels[b]) for b in range(case["samples"])]
    count = case["samples"]
    case.update(
        inputEvents=flatten(inputs), spikes=flatten(spikes), codes=codes.ravel().tolist(),
        labels=labels.tolist(), outputWeights=weights.astype(float).ravel().tolist(),
        loss=sum(r[0] for r in results) / count,
        inputGradient=(sum(r[1] for r in results) / count).ravel().tolist(),
        hiddenGradient=(sum(r[2] for r in results) / count).ravel().tolist(),
        correct=sum(r[3] for r in results))
    return case


def main(path):
    """Writes all cases."""
    cases = [
        make_case("membrane read at every tick", 1, adcEvery=1),
        make_case("membrane read every 7 ticks", 2),
        make_case("spike counts penalised", 3, burstPenalty=1e-3, adcEvery=4),
        make_case("ties of scores and of peaks", 4, ties=True, adcEvery=3),
        make_case("time constants all different", 5, hiddenMembraneTicks=11.0,
                  hiddenCurrentTicks=7.5, outputMembraneTicks=31.0, outputCurrentTicks=4.25),
        make_case("silent neurons, an empty sample", 6, quietUnits=[0, 3, 6], quietSamples=[1],
                  burstPenalty=2e-3),
        make_case("more neurons than lanes", 7, hidden=37, outputs=18, samples=3, inputs=4),
        make_case("converter at its ends", 8, saturated=True, adcEvery=5),
        make_case("one sample, one output", 9, samples=1, outputs=1, hidden=1, inputs=1),
    ]
    temporary = path + ".part"
    with open(temporary, "w") as file:
        json.dump(cases, file, separators=(",", ":"))
        file.write("\n")
    os.replace(temporary, path)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: gradient.py FIXTURE.json")
    main(sys.argv[1])
