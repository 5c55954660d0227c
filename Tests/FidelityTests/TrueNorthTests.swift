import ChipInterface
import Compiler
import Emulator
import Fidelity
import Foundation
import HardwareSpec
import Testing

/// Seeded crossbar networks against the independent model of `tools/reference/truenorth_model.py`.
///
/// The model writes each network as a register file, and the spikes that it finds. A few are
/// fixtures; with a Python at hand more are made on the spot, and 1,000 in the long form.
@Suite struct TrueNorthTests {
  private struct Answer: Decodable {
    var seed, steps, sample: Int
    var events: [[Int]]
    /// Step and unit of each spike.
    var spikes: [[Int]]
  }

  @Test func fixturesHaveTheModelsSpikes() throws {
    let (networks, _) = try compare(
      GoldenFiles.folder + "/truenorth", GoldenReplay.availableKernels)
    #expect(networks >= 20)
  }

  @Test(.enabled(if: GoldenFiles.hasPython))
  func seededNetworksHaveTheModelsSpikes() throws {
    let (count, first) = GoldenFiles.isLong ? (1000, 0) : (40, 1000)
    try GoldenFiles.withCases(of: "truenorth_model", "write", count: count, first: first) {
      let (networks, spikes) = try compare($0, GoldenReplay.availableKernels)
      #expect(networks == count)
      print("truenorth: \(networks) networks, \(spikes) spikes compared")
    }
  }

  /// Compares all networks of a folder; gives how many, and how many spikes.
  private func compare(
    _ folder: String, _ kernels: [EmulationSettings.Kernel]
  ) throws -> (networks: Int, spikes: Int) {
    let spec = try ChipLibrary.chip("truenorth")
    let chips = try kernels.map {
      ($0.rawValue, try EmulatedChip(spec, EmulationSettings(kernel: $0)))
    }
    var (networks, spikes) = (0, 0)
    for file in try GoldenReplay.files(in: folder) {
      let answer = try JSONDecoder().decode(
        Answer.self, from: Data(contentsOf: URL(filePath: file)))
      let image = try image(file.replacingOccurrences(of: ".json", with: ".regs.yaml"), spec)
      for (name, chip) in chips {
        try chip.load(image)
        let found = try run(answer, on: chip)
        let isEqual = found == answer.spikes.map { [$0[0], $0[1]] }
        #expect(isEqual, "seed \(answer.seed), \(name): \(difference(found, answer.spikes))")
      }
      (networks, spikes) = (networks + 1, spikes + answer.spikes.count)
    }
    return (networks, spikes)
  }

  private func image(_ path: String, _ spec: ChipSpec) throws -> ChipImage {
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let network = try RegisterNetwork(yaml: text, file: path, for: spec)
    let image = try Compiler.compile(network, CompileOptions(spec)).image
    return try ChipImage(decoding: try image.encoded(spec: spec), spec: spec)
  }

  private func run(_ answer: Answer, on chip: EmulatedChip) throws -> [[Int]] {
    let inputs = SpikeBatch(
      offsets: [0, answer.events.count], cycles: answer.events.map { UInt32($0[0]) },
      units: answer.events.map { UInt32($0[1]) })
    let recording = try chip.run(
      Experiment(
        durationTicks: answer.steps, inputs: inputs, sampleNumbers: [UInt64(answer.sample)],
        recorded: RecordingRequest()))
    return zip(recording.spikes.cycles, recording.spikes.units)
      .map { [Int($0), Int($1)] }
      .sorted { ($0[0], $0[1]) < ($1[0], $1[1]) }
  }

  private func difference(_ found: [[Int]], _ expected: [[Int]]) -> String {
    let first = zip(found, expected).first { $0 != $1 }
    return "\(found.count) spikes for \(expected.count); first at"
      + " \(first.map { "\($0.0) for \($0.1)" } ?? "the end")"
  }
}
