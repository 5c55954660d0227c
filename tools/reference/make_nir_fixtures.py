"""Writes the hostile and unusual files in Tests/NIRTests/Fixtures, and expected.json, which says
what h5py finds in the files that real exporters wrote.

By hand: pip install h5py; python tools/reference/make_nir_fixtures.py Tests/NIRTests/Fixtures
"""

import json
import pathlib
import sys

import h5py
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


expected()
hostile()
unusual()
