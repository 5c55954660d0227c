import Foundation
import Testing

import NIR

/// Files that h5py made on purpose: what exporters may do, and what attackers do.
@Suite struct UnusualFileTests {
  private func error(reading name: String) throws -> NIRError? {
    let path = try Fixture.path(name)
    return #expect(throws: NIRError.self) { try NIRFile(reading: path) }
  }

  @Test func newerFormatIsRead() throws {
    let newer = try NIRFile(reading: Fixture.path("newer_format.nir"))
    let weight = NIRTensor(shape: [1, 2], values: [0.5, -0.25], elementType: .float64)
    #expect(newer.graph.node(named: "fc") == .linear(NIRLinear(weight: weight)))
    #expect(newer.report == NIRReadReport(libraryVersion: "1.0.8"))
  }

  @Test func metadataIsKeptAndUnknownParametersAreReported() throws {
    let file = try NIRFile(reading: Fixture.path("plain.nir"))
    let year = NIRTensor(shape: [], values: [2024], elementType: .int64)
    #expect(
      file.graph.metadata == [
        NIRMetadataEntry("made", .group([NIRMetadataEntry("year", .tensor(year))])),
        NIRMetadataEntry("title", .text("Zwei Eingänge")),
      ])
    #expect(file.report.notes == [.ignored(object: "/node/nodes/fc/comment")])
    try Fixture.withFolder { folder in
      try NIRFile.write(file.graph, to: folder + "/again.nir")
      #expect(try NIRFile(reading: folder + "/again.nir").graph == file.graph)
    }
  }

  @Test func singleValuesGetTheShapeOfTheirNeighbours() throws {
    let file = try NIRFile(reading: Fixture.path("scalars.nir"))
    let one = NIRTensor([1], elementType: .float32)
    #expect(
      file.graph.node(named: "neurons")
        == .li(
          NIRLI(
            tau: NIRTensor([0.02], elementType: .float64),
            r: NIRTensor([1], elementType: .int64), vLeak: NIRTensor([0]))))
    guard case .cubaLI(let tail) = file.graph.node(named: "tail") else {
      Issue.record("tail is missing")
      return
    }
    #expect(tail.tauSyn == NIRTensor([Double(Float(0.005))]))
    #expect(tail.r == one && tail.wIn == one)
    #expect(
      file.report.notes == [
        .squeezed(node: "fc", parameter: "weight", from: [1, 1, 2], to: [1, 2]),
        .squeezed(node: "fc", parameter: "bias", from: [1, 1], to: [1]),
        .repeated(node: "neurons", parameter: "tau", shape: [1]),
        .repeated(node: "neurons", parameter: "r", shape: [1]),
        .defaulted(node: "tail", parameter: "w_in", value: 1),
        .sized(node: "tail", shape: [1]),
      ])
  }

  @Test func whatLiesOutsideTheFileIsNotFollowed() throws {
    for name in ["soft_link.nir", "external_values.nir"] {
      guard case .refusedParameter("fc", "weight", let found) = try error(reading: name)
      else {
        Issue.record("\(name)")
        continue
      }
      #expect(found.contains("link") || found.contains("outside the file"))
    }
    guard case .refused("/node/nodes/fc", let reason) = try error(reading: "external_link.nir")
    else {
      Issue.record("external_link.nir")
      return
    }
    #expect(reason.contains("link"))
  }

  @Test func cyclesEnd() throws {
    guard
      case .refusedParameter("fc", "weight", let reason) = try error(reading: "cyclic_group.nir")
    else {
      Issue.record("cyclic_group.nir")
      return
    }
    #expect(reason.contains("leads back"))
  }

  @Test func whatDoesNotFitIsRefusedBeforeItIsRead() throws {
    guard case .refusedParameter("fc", "weight", let found) = try error(reading: "huge_weight.nir")
    else {
      Issue.record("huge_weight.nir")
      return
    }
    #expect(found.contains("memory"))
  }

  /// Few bytes in a file may stand for many values in memory: limits count those.
  @Test func limitsCountRepeatedValues() throws {
    var limits = NIRLimits()
    limits.values = 8
    let path = try Fixture.path("scalars.nir")
    let error = #expect(throws: NIRError.self) { try NIRFile(reading: path, limits: limits) }
    #expect(error?.description.contains("memory") == true)
    let chain = ["a", "b", "c"].map { name in
      let one = NIRTensor(repeating: 1, shape: [])
      return NIRNamedNode(name, .li(NIRLI(tau: one, r: one, vLeak: one)))
    }
    let graph = try NIRGraph(
      nodes: [NIRNamedNode("input", .input(shape: [1 << 26]))] + chain,
      edges: [NIREdge("input", "a"), NIREdge("a", "b"), NIREdge("b", "c")])
    try Fixture.withFolder { folder in
      try NIRFile.write(graph, to: folder + "/chain.nir")
      let error = #expect(throws: NIRError.self) { try NIRFile(reading: folder + "/chain.nir") }
      guard case .badShape("a", [1 << 26], _) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
  }

  @Test func wrongTypesNameTheNode() throws {
    guard case .wrongType("fc", "weight", _, "numbers") = try error(reading: "text_weight.nir")
    else {
      Issue.record("text_weight.nir")
      return
    }
    guard case .refusedParameter("fc", "weight", _) = try error(reading: "compound_weight.nir")
    else {
      Issue.record("compound_weight.nir")
      return
    }
  }

  @Test func whatIsNoFileIsSaidSo() throws {
    #expect(
      throws: NIRError.cannotOpen(file: "/nowhere/net.nir", code: ENOENT)
    ) { try NIRFile(reading: "/nowhere/net.nir") }
    #expect(throws: NIRError.cannotOpen(file: "/dev/zero", code: EINVAL)) {
      try NIRFile(reading: "/dev/zero")
    }
    let readme = try Fixture.path("README.md")
    #expect(throws: NIRError.notHDF5(file: readme)) { try NIRFile(reading: readme) }
  }

  @Test func aFolderThatIsNotThereIsSaidSo() throws {
    let graph = try NIRGraph(nodes: [NIRNamedNode("input", .input(shape: [1]))], edges: [])
    #expect(throws: NIRError.cannotWrite(file: "/nowhere/net.nir", code: ENOENT)) {
      try NIRFile.write(graph, to: "/nowhere/net.nir")
    }
  }

  /// lzf, shuffled gzip with check sums, big-endian and small integers, half floats, fixed strings,
  /// truth values, and one number for a pair.
  @Test func everyLayoutIsRead() throws {
    let file = try NIRFile(reading: Fixture.path("layouts.nir"))
    let graph = file.graph
    #expect(graph.node(named: "input") == .input(shape: [2, 6, 6]))
    let scale = NIRTensor(shape: [2, 6, 6], values: (0..<72).map { Double($0) / 8 })
    #expect(graph.node(named: "a") == .scale(NIRScale(scale: scale)))
    #expect(
      graph.node(named: "b")
        == .threshold(NIRThreshold(threshold: NIRTensor(repeating: 0.5, shape: [2, 6, 6]))))
    let kernel = NIRTensor(shape: [2, 2, 3, 3], values: (0..<36).map { Double($0) / 4 })
    #expect(
      graph.node(named: "conv")
        == .conv2d(
          NIRConv2d(
            weight: kernel, bias: NIRTensor([-1, 2], elementType: .int64), padding: .same,
            inputShape: [6, 6])))
    let pool = NIRPool2d(kernelSize: [2, 2], stride: [2, 2])
    #expect(graph.node(named: "pool") == .avgPool2d(pool))
    #expect(graph.node(named: "flat") == .flatten(NIRFlatten(inputShape: [2, 3, 3])))
    let yes = NIRTensor(shape: [], values: [1], elementType: .int64)
    #expect(
      graph.nodes.first { $0.name == "conv" }?.metadata == [
        NIRMetadataEntry("deeper", .group([NIRMetadataEntry("trained", .tensor(yes))]))
      ])
    #expect(
      file.report.notes == [
        .sized(node: "b", shape: [2, 6, 6]), .inferred(node: "conv", shape: [2, 6, 6]),
        .inferred(node: "flat", shape: [2, 3, 3]),
        .squeezed(node: "input", parameter: "shape", from: [1, 2, 6, 6], to: [2, 6, 6]),
      ])
  }

  /// Thirty links from a group to a group above it: followed, they would be 30 to the power of 64.
  @Test func circlesOfGroupsEndAtOnce() throws {
    guard case .refused("/node/nodes/again00", let reason) = try error(reading: "circle.nir") else {
      Issue.record("circle.nir")
      return
    }
    #expect(reason.contains("leads back"))
  }

  /// 600 references to one string of 32 KiB: 20 MiB in memory, 75 kB in the file.
  @Test func whatIsReferredToCounts() throws {
    let path = try Fixture.path("references.nir")
    var limits = NIRLimits()
    limits.bytes = 1 << 24
    guard
      case .refused("/node/edges", let reason) = #expect(
        throws: NIRError.self, performing: { try NIRFile(reading: path, limits: limits) })
    else {
      Issue.record("references.nir")
      return
    }
    #expect(reason.contains("memory"))
    // With room for them, they are no names; the message does not repeat them all.
    let error = try error(reading: "references.nir")
    #expect((error?.description.utf8.count ?? .max) < 200)
  }

  @Test func hugeAndOddNumbersAreRefusedByName() throws {
    guard case .refused("/node/edges", _) = try error(reading: "huge-edges.nir") else {
      Issue.record("huge-edges.nir")
      return
    }
    guard case .badShape("input", [1, 1 << 40], _) = try error(reading: "huge-kernel.nir") else {
      Issue.record("huge-kernel.nir")
      return
    }
    guard case .wrongType("input", "shape", _, "integers") = try error(reading: "float-shape.nir")
    else {
      Issue.record("float-shape.nir")
      return
    }
    guard case .wrongType("fc", "padding", "\"reflect\"", _) = try error(reading: "padding.nir")
    else {
      Issue.record("padding.nir")
      return
    }
  }
}
