import Foundation
import Testing

import NIR

/// What h5py finds in a file, from `expected.json`.
private struct Expected: Decodable {
  struct Parameter: Decodable {
    let shape: [Int]
    let type: String
    let sum, first, last: Double
  }
  struct Node: Decodable {
    let type: String
    let parameters: [String: Parameter]
  }
  let version: String
  let nodes: [String: Node]
  let edges: [[String]]

  static func load() throws -> [String: Expected] {
    let data = try Data(contentsOf: URL(fileURLWithPath: Fixture.path("expected.json")))
    return try JSONDecoder().decode([String: Expected].self, from: data)
  }
}

/// Files of real exporters, read and compared with what h5py finds in them.
@Suite struct ExporterFileTests {
  static let names = [
    "norse_affine_lif_li", "rockpool_linear_cubalif", "snntorch_affine_lif",
    "spikingjelly_cubalif", "spyx_cubalif_lif",
  ]

  @Test(arguments: names)
  func fileIsReadAsItStands(name: String) throws {
    let file = try NIRFile(reading: Fixture.path(name + ".nir"))
    let expected = try #require(Expected.load()[name])
    #expect(file.report.libraryVersion == expected.version)
    #expect(file.graph.edges.map { [$0.source, $0.target] } == expected.edges)
    #expect(file.graph.nodes.map(\.name) == expected.nodes.keys.sorted())
    for node in file.graph.nodes {
      let stored = try #require(expected.nodes[node.name])
      #expect(node.node.typeName == stored.type)
      for (parameter, value) in stored.parameters where parameter != "shape" {
        let tensor = try #require(
          storedTensor(parameter, of: node.node), "\(node.name).\(parameter)")
        #expect(tensor.shape == value.shape)
        #expect(tensor.elementType.rawValue == value.type)
        #expect(abs(tensor.values.reduce(0, +) - value.sum) <= 1e-9 * (1 + abs(value.sum)))
        #expect(tensor.values.first == value.first)
        #expect(tensor.values.last == value.last)
      }
    }
  }

  /// A parameter by the name that files give it.
  private func storedTensor(_ parameter: String, of node: NIRNode) -> NIRTensor? {
    switch node {
    case .affine(let affine): ["weight": affine.weight, "bias": affine.bias][parameter]
    case .linear(let linear): ["weight": linear.weight][parameter]
    case .lif(let lif):
      [
        "tau": lif.tau, "r": lif.r, "v_leak": lif.vLeak, "v_threshold": lif.vThreshold,
        "v_reset": lif.vReset,
      ][parameter]
    case .li(let li): ["tau": li.tau, "r": li.r, "v_leak": li.vLeak][parameter]
    case .cubaLIF(let lif):
      [
        "tau_syn": lif.tauSyn, "tau_mem": lif.tauMem, "r": lif.r, "v_leak": lif.vLeak,
        "v_threshold": lif.vThreshold, "v_reset": lif.vReset, "w_in": lif.wIn,
      ][parameter]
    default: nil
    }
  }

  @Test func rockpoolShapesLoseTimeAndBatch() throws {
    let file = try NIRFile(reading: Fixture.path("rockpool_linear_cubalif.nir"))
    #expect(file.graph.node(named: "input") == .input(shape: [20]))
    #expect(file.graph.node(named: "output") == .output(shape: [4]))
    #expect(
      file.report.notes == [
        .defaulted(node: "1_LIFTorch", parameter: "v_reset", value: 0),
        .defaulted(node: "3_LIFTorch", parameter: "v_reset", value: 0),
        .squeezed(node: "input", parameter: "shape", from: [1, 20], to: [20]),
        .squeezed(node: "output", parameter: "shape", from: [1, 1, 4], to: [4]),
      ])
  }

  @Test func everyTypeOfTheStandardIsSupported() {
    #expect(
      NIRNode.supportedTypes == [
        "Affine", "AvgPool2d", "Conv1d", "Conv2d", "CubaLI", "CubaLIF", "Delay", "Flatten", "I",
        "IF", "Input", "LI", "LIF", "Linear", "NIRGraph", "Output", "Scale", "SumPool2d",
        "Threshold",
      ])
  }

  @Test(arguments: names + ["sinabs_conv_if_sumpool"])
  func writingAndReadingGivesTheSameGraph(name: String) throws {
    let graph = try NIRFile(reading: Fixture.path(name + ".nir")).graph
    try Fixture.withFolder { folder in
      try NIRFile.write(graph, to: folder + "/first.nir")
      let again = try NIRFile(reading: folder + "/first.nir")
      #expect(again.graph == graph)
      #expect(again.report.libraryVersion == "1.0.8")
      try NIRFile.write(again.graph, to: folder + "/second.nir")
      #expect(
        FileManager.default.contentsEqual(
          atPath: folder + "/first.nir", andPath: folder + "/second.nir"))
      let names = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(names.sorted() == ["first.nir", "second.nir"])
    }
  }
}
