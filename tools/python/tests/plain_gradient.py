"""What gradients are compared with: the recursion of the adjoints, written out."""

import numpy as np


def written_out(model, inputs, potentials, rasters, weights, d_potentials, d_rasters=()):
    """The recursion of the adjoints, neuron by neuron in double precision, as NominalBackward.swift has it."""
    layers, ticks = model.layers, model.ticks
    a = {name: np.exp(-1 / layer.membrane_ticks) for name, layer in layers.items()}
    b = {name: np.exp(-1 / layer.synaptic_ticks) for name, layer in layers.items()}
    unit = {name: layers[p.target].weight_per_unit for name, p in model.image.projections.items()}
    gradient = {name: np.zeros(p.shape) for name, p in model.image.projections.items()}
    for s in range(len(inputs)):
        lv = {name: np.zeros(layer.count) for name, layer in layers.items()}
        li = {name: np.zeros(layer.count) for name, layer in layers.items()}
        for t in reversed(range(ticks)):
            after = {name: values.copy() for name, values in li.items()}
            for name, p in model.image.projections.items():
                sent = inputs[s, t] if p.source is None else rasters[p.source][s, t]
                gradient[name] += np.outer(sent, after[p.target]) / unit[name]
            for name, layer in layers.items():
                fresh = np.zeros(layer.count)
                if layer.fires:
                    back = d_rasters[name][s, 0].copy() if name in d_rasters else np.zeros(layer.count)
                    for q, p in model.image.projections.items():
                        if p.source == name:
                            back += weights[q] @ after[p.target] / unit[q]
                    time = (t + 1) // model.adc_every - 1
                    v = potentials[name][s, min(time, model.times - 1)] if time >= 0 else np.zeros(layer.count)
                    fired = rasters[name][s, t] > 0
                    fresh = back / (1 + model.steepness * np.where(fired, 0, np.abs(v - 1))) ** 2
                    fresh += np.where(fired, 0, a[name] * lv[name])
                else:
                    fresh = a[name] * lv[name]
                if name in d_potentials and (t + 1) % model.adc_every == 0 and (t + 1) // model.adc_every <= model.times:
                    fresh = fresh + d_potentials[name][s, (t + 1) // model.adc_every - 1]
                lv[name] = fresh
                li[name] = (1 - a[name]) * fresh + b[name] * li[name]
    return gradient
