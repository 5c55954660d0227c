import Foundation
import NIR

/// Replays recorded NIR networks by the stepping rule of the framework that exported them.
public struct NIRCaseReplay: Sendable {
  /// Parts of full scale by which an analog value may differ.
  public static let analogTolerance = 1e-5

  private let folder: String

  /// Prepares replays of the pairs NAME.nir and NAME.json of a folder.
  public init(of folder: String) { self.folder = folder }

  /// The names of the cases, in order.
  public func names() throws(NIRCaseError) -> [String] {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let names = Set(files.filter { $0.hasSuffix(".nir") }.map { String($0.dropLast(4)) }).sorted()
    guard !names.isEmpty else { throw .noCases(folder: folder) }
    return names
  }

  /// Replays one case; a case that cannot be replayed is a result with a fault.
  public func result(of name: String) -> NIRCaseResult {
    var result = NIRCaseResult(file: name + ".nir")
    do throws(NIRCaseError) {
      try replay(name, &result)
    } catch {
      result.fault = error.description
    }
    return result
  }

  private func replay(_ name: String, _ result: inout NIRCaseResult) throws(NIRCaseError) {
    let recorded = try NIRCase(reading: "\(folder)/\(name).json")
    var network: NIRReplay
    do throws(NIRError) {
      let file = try NIRFile(reading: "\(folder)/\(name).nir")
      network = try NIRReplay(file.graph, recorded.stepping)
    } catch {
      throw .network(error)
    }
    result.model = Self.model(recorded.framework, network.graph)
    try checkPorts(network, recorded)
    let (output, hidden) = (network.outputNames[0], network.spikingNames.first)
    var comparisons = [NIRAnswerComparison(recorded.output)]
    if let (key, events) = recorded.hidden, let hidden {
      let width = network.value(of: hidden).count
      comparisons.append(
        NIRAnswerComparison(
          NIRCase.Answer(
            name: "hidden_events.\(key)", kind: .spikes, width: width,
            values: try NIRCase.grid(events, "hidden_events.\(key)", recorded.steps, width))))
    }
    for step in 0..<recorded.steps {
      network.step(recorded.input[step])
      comparisons[0].compare(network.value(of: output), step: step)
      if comparisons.count > 1, let hidden {
        comparisons[1].compare(network.value(of: hidden), step: step)
      }
    }
    for comparison in comparisons { comparison.report(to: &result) }
  }

  private static func model(_ framework: String, _ graph: NIRGraph) -> String {
    let types = Set(graph.nodes.map(\.node.typeName)).subtracting(["Input", "Output"])
    return "\(framework): \(types.sorted().joined(separator: ", "))"
  }

  private func checkPorts(_ network: NIRReplay, _ recorded: NIRCase) throws(NIRCaseError) {
    let widths = (network.inputNames + network.outputNames).map { network.value(of: $0).count }
    let needed = [recorded.inputShape.reduce(1, *), recorded.output.width]
    guard network.inputNames.count == 1, network.outputNames.count == 1, widths == needed else {
      throw .ports(
        inputs: network.inputNames.count, outputs: network.outputNames.count, found: widths,
        recorded: needed)
    }
  }
}

/// Holds what a replay gives against what was recorded at one place.
private struct NIRAnswerComparison {
  private let answer: NIRCase.Answer
  private let fullScale: Double
  private var mismatches = 0
  private var worst = 0.0
  private var first: NIRCaseResult.Difference?

  init(_ answer: NIRCase.Answer) {
    self.answer = answer
    fullScale = answer.values.reduce(0) { max($0, abs($1)) }
  }

  mutating func compare(_ values: [Float], step: Int) {
    for place in 0..<answer.width {
      let expected = answer.values[step * answer.width + place]
      let found = place < values.count ? Double(values[place]) : .nan
      guard !agrees(found, expected) else { continue }
      mismatches += 1
      first =
        first
        ?? NIRCaseResult.Difference(
          array: answer.name, step: step, place: place, expected: expected,
          found: found.isFinite ? found : nil)
    }
  }

  private mutating func agrees(_ found: Double, _ expected: Double) -> Bool {
    guard answer.kind == .analog else { return found == expected }
    let deviation = fullScale > 0 ? abs(found - expected) / fullScale : abs(found)
    guard deviation.isFinite else { return false }
    worst = max(worst, deviation)
    return deviation <= NIRCaseReplay.analogTolerance
  }

  func report(to result: inout NIRCaseResult) {
    result.compared += answer.values.count
    result.mismatches += mismatches
    result.worst = max(result.worst, worst)
    if let first, first.step < result.first?.step ?? .max { result.first = first }
  }
}
