#!/usr/bin/env python3
"""Shortest paths by a wave of spikes: a network made by hand, not trained.

    python3 examples/shortest-path/shortest_path.py [GRAPH] [--keep DIR]

GRAPH is a text file with a line 'FROM TO LENGTH' an edge, lengths 1 to 7; the default is the graph
beside this file. Each node is a neuron that fires at its first incoming spike and then rests for the
remainder of the run; an edge is a synapse that alone makes its target fire, after a delay of its
length. A spike into the start makes a wave run through the graph, and the time of a node's first
spike is its distance. The same is computed by Dijkstra's algorithm; the program fails where an
ideal chip's distances differ, and prints how many do on chips with mismatch.

In NIR a Delay stands for each length, with the edges of that length as a Linear node behind it.
"""
import argparse
import heapq
import os
import sys

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import synapus_files as files  # noqa: E402

UNIT = 8     # ticks of an edge of length 1: what a neuron needs to answer is a part of it
LATENCY = 2  # ticks from a spike to the spike that it causes, without delay
LONGEST = 7


def read_graph(path):
    edges = []
    with open(path) as file:
        for number, line in enumerate(file, 1):
            words = line.split("#")[0].split()
            if not words:
                continue
            if len(words) != 3 or not words[2].isdigit() or not 1 <= int(words[2]) <= LONGEST:
                raise SystemExit(f"{path}:{number}: 'FROM TO LENGTH' with a length of 1 to {LONGEST}"
                                 f" is expected, not '{line.strip()}'")
            edges.append((words[0], words[1], int(words[2])))
    if not edges:
        raise SystemExit(f"{path} has no edge")
    return sorted({end for edge in edges for end in edge[:2]}), edges


def dijkstra(names, edges, start):
    distance, queue = {start: 0}, [(0, start)]
    while queue:
        so_far, node = heapq.heappop(queue)
        for source, target, length in edges:
            if source == node and so_far + length < distance.get(target, 1 << 30):
                distance[target] = so_far + length
                heapq.heappush(queue, (so_far + length, target))
    return [distance.get(name) for name in names]


def network(names, edges, path):
    count, place = len(names), {name: i for i, name in enumerate(names)}
    strength = 3.0  # R I jumps to three thresholds: one spike is enough, also of a weak synapse
    nodes = {
        "input": ("Input", {"shape": np.array([count])}),
        "start": ("Linear", {"weight": strength * np.eye(count, dtype=np.float32)}),
        "node": files.cuba(count, tau_mem=4, tau_syn=10),
        "output": ("Output", {"shape": np.array([count])}),
    }
    pairs = [("input", "start"), ("start", "node"), ("node", "output")]
    for length in sorted({length for _, _, length in edges}):
        weight = np.zeros((count, count), np.float32)
        for source, target, own in edges:
            if own == length:
                weight[place[target], place[source]] = strength
        ticks = UNIT * length - LATENCY
        nodes[f"delay{length}"] = ("Delay", {
            "delay": np.full(count, ticks * files.STEP, np.float32)})
        nodes[f"edges{length}"] = ("Linear", {"weight": weight})
        pairs += [("node", f"delay{length}"), (f"delay{length}", f"edges{length}"),
                  (f"edges{length}", "node")]
    files.write_nir(path, nodes, pairs)


def distances(recording, names, start):
    """The distance of every node to the start node of each sample."""
    found = []
    for spikes in files.read_spikes(recording)["node"]:
        first = {}
        for tick, node in spikes:
            first.setdefault(node, tick)
        found.append([round((first[i] - first[start[len(found)]]) / UNIT) if i in first else None
                      for i in range(len(names))])
    return found


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("graph", nargs="?", default=os.path.join(here, "graph.txt"))
    parser.add_argument("--keep", metavar="DIR", help="a folder for the network and its image")
    options = parser.parse_args()
    names, edges = read_graph(options.graph)
    expected = [dijkstra(names, edges, name) for name in names]
    longest = max(d for row in expected for d in row if d is not None)
    duration = UNIT * (longest + 2)
    with files.folder() as scratch:
        at = options.keep or scratch
        os.makedirs(at, exist_ok=True)
        nir, image = os.path.join(at, "paths.nir"), os.path.join(at, "paths.chip")
        spikes, recording = os.path.join(at, "starts.h5"), os.path.join(at, "paths.h5")
        network(names, edges, nir)
        files.write_spikes(spikes, [[(1, i)] for i in range(len(names))], range(len(names)))
        files.synapus("compile", nir, "-o", image, "--dt", files.STEP, "--duration", duration,
                      "--refractory", 125)
        print(f"{len(names)} nodes, {len(edges)} edges, distances up to {longest}, each node as start")
        faults = 0
        for name, chip in files.DEVICES:
            files.synapus("run", image, "--input", spikes, "-o", recording, "--duration", duration,
                          *chip)
            found = distances(recording, names, range(len(names)))
            wrong = sum(a != b for x, y in zip(found, expected) for a, b in zip(x, y))
            if name == "ideal":
                faults = wrong
            print(f"{name}: {wrong} of {len(names) ** 2} distances differ from Dijkstra's")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
