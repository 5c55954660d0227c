import HardwareSpec

/// Computes a population step by step by the rule of a framework, in single precision.
struct NIRReplayNeurons: Sendable {
  private let stepping: NIRStepping
  private let spikes, leaks, hasSynapse: Bool
  /// Whether the population hears itself through weights alone (snnTorch's RLeaky).
  private let isRecurrent: Bool
  /// What is kept of the membrane and of the synaptic current from step to step.
  private let membraneKept, currentKept: [Float]
  /// What the membrane gains from its drive, and the current from the input.
  private let membraneGain, currentGain: [Float]
  /// The step over the time constants, and the time constant over the step.
  private let membraneRate, currentRate, membraneSteps: [Float]
  private let resistance: [Float]
  private let leak, threshold, resetPotential: [Float]

  private(set) var membrane: [Float]
  private var current: [Float]

  init(_ population: NIRReplayPopulation, _ stepping: NIRStepping, isRecurrent: Bool) {
    (self.stepping, self.isRecurrent) = (stepping, isRecurrent)
    let count = population.resistance.count
    let membrane = NIRReplayDecay(
      population.membraneTime, gain: population.resistance, count, stepping)
    let synapse = NIRReplayDecay(
      population.synapticTime, gain: population.inputWeight, count, stepping)
    leaks = population.membraneTime != nil
    hasSynapse = population.synapticTime != nil
    spikes = population.threshold != nil
    (membraneKept, membraneGain) = (membrane.kept, membrane.gain)
    (membraneRate, membraneSteps) = (membrane.rate, membrane.steps)
    (currentKept, currentGain, currentRate) = (synapse.kept, synapse.gain, synapse.rate)
    resistance = population.resistance.map { Float($0) }
    let zeros = [Float](repeating: 0, count: count)
    leak = population.leak?.map { Float($0) } ?? zeros
    threshold = population.threshold?.map { Float($0) } ?? zeros
    resetPotential =
      stepping.reset == .zero ? zeros : population.reset?.map { Float($0) } ?? zeros
    current = zeros
    self.membrane = zeros
    self.membrane = start(population, zeros)
  }

  /// Where the membrane starts: at 0, also where it leaks to another potential.
  ///
  /// SpikingJelly's neurons start at their reset potential, and NIR's own LI rests at its leak
  /// potential.
  private func start(_ population: NIRReplayPopulation, _ zeros: [Float]) -> [Float] {
    switch stepping.rule {
    case .nir where leaks && !hasSynapse && !spikes: leak
    case .spikingjelly: population.reset?.map { Float($0) } ?? zeros
    default: zeros
    }
  }

  /// Spyx's neurons spike by what the step before left.
  var givesBeforeItTakes: Bool { spikes && stepping.rule == .spyx }

  /// The spikes that a step begins with.
  func firstSpikes() -> [Float] { membrane.indices.map { spikeCount(membrane[$0], $0) } }

  /// Advances by one step, and answers with spike counts or membrane potentials.
  mutating func step(_ input: [Float]) -> [Float] {
    var given = [Float](repeating: 0, count: membrane.count)
    for i in membrane.indices {
      switch stepping.rule {
      case .snntorch: stepSnnTorch(i, input[i])
      case .spikingjelly, .nir: stepEuler(i, input[i])
      case .norse: stepNorse(i, input[i])
      case .sinabs: stepSinabs(i, input[i])
      case .rockpool: stepRockpool(i, input[i])
      case .spyx: stepSpyx(i, input[i])
      }
      given[i] = spikes ? fire(i) : membrane[i]
    }
    return given
  }

  // MARK: - Spikes

  private var countsAtThreshold: Bool {
    switch stepping.rule {
    case .spikingjelly, .sinabs, .rockpool: true
    case .snntorch, .norse, .spyx, .nir: false
    }
  }

  private func spikeCount(_ potential: Float, _ i: Int) -> Float {
    let isAbove =
      countsAtThreshold ? potential >= threshold[i] : potential > threshold[i]
    guard stepping.spikesPerStep == .multiple, threshold[i] > 0 else { return isAbove ? 1 : 0 }
    guard potential > 0, isAbove || stepping.rule == .sinabs else { return 0 }
    return (potential / threshold[i]).rounded(.down)
  }

  /// Whether the reset of a spike belongs to the step after it.
  private var resetsLate: Bool {
    if stepping.rule == .spyx || stepping.reset == .lateSubtract { return true }
    // snnTorch's current-based and recurrent neurons lose the whole step after a spike.
    return stepping.rule == .snntorch && stepping.reset != .subtract && (hasSynapse || isRecurrent)
  }

  /// The spikes of the membrane as it stands, which is reset where that happens at once.
  private mutating func fire(_ i: Int) -> Float {
    let count = spikeCount(membrane[i], i)
    guard count > 0, !resetsLate else { return count }
    switch stepping.reset {
    case .file, .zero: membrane[i] = resetPotential[i]
    case .subtract, .lateSubtract: membrane[i] -= count * threshold[i]
    }
    return count
  }

  /// The spikes of the step before, where they are still to be taken off.
  private func lateSpikes(_ i: Int) -> Float {
    spikes && resetsLate ? spikeCount(membrane[i], i) : 0
  }

  // MARK: - Rules

  /// v = β v + I, i = α i + I; R is 1 in the step after a spike.
  private mutating func stepSnnTorch(_ i: Int, _ input: Float) {
    let late = lateSpikes(i)
    let drive = synaptic(i, input)
    let next = membraneKept[i] * membrane[i] + membraneGain[i] * drive + leakShift(i)
    if stepping.reset == .lateSubtract {
      membrane[i] = next - late * threshold[i]
    } else if late > 0 {
      membrane[i] = 0
    } else {
      membrane[i] = next
    }
  }

  /// The synaptic current after α i + g I; the input itself where there is no synapse.
  private mutating func synaptic(_ i: Int, _ input: Float) -> Float {
    guard hasSynapse else { return input }
    current[i] = currentKept[i] * current[i] + currentGain[i] * input
    return current[i]
  }

  private func leakShift(_ i: Int) -> Float { (1 - membraneKept[i]) * leak[i] }

  /// Forward Euler of the NIR equations, the current first.
  private mutating func stepEuler(_ i: Int, _ input: Float) {
    let late = lateSpikes(i)
    let drive = synaptic(i, input)
    if !leaks || hasSynapse {
      membrane[i] = membraneKept[i] * membrane[i] + membraneGain[i] * drive + leakShift(i)
    } else {
      // As SpikingJelly: v + (x − (v − v_leak)) / τ, or v − (v − v_leak) / τ + x.
      let distance = membrane[i] - leak[i]
      if membraneGain[i] == 1, resistance[i] != 1 {
        membrane[i] = membrane[i] - distance / membraneSteps[i] + drive
      } else {
        membrane[i] += (resistance[i] * drive - distance) / membraneSteps[i]
      }
    }
    membrane[i] -= late * threshold[i]
  }

  /// The current jumps by the input, drives the membrane, and decays.
  private mutating func stepNorse(_ i: Int, _ input: Float) {
    let late = lateSpikes(i)
    if hasSynapse { current[i] += input }
    let drive = hasSynapse ? current[i] : input
    if leaks {
      membrane[i] += membraneRate[i] * ((leak[i] - membrane[i]) + drive)
    } else {
      membrane[i] += drive
    }
    if hasSynapse { current[i] -= currentRate[i] * current[i] }
    membrane[i] -= late * threshold[i]
  }

  /// v = e^(−1/τ) v + I.
  private mutating func stepSinabs(_ i: Int, _ input: Float) {
    let late = lateSpikes(i)
    var drive = input
    if hasSynapse {
      current[i] = currentKept[i] * (current[i] + input)
      drive = current[i]
    }
    membrane[i] = membraneKept[i] * membrane[i] + drive - late * threshold[i]
  }

  /// i = (i + I) e^(−dt/τ_syn), v = v e^(−dt/τ_mem) + i; an LI decays after its input.
  private mutating func stepRockpool(_ i: Int, _ input: Float) {
    let late = lateSpikes(i)
    if hasSynapse {
      current[i] = (current[i] + input) * currentKept[i]
      membrane[i] = membrane[i] * membraneKept[i] + current[i]
    } else if spikes || !leaks {
      membrane[i] = membrane[i] * membraneKept[i] + input
    } else {
      membrane[i] = (membrane[i] + input) * membraneKept[i]
    }
    membrane[i] -= late * threshold[i]
  }

  /// The spikes of the step are known before it: they come off first in CubaLIF, last in LIF.
  private mutating func stepSpyx(_ i: Int, _ input: Float) {
    let late = lateSpikes(i)
    if spikes, stepping.reset == .file || stepping.reset == .zero {
      if late > 0 { membrane[i] = resetPotential[i] }
      membrane[i] = membraneKept[i] * membrane[i] + synapticSpyx(i, input)
    } else if hasSynapse {
      membrane[i] -= late * threshold[i]
      membrane[i] = membraneKept[i] * membrane[i] + synapticSpyx(i, input)
    } else {
      membrane[i] = membraneKept[i] * membrane[i] + input - late * threshold[i]
    }
  }

  private mutating func synapticSpyx(_ i: Int, _ input: Float) -> Float {
    guard hasSynapse else { return input }
    current[i] = currentKept[i] * current[i] + input
    return current[i]
  }
}

/// Is how a membrane or a synaptic current decays in one step, by the rule of a framework.
struct NIRReplayDecay {
  /// What is kept, what is gained from the input, the step over the time constant, and the time
  /// constant over the step.
  let kept, gain, rate, steps: [Float]

  /// Takes time constants (nil: nothing decays) and the factors on the input.
  init(_ times: [Double]?, gain: [Double]?, _ count: Int, _ stepping: NIRStepping) {
    let ones = [Float](repeating: 1, count: count)
    let ratio = times.map { times in times.map { stepping.dt / ($0 * stepping.timeScale) } }
    rate = ratio?.map { Float($0) } ?? ones
    steps = ratio?.map { Float(1 / $0) } ?? ones
    switch stepping.rule {
    case .sinabs, .rockpool:
      kept = ratio?.map { Float(DeterministicMath.exp(-$0)) } ?? ones
    default: kept = ratio?.map { Float(1 - $0) } ?? ones
    }
    // Without a leak snnTorch's neurons take v + I as all others of it.
    let plain = stepping.rule == .snntorch ? 1 : stepping.dt
    let factors = gain ?? [Double](repeating: 1, count: count)
    self.gain = factors.enumerated().map { i, factor in
      Self.snapped((ratio?[i] ?? plain) * factor)
    }
  }

  /// The gain in single precision, and 1 where it is that to the file's own precision: exporters
  /// write r = τ/dt so that the two cancel.
  private static func snapped(_ value: Double) -> Float {
    abs(value - 1) < 0x1p-20 ? 1 : Float(value)
  }
}
