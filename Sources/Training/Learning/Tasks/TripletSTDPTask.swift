import ChipInterface
import HardwareSpec

/// Triplet STDP: how the change by a pair depends on the rate at which pairs come.
///
/// Pairs 10 ms apart, before or after, are repeated at 1 to 50 Hz of biological time, as in Sjöström
/// et al. 2001. The triplet rule (Pfister and Gerstner 2006, the minimal model fitted to visual
/// cortex) strengthens ever more with rate, and turns weakening into strengthening; the pair rule of
/// the same time constants does neither.
public struct TripletSTDPTask: LearningTask {
  /// The name on the command line.
  public let name = "triplet-stdp"
  /// One sentence on what is learnt.
  public let summary = "pairs strengthen the more the faster they come, and pair STDP does not"
  /// The rules that run.
  public let rules = ["triplet-stdp", "pair-stdp"]
  /// Repetitions of the protocol, each from fresh weights.
  public let defaultEpochs = 4

  /// Rates in hertz of biological time; the lag is 10 ms.
  private let rates = [1.0, 5, 10, 20, 40, 50]
  private let lagSeconds = 0.01

  /// Makes the task.
  public init() {}

  /// Measures both rules at all rates.
  public func run(
    _ setting: LearningSetting, on chip: any Chip
  ) throws(TrainingError) -> LearningResult {
    let spec = chip.info.spec
    let triplet = try LearningProgram.named("triplet-stdp", on: spec)
    var pair = try LearningProgram.named("pair-stdp", on: spec)
    (pair.x1.timeConstant, pair.y1.timeConstant) = (
      triplet.x1.timeConstant, triplet.y1.timeConstant
    )
    let tick = spec.time.tickSeconds * spec.time.acceleration
    let lag = Int((lagSeconds / tick).rounded())
    var protocols: [RateProtocol] = []
    for (i, program) in [triplet, pair].enumerated() {
      var measured = RateProtocol(
        program: program, periods: rates.map { Int((1 / ($0 * tick)).rounded()) }, lag: lag)
      try measured.run(
        setting, on: chip, share: Double(i) / 2...Double(i + 1) / 2)
      protocols.append(measured)
    }
    return result(protocols[0], pair: protocols[1])
  }

  private func result(_ triplet: RateProtocol, pair: RateProtocol) -> LearningResult {
    let law = triplet.law
    let (after, before) = (triplet.changes(after: true), triplet.changes(after: false))
    let fastest = rates.count - 1
    func growth(_ changes: [Double]) -> Double { changes[fastest] - changes[0] }
    var counters = triplet.counters
    counters += pair.counters
    let measures = rates.indices.flatMap { i in
      [
        ("triplet, +10 ms, \(Int(rates[i])) Hz", after[i]),
        ("triplet, +10 ms, \(Int(rates[i])) Hz, law", law.after[i]),
        ("triplet, -10 ms, \(Int(rates[i])) Hz", before[i]),
        ("triplet, -10 ms, \(Int(rates[i])) Hz, law", law.before[i]),
        ("pair, +10 ms, \(Int(rates[i])) Hz", pair.changes(after: true)[i]),
        ("pair, -10 ms, \(Int(rates[i])) Hz", pair.changes(after: false)[i]),
      ]
    }
    return LearningResult(
      figures: [
        LearningFigure(
          "growth of the change at +10 ms from 1 to 50 Hz, steps a pair",
          measured: growth(after), chance: growth(pair.changes(after: true)), required: 0.15),
        LearningFigure(
          "change at -10 ms and 50 Hz, steps a pair", measured: before[fastest],
          chance: pair.changes(after: false)[fastest], required: 0.1),
        LearningFigure(
          "change at -10 ms and 5 Hz, steps a pair", measured: before[1], chance: 0,
          required: -0.03, .atMost),
        LearningFigure(
          "deviation from the triplet law, of its largest change",
          measured: triplet.deviation, chance: triplet.size, required: 0.1, .atMost),
      ],
      measures: measures, curve: after, counters: counters,
      hardwareSeconds: triplet.hardwareSeconds + pair.hardwareSeconds)
  }
}

/// Pairs at one lag before and after, repeated at several rates.
struct RateProtocol {
  private let program: LearningProgram
  private let periods: [Int]
  private let lag: Int
  private let pairs = 20, neurons = 64, copies = 3
  private var sums: [[(change: Double, count: Double)]]
  /// Mean ticks from the driver's events to the neurons' spikes.
  private var latency = 3.0
  private(set) var counters = RunCounters()
  private(set) var hardwareSeconds = 0.0

  init(program: LearningProgram, periods: [Int], lag: Int) {
    (self.program, self.periods, self.lag) = (program, periods, lag)
    sums = periods.map { _ in [(0, 0), (0, 0)] }
  }

  /// The mean change by one pair at each rate, the postsynaptic spike after or before the other.
  func changes(after: Bool) -> [Double] {
    sums.map { $0[after ? 0 : 1].change / max($0[after ? 0 : 1].count, 1) }
  }

  mutating func run(
    _ setting: LearningSetting, on chip: any Chip, share: ClosedRange<Double>
  ) throws(TrainingError) {
    let latency = 3
    for epoch in 0..<setting.epochs {
      for (i, period) in periods.enumerated() {
        let ticks = pairs * period + 200
        let network = try DrivenNeurons(
          program, inputs: 2 * copies, neurons: neurons, ticks: ticks, on: chip.info.spec)
        let session = try LearningSession(
          network.image, on: chip,
          firstSample: setting.seed &* 10_000 &+ UInt64(epoch * periods.count + i),
          cancellation: setting.cancellation)
        var trial = LearningTrial()
        let channels = network.image.channels(of: network.inputs)
        for pair in 0..<pairs {
          let tick = 100 + pair * period
          network.drive(&trial, at: tick)
          for copy in 0..<copies {
            trial.spike(channels.lowerBound + copy, at: tick + latency - lag)
            trial.spike(channels.lowerBound + copies + copy, at: tick + latency + lag)
          }
        }
        let record = try session.run(
          [trial], ticks: ticks, probes: network.image.probes(.weight, of: network.synapses))
        take(record, network, i)
        counters += session.counters
        hardwareSeconds += session.hardwareSeconds
        let done = Double(epoch * periods.count + i + 1) / Double(setting.epochs * periods.count)
        setting.progress(
          .init(
            fraction: share.lowerBound + done * (share.upperBound - share.lowerBound),
            note: program.name))
      }
    }
  }

  /// Neurons that did not fire once a pair are left out.
  private mutating func take(_ record: LearningRecord, _ network: DrivenNeurons, _ rate: Int) {
    let weights = network.image.synapses(
      of: network.synapses, from: record.registers, sample: 0)
    let counts = record.counts(network.image.units(of: network.neurons), trial: 0)
    for (neuron, count) in counts.enumerated() where count == pairs {
      for input in 0..<2 * copies {
        let group = input / copies
        sums[rate][group].change += weights[input * neurons + neuron]
        sums[rate][group].count += Double(pairs)
      }
    }
  }

  // MARK: The law

  /// What the rule's equations give for the same pairs, steps a pair.
  var law: (after: [Double], before: [Double]) {
    (periods.map { law(period: $0, lag: lag) }, periods.map { law(period: $0, lag: -lag) })
  }

  /// `Δw = A₃⁺ r₁ o₂(t − ε)` at postsynaptic and `−A₂⁻ o₁` at presynaptic spikes, all to all
  /// (Pfister and Gerstner 2006, equations 3 and 4 with A₂⁺ = A₃⁻ = 0).
  private func law(period: Int, lag: Int) -> Double {
    var (r, o1, o2, change, last) = (0.0, 0.0, 0.0, 0.0, 0)
    let events = (0..<pairs).flatMap { pair in
      [(pair * period, true), (pair * period - lag, false)]
    }.sorted { $0.0 < $1.0 }
    for (tick, isPost) in events {
      let passed = Double(tick - last)
      r *= DeterministicMath.exp(-passed / program.x1.timeConstant)
      o1 *= DeterministicMath.exp(-passed / program.y1.timeConstant)
      o2 *= DeterministicMath.exp(-passed / program.y2.timeConstant)
      last = tick
      if isPost {
        change += r * o2 / 2048
        o1 += program.y1.impulse
        o2 += program.y2.impulse
      } else {
        change -= o1 / 128
        r += program.x1.impulse
      }
    }
    return change / Double(pairs)
  }

  /// Root mean square distance from the law, and of the law, over its largest change.
  var deviation: Double { relative { measured, law in measured - law } }
  var size: Double { relative { _, law in law } }

  private func relative(_ distance: (Double, Double) -> Double) -> Double {
    let law = law
    let pairs = zip(changes(after: true) + changes(after: false), law.after + law.before)
    let largest = (law.after + law.before).reduce(0) { max($0, abs($1)) }
    let squares = pairs.map { distance($0, $1) }.reduce(0) { $0 + $1 * $1 }
    return (squares / Double(2 * periods.count)).squareRoot() / largest
  }
}
