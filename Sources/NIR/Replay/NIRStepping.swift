/// Says how a NIR network advances by one time step: NIR itself has equations and no step.
///
/// Each framework solves the equations in its own way, and its exporter writes parameters that only
/// make sense with that way; the rules are those of the frameworks' sources (docs/nir.md).
public struct NIRStepping: Equatable, Sendable {
  /// The framework whose arithmetic is followed.
  public enum Rule: String, CaseIterable, Sendable {
    /// snnTorch: forward Euler, strict threshold, resets one step late.
    case snntorch
    /// SpikingJelly: forward Euler, spikes at the threshold.
    case spikingjelly
    /// Norse: forward Euler; synaptic currents jump first and decay last.
    case norse
    /// Sinabs: exact decay, unscaled input, times in steps.
    case sinabs
    /// Rockpool: exact decay after the input, unscaled input.
    case rockpool
    /// Spyx: spikes come from the membrane of the step before.
    case spyx
    /// The equations of NIR by forward Euler, synaptic currents first.
    case nir = "euler"
  }

  /// What a spike does to the membrane.
  public enum Reset: String, CaseIterable, Sendable {
    /// The membrane takes the file's v_reset at once.
    case file
    /// The membrane becomes 0 (in snnTorch's recurrent and current-based neurons: during the
    /// step after the spike, which is lost).
    case zero
    /// The threshold is taken off at once, once for each spike.
    case subtract
    /// The threshold is taken off in the step after the spike.
    case lateSubtract = "late_subtract"
  }

  /// How many spikes a neuron may have in one step.
  public enum SpikesPerStep: String, CaseIterable, Sendable {
    /// None or one.
    case single
    /// As many as the membrane holds thresholds.
    case multiple
  }

  /// The framework's arithmetic.
  public var rule: Rule
  /// Length of a step in the unit of the file's time constants, above zero.
  public var dt: Double
  /// What a spike does.
  public var reset: Reset
  /// Spikes that a neuron may have in one step.
  public var spikesPerStep: SpikesPerStep
  /// Factor on the file's time constants, which some exporters write wrongly.
  public var timeScale: Double

  /// Takes a rule and what goes with it; time constants count as the file has them.
  public init(
    rule: Rule, dt: Double, reset: Reset = .file, spikesPerStep: SpikesPerStep = .single,
    timeScale: Double = 1
  ) {
    (self.rule, self.dt, self.reset) = (rule, dt, reset)
    (self.spikesPerStep, self.timeScale) = (spikesPerStep, timeScale)
  }
}
