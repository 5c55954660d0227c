import Compiler
import HardwareSpec
import NIR
import Testing

/// What a misfit's text says to try is tried, and the network compiles.
@Suite("Remedies work") struct RemedyTests {
  private let options: CompileOptions

  init() throws { options = CompileOptions(try ChipLibrary.chip("synapus-1")) }

  /// The entries of the report of a network that does not fit.
  private func entries(_ graph: NIRGraph, _ options: CompileOptions) throws -> [MisfitEntry] {
    guard
      let report = reportOfMisfits({ try Compiler.compile(graph, name: "net", options) })
    else { return [] }
    return report.misfits.map { MisfitEntry($0, in: report) }
  }

  /// The options with the flags that a remedy names.
  private func applying(_ remedy: String, to options: CompileOptions) throws -> CompileOptions {
    var options = options
    let words = remedy.split(whereSeparator: { " ,".contains($0) }).map(String.init)
    var flags = 0
    for (flag, value) in zip(words, words.dropFirst()) where flag.hasPrefix("--") {
      flags += 1
      switch flag {
      case "--chip": options.spec = try ChipLibrary.chip(value)
      case "--ticks-per-step": options.ticksPerStep = try #require(Int(value))
      case "--dt": options.dt = try #require(Double(value))
      case "--copies":
        let parts = value.split(separator: "=")
        options.projections.removeAll { $0.name == parts[0] }
        options.projections.append(
          .init(String(parts[0]), copies: try #require(Int(parts[1]))))
      case "--refractory": options.refractoryTicks = try #require(Int(value))
      case "--max-clip":
        #expect(value.hasSuffix("%"))
        options.maxClip = try #require(Double(value.dropLast())) / 100
      default: Issue.record("'\(flag)' is not known to this test")
      }
    }
    if words.suffix(2) == ["without", "--strict"] { (options.strict, flags) = (false, 1) }
    #expect(flags > 0, "no flag in '\(remedy)'")
    return options
  }

  /// The misfits' codes are as expected; with all their flags together nothing is left.
  private func heal(
    _ graph: NIRGraph, _ options: CompileOptions, _ codes: Set<String>
  ) throws {
    let entries = try entries(graph, options)
    #expect(Set(entries.map(\.misfit.code)) == codes)
    var healed = options
    for entry in entries {
      healed = try applying(entry.remedy, to: healed)
      let lines = entry.text.split(separator: "\n")
      #expect(lines.count == 4 && lines[0].hasPrefix("error[\(entry.misfit.code)]: "))
      #expect(
        lines[1].hasPrefix("where: ") && lines[1].hasSuffix("for chip '\(options.spec.name)'"))
      #expect(lines[2].hasPrefix("try: "))
      #expect(lines[3] == "see: synapus explain \(entry.misfit.code)")
    }
    _ = try Compiler.compile(graph, name: "net", healed)
  }

  @Test func cores() throws {
    var few = options
    few.spec = try ChipLibrary.chip("synapus-1-mesh-1x2")
    try heal(dense([3, 1500]).nirGraph(dt: 1e-3), few, ["E0311"])
    // A network of more than 256 cores.
    few.spec = try ChipLibrary.chip("synapus-1-mesh-16x16")
    try heal(dense([1, 65_600]).nirGraph(dt: 1e-3), few, ["E0311"])
  }

  @Test func rowPairs() throws {
    var copied = options
    copied.projections = [.init("weights1", copies: 65_536)]
    copied.maxClip = 1
    try heal(dense([3, 3]).nirGraph(dt: 1e-3), copied, ["E0342"])
    // Circuits of this chip do not join over cores.
    copied.spec = try ChipLibrary.chip("bss2-like")
    copied.projections = [.init("weights1", copies: 90)]
    let entries = try entries(dense([30, 3]).nirGraph(dt: 1e-3), copied)
    if entries.contains(where: { $0.misfit.code == "E0312" }) {
      #expect(entries.first?.remedy.hasPrefix("--copies weights1=") == true)
    }
  }

  @Test func timeConstants() throws {
    try heal(single([[1]], cubaLIF(1, tauMem: 0.4, tauSyn: 0.04, wIn: 40)), options, ["E0313"])
    try heal(single([[1]], cubaLIF(1, tauMem: 0.001, tauSyn: 0.01)), options, ["E0313"])
  }

  @Test(arguments: [0, 126, 1000]) func refractoryTimes(ticks: Int) throws {
    var odd = options
    odd.refractoryTicks = ticks
    try heal(single([[1]], cubaLIF(1)), odd, ["E0318"])
  }

  @Test func clippedWeights() throws {
    var tight = options
    tight.projections = [.init("w", weightPerStep: 0.05)]
    try heal(single([[1, 0.5, -1, 0.1, 0.2, 0.3, 2]], cubaLIF(1)), tight, ["E0317"])
  }

  @Test func strictness() throws {
    var strict = options
    strict.strict = true
    try heal(single([[1]], lif(1)), strict, ["E0320"])
  }

  /// The range that the remedy names is tried at both ends.
  @Test func potentials() throws {
    let entries = try entries(single([[1]], cubaLIF(1, reset: -300)), options)
    #expect(entries.map(\.misfit.code) == ["E0314"])
    let remedy = try #require(entries.first?.remedy)
    let match = try #require(remedy.wholeMatch(of: /bring v_reset to (-?[\d.]+) to (-?[\d.]+)/))
    for end in [match.1, match.2] {
      let reset = try #require(Double(end))
      #expect(reset > -300)
      let healed = try single([[1]], cubaLIF(1, reset: min(reset, 0.9)))
      _ = try Compiler.compile(healed, name: "net", options)
    }
    let biased = try chain([
      ("in", .input(shape: [1])),
      ("w", .affine(NIRAffine(weight: matrix([[1]]), bias: values([9])))), ("pop", cubaLIF(1)),
    ])
    let high = try self.entries(biased, options)
    #expect(high.first?.remedy.hasPrefix("bring v_leak and bias together to ") == true)
  }

  /// r goes into the weights, as the remedy says.
  @Test func gains() throws {
    func node(_ r: [Double]) -> NIRNode {
      .cubaLI(
        NIRCubaLI(
          tauSyn: all(0.02, 2), tauMem: all(0.02, 2), r: values(r), vLeak: all(0, 2),
          wIn: all(20, 2)))
    }
    var loose = options
    loose.maxClip = 1
    let entries = try entries(single([[1], [0.001]], node([1, 1000])), loose)
    #expect(entries.map(\.misfit.code) == ["E0315"])
    #expect(entries.first?.remedy.contains("into the weights") == true)
    _ = try Compiler.compile(single([[1], [1]], node([1, 1])), name: "net", loose)
  }

  @Test func placesNameTheFileAndItsNodes() throws {
    var odd = options
    odd.refractoryTicks = 200
    var report = try #require(
      reportOfMisfits {
        try Compiler.compile(
          single([[1]], cubaLIF(1, tauMem: 0.4, tauSyn: 0.04, wIn: 40)), name: "net", odd)
      })
    report.file = "folder/net.nir"
    let places = report.misfits.map { MisfitEntry($0, in: report).place }
    #expect(
      Set(places) == [
        "folder/net.nir, for chip 'synapus-1'",
        "nodes 'w', 'pop' of folder/net.nir, for chip 'synapus-1'",
      ])
    for key in ["where", "try", "see", "needed", "available", "over", "layer", "resource"] {
      #expect(report.json.contains("\"\(key)\" :"), "\(key)")
    }
  }
}
