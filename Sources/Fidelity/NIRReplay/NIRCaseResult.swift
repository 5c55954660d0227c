/// What the replay of one recorded NIR network found.
public struct NIRCaseResult: Equatable, Sendable, Encodable {
  /// A value that differs.
  public struct Difference: Equatable, Sendable, Encodable {
    /// The array in the file, such as `output_events` or `hidden_events.hidden`.
    public var array: String
    /// The step, from 0.
    public var step: Int
    /// The neuron or value within the step, row-major.
    public var place: Int
    /// What the file says.
    public var expected: Double
    /// What the replay gave; nil: no finite number.
    public var found: Double?

    /// For example `output_events step 17 [2]: 1 expected, 0 found`.
    public var text: String {
      let found = found.map(Self.short) ?? "nothing"
      return "\(array) step \(step) [\(place)]: \(Self.short(expected)) expected, \(found) found"
    }

    private static func short(_ number: Double) -> String {
      Int(exactly: number).map(String.init) ?? "\(number)"
    }
  }

  /// The network's file without its folder.
  public var file: String
  /// The framework's rule and the types of the network's nodes; empty when it was not read.
  public var model = ""
  /// Recorded values that were compared: spike counts of every neuron and step, or analog values.
  public var compared = 0
  /// Those that differ: any spike count, and analog values by more than 10⁻⁵ of full scale.
  public var mismatches = 0
  /// The earliest of them.
  public var first: Difference?
  /// The largest deviation of an analog value, in parts of full scale.
  public var worst = 0.0
  /// Why the case could not be replayed; nil: it was.
  public var fault: String?
  /// Whether the case was replayed and every value is right.
  public var pass: Bool { fault == nil && mismatches == 0 && compared > 0 }

  /// Starts with nothing compared.
  public init(file: String) { self.file = file }

  private enum Key: String, CodingKey {
    case file, model, compared, mismatches, first, pass, worst, fault
  }

  /// Writes the keys of `fidelity --nir`; `first` and `fault` are null where there is none.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(file, forKey: .file)
    try container.encode(model, forKey: .model)
    try container.encode(compared, forKey: .compared)
    try container.encode(mismatches, forKey: .mismatches)
    try container.encode(first, forKey: .first)
    try container.encode(pass, forKey: .pass)
    try container.encode(worst, forKey: .worst)
    try container.encode(fault, forKey: .fault)
  }
}
