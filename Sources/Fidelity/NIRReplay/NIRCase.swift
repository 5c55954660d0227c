import Foundation
import NIR

/// A recorded case of a NIR network: what went in, what the framework that wrote the network
/// answered, and how that framework steps.
struct NIRCase {
  /// What a framework answered at one place of the network.
  struct Answer: Equatable {
    /// Spike counts and potentials are compared in different ways.
    enum Kind: Equatable { case spikes, analog }

    /// The key of the file.
    var name: String
    var kind: Kind
    /// Values a step.
    var width: Int
    /// Step after step.
    var values: [Double]
  }

  /// The framework's name, for people.
  var framework: String
  var stepping: NIRStepping
  var steps: Int
  var inputShape: [Int]
  /// The input of every step, row-major.
  var input: [[Float]]
  /// What the Output node gives.
  var output: Answer
  /// Spikes of the first layer of neurons, as (step, neuron, count), where they were recorded.
  var hidden: (name: String, events: [[Double]])?

  /// Values of a case that are kept.
  private static let mostValues = 1 << 26

  /// Reads a case.
  init(reading path: String) throws(NIRCaseError) {
    guard let handle = FileHandle(forReadingAtPath: path),
      let data = try? handle.read(upToCount: GoldenObject.largestBytes + 1),
      data.count <= GoldenObject.largestBytes
    else { throw .unreadable(largestBytes: GoldenObject.largestBytes) }
    let stored: Stored
    do {
      stored = try JSONDecoder().decode(Stored.self, from: data)
    } catch {
      throw .notACase(detail: Self.text(of: error))
    }
    try self.init(stored)
  }

  private static func text(of error: any Error) -> String {
    func place(_ context: DecodingError.Context) -> String {
      context.codingPath.map(\.stringValue).joined(separator: ".")
    }
    return switch error as? DecodingError {
    case .keyNotFound(let key, let context):
      "'\((context.codingPath.map(\.stringValue) + [key.stringValue]).joined(separator: "."))' "
        + "is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "'\(place(context))' is of another kind than it must be"
    default: "it is no JSON object"
    }
  }

  private init(_ stored: Stored) throws(NIRCaseError) {
    framework = stored.framework ?? stored.stepping.rule
    stepping = try stored.stepping.checked()
    inputShape = stored.input_shape
    steps = stored.T
    let width = try Self.count(inputShape, "input_shape", steps)
    let outputWidth = try Self.count(stored.output_shape, "output_shape", steps)
    if let values = stored.input_values {
      let flat = try Self.rows(values, "input_values", steps, width)
      input = (0..<steps).map { step in
        (0..<width).map { Float(flat[step * width + $0]) }
      }
    } else {
      let flat = try Self.grid(stored.input_events ?? [], "input_events", steps, width)
      input = (0..<steps).map { step in
        flat[step * width..<(step + 1) * width].map { Float($0) }
      }
    }
    if let values = stored.output_values {
      output = Answer(
        name: "output_values", kind: .analog, width: outputWidth,
        values: try Self.rows(values, "output_values", steps, outputWidth))
    } else if let events = stored.output_events {
      output = Answer(
        name: "output_events", kind: .spikes, width: outputWidth,
        values: try Self.grid(events, "output_events", steps, outputWidth))
    } else {
      throw .notACase(detail: "'output_events' or 'output_values' is missing")
    }
    hidden = stored.hidden_events?.min { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  private static func count(
    _ shape: [Int], _ key: String, _ steps: Int
  ) throws(NIRCaseError) -> Int {
    var product = max(steps, 1)
    for length in shape {
      let (next, overflows) = product.multipliedReportingOverflow(by: length)
      guard length > 0, !overflows, next <= mostValues else {
        throw .shape(key: key, found: shape, most: mostValues)
      }
      product = next
    }
    guard steps > 0, !shape.isEmpty else {
      throw .shape(key: steps > 0 ? key : "T", found: steps > 0 ? shape : [steps], most: mostValues)
    }
    return product / steps
  }

  private static func rows(
    _ values: [[Double]], _ key: String, _ steps: Int, _ width: Int
  ) throws(NIRCaseError) -> [Double] {
    guard values.count == steps, values.allSatisfy({ $0.count == width }) else {
      throw .shape(
        key: key, found: [values.count, values.first?.count ?? 0], most: steps * width)
    }
    return values.flatMap { $0 }
  }

  /// Events (step, place, count) as counts, step after step.
  static func grid(
    _ events: [[Double]], _ key: String, _ steps: Int, _ width: Int
  ) throws(NIRCaseError) -> [Double] {
    var counts = [Double](repeating: 0, count: steps * width)
    for (index, event) in events.enumerated() {
      guard (2...3).contains(event.count), let step = Int(exactly: event[0]),
        let place = Int(exactly: event[1]), (0..<steps).contains(step),
        (0..<width).contains(place)
      else { throw .event(key: key, index: index, steps: steps, width: width) }
      counts[step * width + place] += event.count == 3 ? event[2] : 1
    }
    return counts
  }
}

extension NIRCase {
  /// The keys of a case, as files have them.
  private struct Stored: Decodable {
    struct Stepping: Decodable {
      var rule: String
      var dt: Double
      var reset: String?
      var spikes_per_step: String?
      var tau_scale: Double?

      func checked() throws(NIRCaseError) -> NIRStepping {
        func word<Word: RawRepresentable & CaseIterable>(
          _ found: String, _ key: String
        ) throws(NIRCaseError) -> Word where Word.RawValue == String {
          guard let word = Word(rawValue: found) else {
            throw .word(key: key, found: found, known: Word.allCases.map(\.rawValue))
          }
          return word
        }
        return NIRStepping(
          rule: rule == "nir" ? .nir : try word(rule, "stepping.rule"), dt: dt,
          reset: try word(reset ?? "file", "stepping.reset"),
          spikesPerStep: try word(spikes_per_step ?? "single", "stepping.spikes_per_step"),
          timeScale: tau_scale ?? 1)
      }
    }

    var stepping: Stepping
    var framework: String?
    var T: Int
    var input_shape, output_shape: [Int]
    var input_events: [[Double]]?
    var input_values: [[Double]]?
    var output_events: [[Double]]?
    var output_values: [[Double]]?
    var hidden_events: [String: [[Double]]]?
  }
}

/// Why a recorded case of a NIR network cannot be replayed.
public enum NIRCaseError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The folder cannot be read, or holds no case.
  case noCases(folder: String)
  /// The case's file cannot be read, or is too large.
  case unreadable(largestBytes: Int)
  /// The file is no case; the detail says what it lacks.
  case notACase(detail: String)
  /// An array has another shape.
  case shape(key: String, found: [Int], most: Int)
  /// A word is none of those known.
  case word(key: String, found: String, known: [String])
  /// An event is no (step, place) or (step, place, count) of the network.
  case event(key: String, index: Int, steps: Int, width: Int)
  /// The network does not have one Input and one Output of the recorded sizes.
  case ports(inputs: Int, outputs: Int, found: [Int], recorded: [Int])
  /// The network's file cannot be read, or the network cannot be run.
  case network(NIRError)

  /// One sentence, without the file.
  public var description: String {
    switch self {
    case .noCases(let folder):
      "the folder '\(folder)' holds no pair NAME.nir and NAME.json, or cannot be read"
    case .unreadable(let largest):
      "the file NAME.json cannot be read, or has more than \(largest) bytes"
    case .notACase(let detail): "the file NAME.json is no recorded case: \(detail)"
    case .shape(let key, let found, let most):
      "'\(key)' has the shape \(found); lengths from 1 that agree with T and the other shapes "
        + "are needed, and at most \(most) values"
    case .word(let key, let found, let known):
      "'\(key)' is '\(found)'; \(known.joined(separator: ", ")) are known"
    case .event(let key, let index, let steps, let width):
      "'\(key)' holds no [step, place] or [step, place, count] at \(index); steps lie in "
        + "0..<\(steps) and places in 0..<\(width)"
    case .ports(let inputs, let outputs, let found, let recorded):
      "the network has \(inputs) Input and \(outputs) Output nodes of \(found) values, but one "
        + "each of \(recorded) values were recorded"
    case .network(let error): error.description
    }
  }
}
