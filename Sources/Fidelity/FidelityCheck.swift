/// One measured deviation of the emulator from its reference.
public struct FidelityCheck: Equatable, Sendable, Encodable {
  /// What was checked, on which kernel.
  public var name: String
  /// What the error is an error of.
  public var quantity: String
  /// The unit of error and bound.
  public var unit: String
  /// The worst deviation found.
  public var error: Double
  /// The largest deviation allowed.
  public var bound: Double
  /// Whether the error is within the bound.
  public var pass: Bool

  /// Judges an error; a number that is not finite fails.
  public init(_ name: String, _ quantity: String, unit: String, error: Double, bound: Double) {
    (self.name, self.quantity, self.unit) = (name, quantity, unit)
    (self.error, self.bound) = (error, bound)
    pass = error.isFinite && error <= bound
  }
}
