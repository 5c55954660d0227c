import Emulator
import Fidelity
import Foundation
import HardwareSpec
import Testing

/// Recorded cases of Loihi's neurons and learning engine, replayed on every kernel.
@Suite struct GoldenReplayTests {
  private static func files() throws -> [String] {
    try GoldenReplay.files(in: GoldenFiles.recorded)
      + GoldenReplay.files(in: GoldenFiles.modelled)
  }

  @Test func everyNumberIsRecomputed() throws {
    let replay = GoldenReplay(try ChipLibrary.chip("loihi"))
    let files = try Self.files()
    #expect(files.count >= 30)
    for file in files {
      let result = replay.result(of: file)
      #expect(result.pass, "\(result.file): \(result.fault ?? result.first?.text ?? "")")
      let kernels = GoldenReplay.availableKernels.map(\.rawValue)
      #expect(result.kernels.prefix(kernels.count) == kernels[...])
    }
  }

  /// Cases with layers, registers, rules and traces drawn from seeds.
  @Test(.enabled(if: GoldenFiles.hasPython)) func drawnCasesAreRecomputed() throws {
    let replay = GoldenReplay(try ChipLibrary.chip("loihi"))
    let (count, first) = GoldenFiles.isLong ? (300, 0) : (12, 1000)
    try GoldenFiles.withCases(of: "loihi_golden", "random", count: count, first: first) { folder in
      var compared = 0
      for file in try GoldenReplay.files(in: folder) {
        let result = replay.result(of: file)
        #expect(result.pass, "\(result.file): \(result.fault ?? result.first?.text ?? "")")
        compared += result.compared
      }
      print("golden: \(compared) numbers of drawn cases compared")
    }
  }

  /// Numbers of the shared recordings, as the Python model counts them.
  @Test func noNumberIsLeftOut() throws {
    let replay = GoldenReplay(try ChipLibrary.chip("loihi"), kernels: [.reference])
    let counts = [
      "learn_03_triplet.json": 11_600, "learn_05_tag_two_factor.json": 13_600,
      "lif_11_recurrent.json": 4912, "lif_15_synaptic_delays.json": 2424,
      "nengo_lif_01_refractory.json": 4800,
    ]
    for (file, count) in counts.sorted(by: { $0.key < $1.key }) {
      #expect(replay.result(of: "\(GoldenFiles.recorded)/\(file)").compared == count, "\(file)")
    }
  }

  @Test func changedNumbersAreFound() throws {
    let replay = GoldenReplay(try ChipLibrary.chip("loihi"), kernels: [.reference])
    let path = "\(GoldenFiles.recorded)/lif_03_mixed_basic.json"
    let result = try changed(path, replay) { object in
      var layers = try #require(object["layers"] as? [[String: Any]])
      var voltages = try #require(layers[0]["v"] as? [[Int]])
      voltages[41][3] += 1
      voltages[60][1] -= 1
      layers[0]["v"] = voltages
      object["layers"] = layers
    }
    #expect(result.mismatches == 2 && !result.pass)
    let first = try #require(result.first)
    #expect(first.array == "layers[0].v" && first.step == 42 && first.place == [3])
    #expect(first.found == first.expected - 1 && first.kernel == "reference")
  }

  /// Each damage is a fault that names the key, and nothing is compared.
  @Test func damagedFilesAreNamed() throws {
    let replay = GoldenReplay(try ChipLibrary.chip("loihi"), kernels: [.reference])
    let lif = "\(GoldenFiles.recorded)/lif_03_mixed_basic.json"
    let learning = "\(GoldenFiles.recorded)/learn_01_pair_stdp.json"
    let damages: [(String, String, (inout [String: Any]) -> Void)] = [
      (lif, "'format' is 'loihi-lif-golden-9'", { $0["format"] = "loihi-lif-golden-9" }),
      (lif, "'layers' is missing", { $0["layers"] = nil }),
      (lif, "'steps' holds 0.0", { $0["steps"] = 0 }),
      (lif, "'input_spikes' has 1 x 2 numbers", { $0["input_spikes"] = [[0, 1]] }),
      (lif, "'input_spikes' must be a list", { $0["input_spikes"] = "many" }),
      (lif, "'layers[0].neuron' is missing", { $0["layers"] = [["u": []]] }),
      (learning, "'rule' must be an object", { $0["rule"] = 3 }),
      (learning, "'weights0' has", { $0["weights0"] = [[Int]]() }),
      (learning, "'random' is missing", { $0["random"] = nil }),
      (learning, "golden:1:", { $0["rule"] = ["dw": "2 ^ x1 * y0"] }),
    ]
    for (path, message, damage) in damages {
      let result = try changed(path, replay) { damage(&$0) }
      #expect(!result.pass && result.compared == 0)
      #expect(result.fault?.contains(message) == true, "\(message): \(result.fault ?? "-")")
    }
    let absent = replay.result(of: "\(GoldenFiles.recorded)/absent.json")
    #expect(absent.fault?.contains("cannot be read") == true)
    #expect(throws: GoldenError.noCases(folder: "/nowhere")) {
      try GoldenReplay.files(in: "/nowhere")
    }
  }

  /// Replays a copy of a file with a change in it.
  private func changed(
    _ path: String, _ replay: GoldenReplay, _ change: (inout [String: Any]) throws -> Void
  ) throws -> GoldenResult {
    let data = try Data(contentsOf: URL(filePath: path))
    var object = try #require(
      try JSONSerialization.jsonObject(with: data) as? [String: Any])
    try change(&object)
    let copy = FileManager.default.temporaryDirectory
      .appending(path: "golden-\(UUID().uuidString).json")
    try JSONSerialization.data(withJSONObject: object).write(to: copy)
    defer { try? FileManager.default.removeItem(at: copy) }
    return replay.result(of: copy.path)
  }
}
