import HardwareSpec
import NIR

/// Guesses the length of a step from files that hold time constants over it.
///
/// Frameworks that write r = τ_mem / dt or w_in = τ_syn / dt say thereby what dt is, if that ratio
/// is the same for all neurons; rockpool's r is τ · e^(−dt/τ) / dt. A value of 1 says nothing. Files
/// of sinabs and spyx count in steps: their times are 1 and more, or there are none.
struct StepGuess {
  /// What a guess is made from.
  enum Source: Equatable {
    /// Time constants over the step.
    case ratios
    /// Times that count steps.
    case steps
  }

  /// Relative difference that single precision explains.
  private static let slack = 1e-4
  /// The least number of steps that a time constant may take.
  private static let fewestSteps = 2.0

  /// Pairs of a time constant and what the file may have divided by the step.
  private var pairs: [(time: Double, steps: Double)] = []
  private var shortest = Double.infinity
  private var hasIntegrators = false

  init(_ graph: NIRGraph) {
    for named in graph.nodes { add(named.node) }
  }

  private mutating func add(_ node: NIRNode) {
    switch node {
    case .lif(let lif): add(lif.tau, lif.r)
    case .li(let li): add(li.tau, li.r)
    case .cubaLIF(let lif):
      add(lif.tauMem, lif.r)
      add(lif.tauSyn, lif.wIn)
    case .cubaLI(let li):
      add(li.tauMem, li.r)
      add(li.tauSyn, li.wIn)
    case .i, .if: hasIntegrators = true
    case .delay(let delay):
      shortest = min(shortest, delay.delay.values.filter { $0 > 0 }.min() ?? .infinity)
    default: break
    }
  }

  private mutating func add(_ times: NIRTensor, _ steps: NIRTensor) {
    for i in 0..<max(times.values.count, steps.values.count) {
      guard i < times.values.count || times.values.count == 1,
        i < steps.values.count || steps.values.count == 1
      else { return }
      let (time, step) = (times.value(i), steps.value(i))
      shortest = min(shortest, time)
      if step != 1 { pairs.append((time, step)) }
    }
  }

  /// The step in seconds, and what says so; nil where the file does not say it.
  var step: (seconds: Double, source: Source)? {
    if let seconds = dividedTimes { return (seconds, .ratios) }
    let countsSteps = shortest >= 1 && (shortest.isFinite || hasIntegrators)
    return countsSteps ? (1, .steps) : nil
  }

  private var dividedTimes: Double? {
    guard let first = pairs.first,
      pairs.allSatisfy({ $0.steps > 0 && $0.time > 0 && ($0.time / $0.steps).isNormal })
    else { return nil }
    let ratios = pairs.map { $0.time / $0.steps }
    let hasUnlikeTimes = pairs.contains { abs($0.time / first.time - 1) > Self.slack }
    return accepted(ratios, needsRoundValue: !hasUnlikeTimes)
      ?? accepted(pairs.map { Self.decaying($0.time, $0.steps) }, needsRoundValue: true)
  }

  private func accepted(_ candidates: [Double], needsRoundValue: Bool) -> Double? {
    let mean = candidates.reduce(0, +) / Double(candidates.count)
    guard mean.isNormal, candidates.allSatisfy({ abs($0 / mean - 1) <= Self.slack }),
      shortest / mean >= Self.fewestSteps
    else { return nil }
    let round = mean.rounded(toDigits: 2)
    if abs(round / mean - 1) <= Self.slack { return round }
    return needsRoundValue ? nil : mean
  }

  /// dt of `steps = τ · e^(−dt/τ) / dt`, by Newton's method on `x · eˣ = 1 / steps`, x = dt/τ.
  private static func decaying(_ time: Double, _ steps: Double) -> Double {
    var x = 1 / steps
    for _ in 0..<20 {
      let power = DeterministicMath.exp(x)
      x -= (x * power - 1 / steps) / (power * (1 + x))
    }
    return x * time
  }
}

extension CompileOptions {
  /// The options with the step that a graph's file says, where none was given.
  func withStep(of graph: NIRGraph, _ log: inout CompileLog) -> CompileOptions {
    guard !dtIsGiven, let flat = try? graph.flattened(), let step = StepGuess(flat).step else {
      return self
    }
    var options = self
    options.dt = step.seconds
    log.add(step.source == .ratios ? .guessedStep(step.seconds) : .countedSteps)
    return options
  }
}
