"""Lets the frameworks themselves export networks and answer random input: Tests/Golden/nir-more.

    python tools/reference/nir_frameworks.py FOLDER GROUP...

GROUP is snntorch, norse, sinabs, rockpool, spikingjelly, spyx or plain; each needs its framework.
By hand, in two venvs (pip's checks of versions are passed over with --no-deps: sinabs and rockpool
ask for nir 1.0.4, but their exporters work with 1.0.8):
    pip install torch==2.13.0+cpu nir==1.0.8 nirtorch==2.6 h5py pbr loguru scipy matplotlib tqdm
    pip install --no-deps snntorch==1.0.0 norse==1.1.0 sinabs==3.1.3 rockpool==3.1.0 spikingjelly==2.0.0
    pip install jax[cpu] flax optax spyx==1.0.0 nir==1.0.8 h5py          (the other venv)
The cases of `plain` are computed here in double precision, by loops of their own.
"""

import json
import pathlib
import sys

import nir
import numpy as np

folder = pathlib.Path(sys.argv[1])
rng = np.random.default_rng(5)


def events(values):
    rows = np.asarray(values).reshape(len(values), -1)
    return [[int(t), int(i)] if rows[t, i] == 1 else [int(t), int(i), float(rows[t, i])]
            for t, i in np.argwhere(rows != 0)]


def spikes(steps, *shape, rate=0.25):
    return (rng.random((steps, *shape)) < rate).astype("f4")


def save(name, graph, given, answer, stepping, analog=False, hidden=None):
    for node in graph.nodes.values():
        for key, value in list(vars(node).items()):
            if hasattr(value, "detach"):
                setattr(node, key, value.detach().numpy())
    if any(getattr(node, "input_shape", 0) is None for node in graph.nodes.values()):
        graph.infer_types()
    nir.write(folder / f"{name}.nir", graph)
    case = {"stepping": stepping, "framework": name.split("_")[0], "T": len(given),
            "input_shape": list(given.shape[1:]), "output_shape": list(answer.shape[1:]),
            "input_events": events(given), "output_kind": "analog" if analog else "spikes"}
    if analog:
        case["output_values"] = np.asarray(answer).reshape(len(answer), -1).tolist()
    else:
        case["output_events"] = events(answer)
    if hidden is not None:
        case["hidden_events"] = {"hidden": events(hidden)}
    (folder / f"{name}.json").write_text(json.dumps(case) + "\n")
    count = int(np.count_nonzero(answer))
    print(f"{name}: {len(given)} steps, {count} {'values' if analog else 'spikes'}")


def stepwise(network, given, state=None):
    """The answers of a torch network that is called step by step."""
    import torch

    answers = []
    with torch.no_grad():
        for row in given:
            answer = network(torch.tensor(row[None]), *([] if state is None else [state]))
            if state is not None:
                answer, state = answer
            answers.append(answer[0].numpy())
    return np.array(answers)


def snntorch():
    import snntorch as snn
    import torch
    from snntorch.export_nir import export_to_nir
    from torch import nn

    def leaky(*shape, threshold, **options):
        return snn.Leaky(beta=torch.rand(*shape) * 0.3 + 0.6, init_hidden=True,
                         threshold=torch.full(shape, threshold), **options)

    def export(name, network, given, reset, hidden=None):
        graph = export_to_nir(network, torch.zeros(1, *given.shape[1:]), ignore_dims=[0])
        layers = [layer for layer in network.modules() if hasattr(layer, "reset_mem")]
        for layer in layers:
            layer.reset_mem()
        seen = []
        if hidden:
            getattr(network, hidden).register_forward_hook(
                lambda module, _, out: seen.append(module.spk[0].detach().numpy().copy()))
        answer = stepwise(network, given)
        save(name, graph, given, answer, {"rule": "snntorch", "dt": 1e-4, "reset": reset},
             hidden=np.array(seen) if hidden else None)

    torch.manual_seed(1)
    export("snntorch_conv_avgpool", nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1), leaky(4, 8, 8, threshold=0.5), nn.AvgPool2d(2),
        nn.Conv2d(4, 6, 3, bias=False), leaky(6, 2, 2, threshold=0.15), nn.Flatten(),
        nn.Linear(24, 5), leaky(5, threshold=0.2)), spikes(60, 2, 8, 8), "late_subtract")

    def synaptic(count, threshold, reset):
        return snn.Synaptic(
            alpha=torch.rand(count) * 0.3 + 0.5, beta=torch.rand(count) * 0.3 + 0.6,
            threshold=torch.rand(count) * 0.3 + threshold, init_hidden=True, reset_mechanism=reset)

    for reset, word in (("subtract", "late_subtract"), ("zero", "zero")):
        torch.manual_seed(2)
        export(f"snntorch_cubalif_{reset}", nn.Sequential(
            nn.Linear(20, 16), synaptic(16, 0.5, reset), nn.Linear(16, 5),
            synaptic(5, 0.3, reset)), spikes(100, 20), word)

    class Recurrent(nn.Module):
        def __init__(self, reset, dense):
            super().__init__()
            kind = {"linear_features": 10} if dense else {"V": torch.rand(10) - 0.3}
            self.fc1 = nn.Linear(12, 10)
            self.rlif = snn.RLeaky(
                beta=torch.rand(10) * 0.3 + 0.6, threshold=torch.full((10,), 0.4),
                all_to_all=dense, init_hidden=True, reset_mechanism=reset, **kind)
            self.fc2 = nn.Linear(10, 4)
            self.out = leaky(4, threshold=0.1, reset_mechanism=reset)

        def forward(self, data):
            return self.out(self.fc2(self.rlif(self.fc1(data))))

    for name, reset, dense, word in (
            ("dense", "subtract", True, "late_subtract"), ("zero", "zero", True, "zero"),
            ("diagonal", "subtract", False, "late_subtract")):
        torch.manual_seed(3)
        export(f"snntorch_rleaky_{name}", Recurrent(reset, dense), spikes(100, 12, rate=0.4),
               word, hidden="rlif")


def norse():
    import torch
    from norse.torch import SequentialState
    from norse.torch.functional.iaf import IAFParameters
    from norse.torch.functional.leaky_integrator_box import LIBoxParameters, LIBoxState
    from norse.torch.functional.lif import LIFFeedForwardState, LIFParameters
    from norse.torch.functional.lif_box import LIFBoxFeedForwardState, LIFBoxParameters
    from norse.torch.module.iaf import IAFCell
    from norse.torch.module.leaky_integrator_box import LIBoxCell
    from norse.torch.module.lif import LIFCell
    from norse.torch.module.lif_box import LIFBoxCell
    from norse.torch.utils.export_nir import to_nir
    from torch import full, nn, zeros

    # Exported with norse's default dt, which multiplies every time constant.
    stepping = {"rule": "norse", "dt": 1e-3, "reset": "file", "tau_scale": 1000.0}

    def lif(count, synapse, membrane, leak, threshold):
        return LIFCell(LIFParameters(
            tau_syn_inv=full((count,), synapse), tau_mem_inv=full((count,), membrane),
            v_leak=full((count,), leak), v_th=full((count,), threshold)))

    torch.manual_seed(4)
    network = SequentialState(
        nn.Linear(12, 8), lif(8, 200.0, 100.0, 0.0, 0.4), nn.Linear(8, 3, bias=False),
        lif(3, 100.0, 50.0, 0.02, 0.15))
    graph, given = to_nir(network, torch.zeros(1, 12)), spikes(100, 12, rate=0.3)
    state = [None, LIFFeedForwardState(zeros(1, 8), zeros(1, 8)), None,
             LIFFeedForwardState(zeros(1, 3), zeros(1, 3))]
    save("norse_cubalif", graph, given, stepwise(network, given, state), stepping)

    torch.manual_seed(6)
    network = SequentialState(
        nn.Linear(10, 9), IAFCell(IAFParameters(v_th=full((9,), 0.8))), nn.Linear(9, 6),
        LIFBoxCell(LIFBoxParameters(
            tau_mem_inv=full((6,), 100.0), v_leak=full((6,), 0.05), v_th=full((6,), 0.1))),
        nn.Linear(6, 4),
        LIBoxCell(LIBoxParameters(tau_mem_inv=full((4,), 60.0), v_leak=full((4,), 0.3))))
    graph, given = to_nir(network, torch.zeros(1, 10)), spikes(100, 10, rate=0.3)
    state = [None, None, None, LIFBoxFeedForwardState(zeros(1, 6)), None, LIBoxState(zeros(1, 4))]
    save("norse_if_lif_li", graph, given, stepwise(network, given, state), stepping, analog=True)


def sinabs():
    import sinabs.layers as sl
    import sinabs.nir
    import torch
    from sinabs.activation import SingleSpike
    from torch import full, nn

    def export(name, layers, given, analog=False, **more):
        torch.manual_seed(7)
        network = nn.Sequential(*layers())
        for layer in network:
            if hasattr(layer, "weight"):
                layer.weight.data *= 2
        answer = network(torch.tensor(given)).detach().numpy()
        graph = sinabs.nir.to_nir(network, torch.tensor(given))
        save(name, graph, given, answer,
             {"rule": "sinabs", "dt": 1, "reset": "subtract", **more}, analog)

    many = {"spikes_per_step": "multiple"}
    export("sinabs_conv_grouped", lambda: [
        nn.Conv2d(4, 8, 3, stride=2, padding=(2, 1), groups=2), sl.IAFSqueeze(batch_size=1),
        nn.Conv2d(8, 6, 3, dilation=(1, 2), padding="same", bias=False),
        sl.IAFSqueeze(batch_size=1, spike_threshold=torch.tensor(0.7)), sl.SumPool2d((2, 1)),
        nn.Flatten(), nn.Linear(60, 4, bias=False), sl.IAFSqueeze(batch_size=1)],
        spikes(40, 4, 7, 9, rate=0.2), **many)
    export("sinabs_conv1d", lambda: [
        nn.Conv1d(3, 6, 5, stride=2, padding=2, groups=3), sl.IAFSqueeze(batch_size=1),
        nn.Conv1d(6, 4, 3, dilation=2), sl.IAFSqueeze(batch_size=1), nn.Flatten(),
        nn.Linear(16, 4), sl.IAFSqueeze(batch_size=1)], spikes(40, 3, 16, rate=0.2), **many)

    def lif(count, tau, threshold, **options):
        return sl.LIFSqueeze(tau_mem=full((count,), tau), spike_threshold=full((count,), threshold),
                             norm_input=False, batch_size=1, **options)

    export("sinabs_lif", lambda: [nn.Linear(16, 10), lif(10, 10.0, 1.0), nn.Linear(10, 4),
                                  lif(4, 20.0, 0.5)], spikes(80, 16, rate=0.2), **many)
    export("sinabs_lif_li", lambda: [
        nn.Linear(16, 10), lif(10, 10.0, 1.0, spike_fn=SingleSpike), nn.Linear(10, 4),
        sl.ExpLeakSqueeze(tau_mem=full((4,), 20.0), norm_input=False, batch_size=1)],
        spikes(80, 16, rate=0.2), analog=True)


def rockpool():
    import torch
    from rockpool.nn.combinators import Sequential
    from rockpool.nn.modules import ExpSynTorch, LIFNeuronTorch, LIFTorch, LinearTorch
    from rockpool.nn.modules.torch.nir import to_nir
    from torch import full

    def export(name, network, given, analog=False):
        # First the answer: the exporter runs the network and leaves its state behind.
        answer = network(torch.tensor(given)[None])[0][0].detach().numpy()
        save(name, to_nir(network), given, answer,
             {"rule": "rockpool", "dt": 1e-3, "reset": "subtract", "spikes_per_step": "multiple"},
             analog)

    torch.manual_seed(9)
    lif = LIFNeuronTorch(12, tau_mem=full((12,), 0.02), threshold=full((12,), 0.8), dt=1e-3)
    export("rockpool_lif_li", Sequential(
        LinearTorch((20, 12), has_bias=False), lif, LinearTorch((12, 4), has_bias=True),
        ExpSynTorch(4, tau=full((4,), 0.03), dt=1e-3)), spikes(100, 20), analog=True)
    cuba = LIFTorch(12, tau_mem=full((12,), 0.02), tau_syn=full((12,), 0.005),
                    threshold=full((12,), 0.8), dt=1e-3)
    lif = LIFNeuronTorch(4, tau_mem=full((4,), 0.01), threshold=full((4,), 0.3), dt=1e-3)
    export("rockpool_cubalif_lif", Sequential(
        LinearTorch((20, 12), has_bias=False), cuba, LinearTorch((12, 4), has_bias=True), lif),
        spikes(100, 20))


def spikingjelly():
    import torch
    from spikingjelly.activation_based import functional, layer, neuron
    from spikingjelly.activation_based.nir_exchange.to_nir import export_to_nir
    from torch import nn

    def export(name, layers, given):
        torch.manual_seed(8)
        network = nn.Sequential(*layers())
        graph = export_to_nir(network, torch.zeros(1, *given.shape[1:]), dt=1e-3)
        functional.reset_net(network)
        save(name, graph, given, stepwise(network, given),
             {"rule": "spikingjelly", "dt": 1e-3, "reset": "file"})

    export("spikingjelly_conv_if", lambda: [
        layer.Conv2d(2, 6, 3, padding=1, bias=False), neuron.IFNode(v_threshold=0.6),
        layer.AvgPool2d(2, 2), layer.Conv2d(6, 5, 3, stride=2),
        neuron.LIFNode(tau=2.5, v_threshold=0.2, decay_input=False), layer.Flatten(),
        layer.Linear(20, 4), neuron.LIFNode(tau=2.0, v_threshold=0.1)], spikes(60, 2, 11, 11))
    export("spikingjelly_lif_reset", lambda: [
        layer.Linear(20, 12), neuron.LIFNode(tau=3.0, v_threshold=0.12, v_reset=-0.1),
        layer.Linear(12, 4), neuron.ParametricLIFNode(init_tau=2.0, v_threshold=0.02)],
        spikes(60, 20))
    export("spikingjelly_conv1d", lambda: [
        layer.Conv1d(2, 6, 3, stride=2, padding=1), neuron.LIFNode(tau=2.0, v_threshold=0.3),
        layer.Flatten(), layer.Linear(48, 4),
        neuron.CUBALIFNode(c_decay=0.6, v_decay=0.8, v_threshold=0.4)], spikes(60, 2, 16))


def spyx():
    import jax.numpy as jnp
    import spyx.nir
    import spyx.nn as layers
    from flax import nnx

    def export(name, make):
        rngs = nnx.Rngs(3)
        network = layers.Sequential(
            nnx.Linear(20, 12, use_bias=False, rngs=rngs), *make(rngs))
        given = spikes(100, 1, 20, rate=0.3)
        answer = np.asarray(layers.run(network, jnp.array(given))[0])[:, 0]
        graph = spyx.nir.to_nir(network, {"input": np.array([20])}, {"output": np.array([4])}, dt=1)
        save(name, graph, given[:, 0], answer, {"rule": "spyx", "dt": 1, "reset": "late_subtract"})

    def linear(rngs):
        return nnx.Linear(12, 4, use_bias=False, rngs=rngs)

    export("spyx_rlif", lambda r: [
        layers.RLIF((12,), rngs=r), linear(r), layers.LIF((4,), threshold=0.3, rngs=r)])
    export("spyx_rcubalif", lambda r: [
        layers.RCuBaLIF((12,), rngs=r), linear(r), layers.CuBaLIF((4,), rngs=r)])
    export("spyx_rif", lambda r: [layers.RIF((12,), rngs=r), linear(r), layers.IF((4,))])
    export("spyx_li_threshold", lambda r: [
        layers.PSU_LIF((12,), rngs=r), linear(r), layers.IF((4,))])


def plain():
    """Node types that no framework exports, by the equations of NIR."""
    dt = 1e-3
    stepping = {"rule": "euler", "dt": dt, "reset": "file"}

    def values(count, low, high):
        return rng.uniform(low, high, count)

    # Two inputs of a sum, a current-based integrator, a delayed way back, an integrator.
    weight, back = rng.normal(0, 0.5, (5, 6)), rng.normal(0, 0.3, (5, 5))
    cuba = nir.CubaLI(values(5, 2e-3, 8e-3), values(5, 5e-3, 3e-2), values(5, 0.5, 2),
                      values(5, -0.2, 0.2) * 0, values(5, 0.5, 2))
    delay, scale = np.array([1, 2, 3, 4, 7]) * dt, values(5, -0.5, 0.5)
    li = nir.LI(values(5, 1e-2, 3e-2), values(5, 0.5, 2), values(5, -0.2, 0.2))
    integrator = nir.I(values(5, 5, 20))
    graph = nir.NIRGraph(
        {"input": nir.Input(np.array([6])), "w": nir.Linear(weight), "cuba": cuba,
         "back": nir.Linear(back), "delay": nir.Delay(delay), "scale": nir.Scale(scale), "li": li,
         "sum": integrator, "output": nir.Output(np.array([5]))},
        [("input", "w"), ("w", "cuba"), ("cuba", "delay"), ("delay", "back"), ("back", "cuba"),
         ("cuba", "scale"), ("scale", "li"), ("w", "li"), ("li", "sum"), ("scale", "sum"),
         ("sum", "output")])
    given = spikes(120, 6)
    past, current, v = [], np.zeros(5), np.zeros(5)
    leaky, total, answer = li.v_leak.copy(), np.zeros(5), []
    for t, row in enumerate(given):
        late = np.array([past[t - d][i] if t >= d else 0.0
                         for i, d in enumerate((1, 2, 3, 4, 7))])
        drive = weight @ row
        current += dt / cuba.tau_syn * (-current + cuba.w_in * (drive + back @ late))
        v += dt / cuba.tau_mem * (cuba.v_leak - v + cuba.r * current)
        past.append(v.copy())
        leaky += dt / li.tau * (li.v_leak - leaky + li.r * (scale * v + drive))
        total += dt * integrator.r * (leaky + scale * v)
        answer.append(total.copy())
    save("nir_cubali_li_i", graph, given, np.array(answer), stepping, analog=True)

    # A population in a graph in a graph that hears itself, with v_reset and v_leak.
    rec = rng.normal(0, 0.6, (4, 4))
    lif = nir.LIF(values(4, 5e-3, 2e-2), values(4, 2, 6), np.zeros(4), values(4, 0.3, 0.6),
                  v_reset=values(4, -0.2, 0.1))
    ports = {"input": nir.Input(np.array([4])), "output": nir.Output(np.array([4]))}
    inner = nir.NIRGraph(
        {**ports, "lif": lif, "w_rec": nir.Affine(rec, values(4, -0.1, 0.1))},
        [("input", "lif"), ("lif", "w_rec"), ("w_rec", "lif"), ("lif", "output")])
    middle = nir.NIRGraph(
        {"input": nir.Input(np.array([4])), "cell": inner, "output": nir.Output(np.array([4]))},
        [("input", "cell"), ("cell", "output")])
    weight = rng.normal(0, 0.6, (4, 6))
    graph = nir.NIRGraph(
        {"input": nir.Input(np.array([6])), "w": nir.Linear(weight), "net": middle,
         "output": nir.Output(np.array([4]))},
        [("input", "w"), ("w", "net"), ("net", "output")])
    given, v, fired, answer = spikes(120, 6), np.zeros(4), np.zeros(4), []
    for row in given:
        drive = weight @ row + rec @ fired + inner.nodes["w_rec"].bias
        v += dt / lif.tau * (lif.v_leak - v + lif.r * drive)
        fired = (v > lif.v_threshold).astype(float)
        v = np.where(fired > 0, lif.v_reset, v)
        answer.append(fired)
    save("nir_nested_lif", graph, given, np.array(answer), stepping)


for group in sys.argv[2:]:
    globals()[group]()
