/// What the replay of one recorded file found.
public struct GoldenResult: Equatable, Sendable, Encodable {
  /// A number that differs.
  public struct Difference: Equatable, Sendable, Encodable {
    /// The array in the file, for example `fixed.weights`.
    public var array: String
    /// The step, from 1; nil where the array has none.
    public var step: Int?
    /// The place within the step: a neuron, or receiver and sender.
    public var place: [Int]
    /// What the file says.
    public var expected: Double
    /// What the chip said; nil: no finite number.
    public var found: Double?
    /// The kernel that differed, or `ideal`.
    public var kernel: String

    /// For example `fixed.weights step 17 [2, 0]: 56 expected, 57 found (avx2)`.
    public var text: String {
      let at = step.map { " step \($0)" } ?? ""
      let found = found.map(Self.short) ?? "nothing"
      return "\(array)\(at) \(place): \(Self.short(expected)) expected, \(found) found (\(kernel))"
    }

    private static func short(_ number: Double) -> String {
      Int(exactly: number).map(String.init) ?? "\(number)"
    }
  }

  /// The file's name without its folder.
  public var file: String
  /// What the case is of; empty when the file could not be read.
  public var model = ""
  /// Recorded numbers that were compared, each on every kernel.
  public var compared = 0
  /// Recorded numbers that differ on any kernel.
  public var mismatches = 0
  /// The first of them.
  public var first: Difference?
  /// What ran the case.
  public var kernels: [String] = []
  /// Why the file could not be replayed; nil: it was.
  public var fault: String?
  /// Whether the file was replayed and every number is right.
  public var pass: Bool { fault == nil && mismatches == 0 && compared > 0 }

  /// Starts with nothing compared.
  public init(file: String) { self.file = file }

  private enum Key: String, CodingKey {
    case file, model, compared, mismatches, first, pass, kernels, fault
  }

  /// Writes the keys of `fidelity --golden`; `first` and `fault` are null where there is none.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(file, forKey: .file)
    try container.encode(model, forKey: .model)
    try container.encode(compared, forKey: .compared)
    try container.encode(mismatches, forKey: .mismatches)
    try container.encode(first, forKey: .first)
    try container.encode(pass, forKey: .pass)
    try container.encode(kernels, forKey: .kernels)
    try container.encode(fault, forKey: .fault)
  }
}
