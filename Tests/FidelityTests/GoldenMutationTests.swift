import Emulator
import Fidelity
import Foundation
import HardwareSpec
import Testing

/// Each rule of the recordings is changed for itself, and some case must notice.
///
/// A rule is changed where it stands: in the chip file's numbers, in the rule's text, in the draws
/// that are injected, or, where it is code, by a switch of the reference path.
@Suite struct GoldenMutationTests {
  enum Mutation: String, CaseIterable, Sendable {
    /// Decays round down instead of towards zero.
    case rounding
    /// The current's decay register has no 1 added.
    case decayOffset
    /// A neuron spikes at its threshold already.
    case strictThreshold
    /// Products are shifted right by one bit more.
    case shift
    /// A trace decays once an epoch.
    case epochReplay
    /// Products with x0 count in every epoch.
    case gating
    /// Rounding takes the draw of the next epoch.
    case randomDraw

    func apply(to spec: inout ChipSpec) {
      switch self {
      case .rounding: spec.digital?.reference.decayRoundsDown = true
      case .decayOffset: spec.digital?.currentDecayOffset = 0
      case .strictThreshold: spec.digital?.reference.thresholdIsInclusive = true
      case .shift: spec.learning?.accumulatorBits -= 1
      case .epochReplay: spec.learning?.decaysOnceAnEpoch = true
      case .gating, .randomDraw: break
      }
    }

    func apply(to file: inout [String: Any]) {
      switch self {
      case .gating:
        guard var rule = file["rule"] as? [String: Any], let text = rule["dw"] as? String else {
          return
        }
        rule["dw"] = text.replacingOccurrences(of: "x0", with: "u0")
        file["rule"] = rule
      case .randomDraw:
        guard var random = file["random"] as? [String: Any],
          let draws = random["syn_round"] as? [Double]
        else { return }
        random["syn_round"] = Array(draws.dropFirst()) + draws.prefix(1)
        file["random"] = random
      default: break
      }
    }
  }

  @Test(arguments: Mutation.allCases)
  func everyChangedRuleIsNoticed(_ mutation: Mutation) throws {
    var spec = try ChipLibrary.chip("loihi")
    mutation.apply(to: &spec)
    let replay = GoldenReplay(spec, kernels: [.reference])
    var noticed: [String] = []
    for path in try GoldenReplay.files(in: GoldenFiles.recorded) {
      let result = try replay.result(of: path, changedBy: mutation)
      #expect(result.fault == nil, "\(result.file): \(result.fault ?? "")")
      if result.mismatches > 0 { noticed.append(result.file) }
    }
    print("mutation \(mutation.rawValue): noticed by \(noticed.count) of the recordings")
    #expect(!noticed.isEmpty)
  }

  /// Without a change the same way through a changed copy of each file finds no difference.
  @Test func unchangedRulesAreNot() throws {
    let replay = GoldenReplay(try ChipLibrary.chip("loihi"), kernels: [.reference])
    for path in try GoldenReplay.files(in: GoldenFiles.recorded) {
      #expect(try replay.result(of: path, changedBy: nil).pass)
    }
  }
}

extension GoldenReplay {
  fileprivate func result(
    of path: String, changedBy mutation: GoldenMutationTests.Mutation?
  ) throws -> GoldenResult {
    let data = try Data(contentsOf: URL(filePath: path))
    var file = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    mutation?.apply(to: &file)
    let name = "\(UUID().uuidString)-\(path.split(separator: "/").last ?? "")"
    let copy = FileManager.default.temporaryDirectory.appending(path: name)
    try JSONSerialization.data(withJSONObject: file).write(to: copy)
    defer { try? FileManager.default.removeItem(at: copy) }
    return result(of: copy.path)
  }
}
