import HardwareSpec
import Link
import TestSupport

/// A parser that takes any bytes; shared by the fuzzer (`tools/fuzz/run`) and the tests that replay
/// what it found.
///
/// It throws nothing and traps never: what it must hold is told by a finding. After each input a
/// good one must still be understood.
protocol FuzzTarget {
  /// The name of the target, and of the folder of its inputs in `Tests/Fuzz`.
  static var name: String { get }

  init() throws

  /// Inputs to begin with.
  func seeds() throws -> [[UInt8]]

  /// Takes an input; throws a finding where the parser misbehaved.
  func take(_ bytes: [UInt8]) throws

  /// Takes an input that is good.
  func takeGood() throws
}

/// What a parser did that it must not do.
struct FuzzFinding: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }

  static func require(_ holds: Bool, _ what: @autoclosure () -> String) throws {
    guard holds else { throw FuzzFinding(what()) }
  }
}

/// Reads numbers from bytes; zeros when they have ended.
struct FuzzBytes {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { rest = bytes[...] }

  var isEmpty: Bool { rest.isEmpty }

  mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

  mutating func number(_ size: Int) -> Int {
    (0..<size).reduce(0) { $0 | Int(byte()) << (8 * $1) }
  }

  /// So many bytes, padded with zeros.
  mutating func take(_ count: Int) -> [UInt8] {
    let taken = Array(rest.prefix(count))
    rest = rest.dropFirst(count)
    return taken + Array(repeating: 0, count: count - taken.count)
  }
}

/// The targets by name.
enum FuzzTargets {
  static var all: [any FuzzTarget.Type] {
    [
      HeaderFuzz.self, PayloadFuzz.self, ImageFuzz.self, StateFuzz.self, JournalFuzz.self,
      KeyFuzz.self,
    ]
  }
}
