import HardwareSpec

/// The result of a pass, which can prove its own invariants.
protocol Stage {
  /// The pass that makes the stage.
  static var stageName: String { get }

  /// Every broken invariant, one clause each; empty in a compiler without faults.
  func faults(on spec: ChipSpec) -> [String]

  /// The stage as text for people, in an order that does not change from run to run.
  var dump: String { get }
}

extension Stage {
  /// The stage itself, if all its invariants hold.
  func checked(on spec: ChipSpec) throws(CompilerError) -> Self {
    let faults = faults(on: spec)
    guard faults.isEmpty else {
      throw .brokenInvariants(stage: Self.stageName, Array(faults.prefix(20)))
    }
    return self
  }
}
