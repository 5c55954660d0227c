"""Writes the hostile and unusual files in Tests/NIRTests/Fixtures, and expected.json, which says
what h5py finds in the files that real exporters wrote.

By hand: pip install h5py nir==1.0.8; python tools/reference/make_nir_fixtures.py Tests/NIRTests/Fixtures
"""

import json
import pathlib
import sys

import h5py
import nir
import numpy as np

folder = pathlib.Path(sys.argv[1])


def text(group, name, value):
    group.create_dataset(name, data=value, dtype=h5py.string_dtype())


def start(name, **options):
    """A network input[2] -> fc -> output[1], without fc."""
    file = h5py.File(folder / name, "w", **options)
    text(file, "version", "1.0.8")
    node = file.create_group("node")
    text(node, "type", "NIRGraph")
    pairs = [["input", "fc"], ["fc", "output"]]
    node.create_dataset("edges", data=pairs, dtype=h5py.string_dtype())
    for end, size in (("input", 2), ("output", 1)):
        group = node.create_group(f"nodes/{end}")
        text(group, "type", end.capitalize())
        group.create_dataset("shape", data=np.array([size]))
    return file, node["nodes"]


def linear(nodes, name="fc"):
    group = nodes.create_group(name)
    text(group, "type", "Linear")
    return group


def hostile():
    file, nodes = start("soft_link.nir")
    linear(nodes)["weight"] = h5py.SoftLink("/node/edges")
    file.close()
    file, nodes = start("external_link.nir")
    nodes["fc"] = h5py.ExternalLink("norse_affine_lif_li.nir", "/node/nodes/0")
    file.close()
    file, nodes = start("cyclic_group.nir")
    linear(nodes)["weight"] = nodes
    file.close()
    file, nodes = start("huge_weight.nir")
    linear(nodes).create_dataset("weight", (1 << 20, 1 << 20), "f4", chunks=(64, 64))
    file.close()
    file, nodes = start("text_weight.nir")
    text(linear(nodes), "weight", "heavy")
    file.close()
    file, nodes = start("compound_weight.nir")
    pair = np.zeros((1, 2), [("re", "f4"), ("im", "f4")])
    linear(nodes).create_dataset("weight", data=pair)
    file.close()
    file, nodes = start("external_values.nir")
    linear(nodes).create_dataset(
        "weight", (1, 2), "f4", external=[("/etc/passwd", 0, 8)])
    file.close()


def unusual():
    for name, options in (("newer_format.nir", {"libver": ("v110", "v110")}), ("plain.nir", {})):
        file, nodes = start(name, **options)
        weight = np.array([[0.5, -0.25]], "f8")
        linear(nodes).create_dataset("weight", data=weight, chunks=(1, 2), compression="gzip")
        if options == {}:
            file["node"].create_group("metadata/made")
            file["node/metadata/made"]["year"] = 2024
            text(file["node/metadata"], "title", "Zwei Eingänge")
            text(nodes["fc"], "comment", "not a parameter of Linear")
        file.close()
    file, nodes = start("scalars.nir")
    group = nodes.create_group("fc")
    text(group, "type", "Affine")
    group["weight"], group["bias"] = np.ones((1, 1, 2), "f4"), np.zeros((1, 1), "f4")
    del file["node/edges"]
    pairs = [["input", "fc"], ["fc", "neurons"], ["neurons", "tail"], ["tail", "output"]]
    file["node"].create_dataset("edges", data=pairs, dtype=h5py.string_dtype())
    group = nodes.create_group("neurons")
    text(group, "type", "LI")
    group["tau"], group["r"], group["v_leak"] = np.float64(0.02), 1, np.array([0.0], "f4")
    group = nodes.create_group("tail")
    text(group, "type", "CubaLI")
    group["tau_syn"], group["tau_mem"] = np.float32(0.005), np.float32(0.01)
    group["r"], group["v_leak"] = np.float32(1), np.float32(0)
    file.close()


def expected():
    answer = {}
    for path in sorted(folder.glob("*_*_*.nir")) + [folder / "spikingjelly_cubalif.nir"]:
        with h5py.File(path) as file:
            nodes = {}
            for name, group in file["node/nodes"].items():
                values = {k: v[()] for k, v in group.items() if k != "type"}
                nodes[name] = {"type": group["type"][()].decode(), "parameters": {
                    key: {"shape": list(value.shape), "type": str(value.dtype),
                          "sum": float(np.sum(value, dtype=np.float64)),
                          "first": float(value.flat[0]), "last": float(value.flat[-1])}
                    for key, value in values.items()}}
            answer[path.stem] = {
                "version": file["version"][()].decode(), "nodes": nodes,
                "edges": sorted([a.decode(), b.decode()] for a, b in file["node/edges"][()])}
    answer.pop("sinabs_conv_if_sumpool")
    text = json.dumps(answer, indent=1, sort_keys=True)
    (folder / "expected.json").write_text(text + "\n")


def layouts():
    """The layouts and types of facts: lzf, shuffle, fixed strings, integers of other widths, half
    floats, truth values in metadata, padding as text, one number for a pair."""
    file, nodes = start("layouts.nir")
    weight = np.arange(-8, 8, dtype="f8").reshape(1, 16) / 16
    edges = [["input", "a"], ["a", "b"], ["b", "conv"], ["conv", "pool"], ["pool", "flat"],
             ["flat", "fc"], ["fc", "output"]]
    del file["node/edges"], nodes["input"]["shape"], nodes["output"]["shape"]
    file["node"].create_dataset("edges", data=np.array(edges, dtype="S8"))
    nodes["input"]["shape"] = np.array([1, 2, 6, 6], ">i4")
    nodes["output"]["shape"] = np.array([1], "u2")
    fixed = h5py.string_dtype("ascii", 8)
    for name, kind, size in (("a", "Scale", (2, 6, 6)), ("b", "Threshold", ())):
        group = nodes.create_group(name)
        group.create_dataset("type", data=kind, dtype=h5py.string_dtype("utf-8", 12))
        values = np.arange(72).reshape(2, 6, 6) / 8 if size else 0.5
        options = {"compression": "lzf", "chunks": (1, 4, 5)} if size else {}
        group.create_dataset(kind.lower(), data=np.asarray(values, "f2"), **options)
    group = nodes.create_group("conv")
    group.create_dataset("type", data="Conv2d", dtype=fixed)
    kernel = np.arange(2 * 2 * 3 * 3, dtype="f4").reshape(2, 2, 3, 3) / 4
    group.create_dataset("weight", data=kernel, chunks=(1, 2, 3, 3), compression="gzip",
                         shuffle=True, fletcher32=True)
    group.create_dataset("bias", data=np.array([-1, 2], "i1"))
    text(group, "padding", "same")
    group["stride"], group["dilation"], group["groups"] = 1, np.array([1, 1], "u8"), np.int16(1)
    group.create_group("metadata/deeper")["trained"] = True
    group = nodes.create_group("pool")
    text(group, "type", "AvgPool2d")
    group["kernel_size"], group["stride"], group["padding"] = 2, np.array([2, 2]), 0
    group = nodes.create_group("flat")
    text(group, "type", "Flatten")
    group["start_dim"], group["end_dim"] = 0, -1
    group = linear(nodes)
    group.create_dataset("weight", data=np.tile(weight, (1, 2))[:, :18], compression="gzip",
                         shuffle=True)
    file.close()


def nested_graph(levels, leaf="lif"):
    """A graph whose only node is a graph, and so on; population `leaf` in the innermost."""
    inner = nir.NIRGraph(
        nodes={"input": nir.Input(np.array([3])), "output": nir.Output(np.array([3])),
               leaf: nir.LIF(*[np.full(3, x, "f4") for x in (0.02, 1.0, 0.0, 1.0)]),
               "w_rec": nir.Linear(np.eye(3, dtype="f4"))},
        edges=[("input", leaf), (leaf, "w_rec"), ("w_rec", leaf), (leaf, "output")],
        metadata={"level": 0})
    for level in range(1, levels):
        inner = nir.NIRGraph(
            nodes={"input": nir.Input(np.array([3])), "output": nir.Output(np.array([3])),
                   "g": inner},
            edges=[("input", "g"), ("g", "output")], metadata={"level": level})
    return inner


def nested():
    nir.write(folder / "nested.nir", nested_graph(3))


def hostile_shapes():
    file, nodes = start("circle.nir")
    for i in range(30):
        nodes[f"again{i:02}"] = file["node"]
    file.close()
    file, nodes = start("huge-edges.nir")
    linear(nodes)["weight"] = np.zeros((1, 2))
    del file["node/edges"]
    file["node"].create_dataset("edges", (1 << 40, 2), h5py.string_dtype(), chunks=(1024, 2))
    file.close()
    file, nodes = start("huge-kernel.nir")
    del nodes["input"]["shape"]
    nodes["input"]["shape"] = np.array([1, 1 << 40])
    linear(nodes)["weight"] = np.zeros((1, 2))
    file.close()
    file, nodes = start("float-shape.nir")
    del nodes["input"]["shape"]
    nodes["input"]["shape"] = np.array([2.5])
    linear(nodes)["weight"] = np.zeros((1, 2))
    file.close()
    file, nodes = start("padding.nir")
    group = nodes.create_group("fc")
    text(group, "type", "Conv1d")
    text(group, "padding", "reflect")
    group["weight"], group["bias"] = np.zeros((1, 2, 3)), np.zeros(1)
    group["stride"] = group["dilation"] = group["groups"] = 1
    file.close()


def repeated_references():
    """600 strings that all refer to one of 32 KiB: few bytes that stand for many."""
    file, nodes = start("references.nir")
    linear(nodes)["weight"] = np.zeros((1, 2))
    del file["node/edges"]
    long = file["node"].create_dataset("long", (1,), h5py.string_dtype())
    long[0] = "a" * 32_768
    edges = file["node"].create_dataset("edges", (300, 2), h5py.string_dtype())
    edges[...] = "b"
    source, target = long.id.get_offset(), edges.id.get_offset()
    file.close()
    path = folder / "references.nir"
    data = bytearray(path.read_bytes())
    data[target:target + 600 * 16] = bytes(data[source:source + 16]) * 600
    path.write_bytes(data)


def recordings():
    """A NIRGraphData file by nir itself, with all three kinds of data."""
    events = nir.EventData(np.array([[0, 2, -1], [1, -1, -1]]),
                           np.array([[0.5, 1.5, np.inf], [0.25, np.inf, np.inf]]), 3, 2.0)
    valued = nir.ValuedEventData(idx=np.array([[1]]), time=np.array([[0.75]]), n_neurons=2,
                                 t_max=1.0, value=np.array([[2.5]]))
    grid = nir.TimeGriddedData(np.arange(12).reshape(1, 4, 3) % 2 == 0, 0.5)
    volts = nir.TimeGriddedData(np.arange(6, dtype="f4").reshape(2, 3, 1) / 4, 1e-3)
    data = nir.NIRGraphData({
        "hidden": nir.NIRNodeData({"spikes": events, "grid": grid}),
        "out": nir.NIRNodeData({"v": volts, "graded": valued})})
    nir.write_data(folder.parents[1] / "Golden/nirdata/recorded.nirdata", data)


def main():
    expected()
    hostile()
    unusual()
    layouts()
    nested()
    hostile_shapes()
    repeated_references()
    recordings()


if __name__ == "__main__":
    main()
