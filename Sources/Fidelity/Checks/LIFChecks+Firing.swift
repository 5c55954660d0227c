import ChipInterface
import Emulator
import Foundation
import HardwareSpec

extension LIFChecks {
  // MARK: Rate under constant current

  /// Leak over threshold: every interval is `t_ref + τ_m ln((E − V_r)/(E − V_th))`.
  func rateCurve() throws -> [FidelityCheck] {
    var intervalErrors: [Double] = []
    var worstRate = 0.0
    for membrane in membraneTimes {
      for overdrive in [0.05, 0.2, 0.5, 1, 2] {
        for refractory in [1, 4, 39] {
          let errors = try intervals(membrane, overdrive, refractory)
          intervalErrors += errors.intervals
          worstRate = max(worstRate, errors.rate)
        }
      }
    }
    return spikeTimeChecks("f-I curve, tau_mem 0.5..60 us", intervalErrors) + [
      FidelityCheck(
        label("f-I curve"), "mean rate, relative", unit: "1", error: worstRate, bound: 0.01)
    ]
  }

  private func intervals(
    _ membrane: Double, _ overdrive: Double, _ refractory: Int
  ) throws -> (intervals: [Double], rate: Double) {
    let (reset, threshold) = (0.40, 0.60)
    let settings = CircuitSettings(
      nearest: NominalCircuit(
        leak: threshold + overdrive * (threshold - reset), reset: reset, threshold: threshold,
        membraneTicks: membrane / spec.time.tickSeconds, excitatoryTicks: 20, inhibitoryTicks: 20,
        excitatoryGain: 1e-3, inhibitoryGain: 1e-3, refractoryTicks: refractory, fires: true),
      on: spec)
    let nominal = NominalCircuit(settings, on: spec)
    let period =
      Double(nominal.refractoryTicks) + nominal.membraneTicks
      * log((nominal.leak - nominal.reset) / (nominal.leak - nominal.threshold))
    let ticks = Int(30 * period) + 40
    let image = ChipImage.singleCore(
      spec, circuits: [settings], inputs: 1, weights: [0], durationTicks: ticks)
    let times = try spikeTimes(image, SpikeBatch(offsets: [0, 0], cycles: [], units: []), ticks)
    guard times.count > 2 else { return ([.infinity], .infinity) }
    let errors = zip(times, times.dropFirst()).map { abs($1 - $0 - period) }
    let mean = (times[times.count - 1] - times[0]) / Double(times.count - 1)
    return (errors, abs(period / mean - 1))
  }

  // MARK: Poisson drive

  /// Random synaptic drive of both signs against the exact neuron in continuous time.
  ///
  /// Intervals are compared, not times: nothing pulls two free-running neurons back together.
  func poissonDriven() throws -> [FidelityCheck] {
    var errors: [Double] = []
    var (spikes, extra) = (0, 0)
    for seed in 0..<40 {
      let pair = try poissonSpikes(seed: seed)
      spikes += pair.exact.count
      extra += abs(pair.exact.count - pair.emulated.count)
      errors += Self.intervalErrors(pair.emulated, pair.exact)
    }
    errors.sort()
    let p95 = errors.isEmpty ? .infinity : errors[errors.count * 95 / 100]
    return [
      FidelityCheck(
        label("Poisson drive, tau 5.12 us"), "inter-spike interval, 95 % of them", unit: "ticks",
        error: p95, bound: 0.25),
      FidelityCheck(
        label("Poisson drive, tau 5.12 us"), "spikes too many or too few, relative", unit: "1",
        error: Double(extra) / Double(max(1, spikes)), bound: 0.01),
    ]
  }

  private func poissonSpikes(seed: Int) throws -> (emulated: [Double], exact: [Double]) {
    let (inputs, ticks) = (32, 400)
    var random = SequentialRandom(seed: UInt64(seed), stream: 91)
    let swing = 70 * spec.readout.lsbVolts
    let gain = swing / Double(spec.synapse.largestWeight)
    let settings = CircuitSettings(
      nearest: NominalCircuit(
        leak: 0.45, reset: 0.45, threshold: 0.45 + swing, membraneTicks: 20, excitatoryTicks: 20,
        inhibitoryTicks: 20, excitatoryGain: gain, inhibitoryGain: gain, refractoryTicks: 1,
        fires: true), on: spec)
    let largest = spec.synapse.largestWeight
    let weights = (0..<inputs).map { _ in
      Int8(Int(random.next() % UInt64(2 * largest + 1)) - largest * 5 / 6)
    }.map { min($0, Int8(largest)) }
    let image = ChipImage.singleCore(
      spec, circuits: [settings], inputs: inputs, weights: weights, durationTicks: ticks)
    // Events keep a distance that the port needs, so that none of them waits.
    let step = spec.events.portCyclesPerEvent
    var (cycles, units) = ([UInt32](), [UInt32]())
    for cycle in stride(from: 0, to: (ticks - 2) * spec.time.cyclesPerTick, by: step)
    where random.uniform() < 0.6 * Double(step) / Double(spec.time.cyclesPerTick) {
      cycles.append(UInt32(cycle))
      units.append(UInt32(random.next() % UInt64(inputs)))
    }
    let batch = SpikeBatch(offsets: [0, cycles.count], cycles: cycles, units: units)
    var exact = ExactLIFNeuron(NominalCircuit(settings, on: spec))
    let arrivals = zip(cycles, units).map { cycle, unit in
      ExactLIFNeuron.Input(time: arrival(cycle: Int(cycle)), weight: Double(weights[Int(unit)]))
    }
    _ = exact.run(arrivals, ticks: ticks)
    return (try spikeTimes(image, batch, ticks), exact.spikes)
  }

  // MARK: Helpers

  private func spikeTimes(_ image: ChipImage, _ inputs: SpikeBatch, _ ticks: Int) throws -> [Double]
  {
    let recording = try chip(image).run(
      Experiment(
        durationTicks: ticks, inputs: inputs, sampleNumbers: [0], recorded: RecordingRequest()))
    return recording.spikes.cycles.map { Double($0) / Double(spec.time.cyclesPerTick) }
  }

  private func spikeTimeChecks(_ name: String, _ errors: [Double]) -> [FidelityCheck] {
    let sorted = errors.sorted()
    let p95 = sorted.isEmpty ? .infinity : sorted[sorted.count * 95 / 100]
    return [
      FidelityCheck(
        label(name), "inter-spike interval, 95 % of them", unit: "ticks", error: p95, bound: 0.1),
      FidelityCheck(
        label(name), "inter-spike interval, all", unit: "ticks", error: sorted.last ?? .infinity,
        bound: 0.5),
    ]
  }

  /// Errors of the intervals that two trains have in common: until one has a spike more.
  private static func intervalErrors(_ a: [Double], _ b: [Double]) -> [Double] {
    let common = zip(a, b).prefix { abs($0 - $1) < 2 }
    return zip(common, common.dropFirst()).map { abs(($1.0 - $0.0) - ($1.1 - $0.1)) }
  }
}
