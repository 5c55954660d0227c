/// Writes a value change dump (IEEE 1364) as a stream, in pieces of bounded size.
///
/// Variables are declared first, by scope; then changes follow in ascending time. GTKWave reads the
/// file, and its `vcd2fst` packs it.
public final class VCDWriter {
  /// Where the bytes go.
  public typealias Sink = ([UInt8]) throws -> Void

  /// What a variable holds.
  public enum Kind: Equatable, Sendable {
    /// A moment without a value, such as a spike.
    case event
    /// A whole number of so many bits, without sign.
    case integer(bits: Int)
    /// A real number.
    case real
  }

  /// A declared variable.
  public struct Variable: Equatable, Sendable {
    fileprivate let identifier: VCDIdentifier
    /// What it holds.
    public let kind: Kind
  }

  private static let piece = 1 << 16
  private let sink: Sink
  private let unitsPerCycle: Int
  private var bytes: [UInt8] = []
  private var declared = 0
  private var names: [[String: Int]] = [[:]]
  /// The last cycle that was written, or nil before the first.
  private var now: Int?

  /// Begins a file for a clock; `source` names who writes it.
  public init(cycleSeconds: Double, source: String, to sink: @escaping Sink) {
    self.sink = sink
    let scale = VCDTimescale(cycleSeconds: cycleSeconds)
    unitsPerCycle = scale.unitsPerCycle
    bytes.reserveCapacity(Self.piece + 1024)
    put("$version \(Self.word(source)) $end\n$timescale \(scale.text) $end\n")
  }

  /// Opens a scope inside the one that is open.
  public func open(scope name: String) {
    put("$scope module \(unique(name)) $end\n")
    names.append([:])
  }

  /// Closes the innermost scope.
  public func closeScope() {
    guard names.count > 1 else { return }
    names.removeLast()
    put("$upscope $end\n")
  }

  /// Declares a variable in the innermost scope; a name that is taken there gets a number.
  public func declare(_ name: String, _ kind: Kind) -> Variable {
    let identifier = VCDIdentifier(declared)
    declared += 1
    let type: String
    switch kind {
    case .event: type = "event 1"
    case .integer(let bits): type = "wire \(bits)"
    case .real: type = "real 64"
    }
    put("$var \(type) ")
    bytes += identifier.bytes
    let range: String
    if case .integer(let bits) = kind, bits > 1 { range = " [\(bits - 1):0]" } else { range = "" }
    put(" \(unique(name))\(range) $end\n")
    return Variable(identifier: identifier, kind: kind)
  }

  /// Ends the declarations; nothing has a value until its first change.
  public func endDeclarations() throws {
    while names.count > 1 { closeScope() }
    put("$enddefinitions $end\n")
    try flush(atLeast: Self.piece)
  }

  /// Says that an event happened at a clock cycle, which is not before the last one.
  public func event(_ variable: Variable, at cycle: Int) throws {
    advance(to: cycle)
    bytes.append(UInt8(ascii: "1"))
    try end(variable)
  }

  /// Sets a whole number at a clock cycle, which is not before the last one.
  public func set(_ variable: Variable, _ value: Int, at cycle: Int) throws {
    advance(to: cycle)
    put("b" + String(value, radix: 2) + " ")
    try end(variable)
  }

  /// Sets a real number at a clock cycle, which is not before the last one.
  public func set(_ variable: Variable, _ value: Double, at cycle: Int) throws {
    advance(to: cycle)
    put("r\(value) ")
    try end(variable)
  }

  /// Ends the file at a clock cycle.
  public func finish(at cycle: Int) throws {
    advance(to: cycle)
    try flush(atLeast: 0)
  }

  private func end(_ variable: Variable) throws {
    bytes += variable.identifier.bytes
    bytes.append(UInt8(ascii: "\n"))
    try flush(atLeast: Self.piece)
  }

  private func advance(to cycle: Int) {
    precondition(cycle >= now ?? 0, "changes come in ascending time")
    if cycle == now { return }
    now = cycle
    put("#\(cycle * unitsPerCycle)\n")
  }

  private func flush(atLeast size: Int) throws {
    guard bytes.count >= max(size, 1) else { return }
    try sink(bytes)
    bytes.removeAll(keepingCapacity: true)
  }

  private func put(_ text: String) { bytes += text.utf8 }

  /// The name as a word that no other variable of the scope has.
  private func unique(_ name: String) -> String {
    let word = Self.word(name)
    let used = names[names.count - 1][word, default: 0]
    names[names.count - 1][word] = used + 1
    return used == 0 ? word : unique("\(word)_\(used)")
  }

  /// Readers end names at blanks and take brackets for ranges.
  private static func word(_ name: String) -> String {
    let kept = name.unicodeScalars.map { scalar in
      scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
        || "_.$-".unicodeScalars.contains(scalar) ? Character(scalar) : "_"
    }
    let text = String(kept.prefix(200))
    return text.isEmpty || text.first == "$" ? "_" + text : text
  }
}
