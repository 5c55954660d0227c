import ChipInterface
import Emulator
import Foundation
import HardwareSpec

/// The characteristic curves of the LIF circuit: what the chip does, and what is exact.
public struct CircuitCurves {
  /// One curve over its parameter.
  public struct Curve: Sendable {
    /// The membrane time constant, in microseconds of hardware time.
    public var membraneMicroseconds: Double
    /// The chip without imperfections, and its devices: value over argument.
    public var chip: [(x: Double, y: Double)]
    /// The exact solution.
    public var exact: [(x: Double, y: Double)]
  }

  private let spec: ChipSpec
  private let membraneTimes = [1.5e-6, 5.12e-6, 20e-6]

  /// Prepares the curves of a chip.
  public init(_ spec: ChipSpec) { self.spec = spec }

  /// Postsynaptic potentials of one full-weight event, τ_syn = 5.12 µs: millivolts over µs.
  public func postsynapticPotentials() throws -> [Curve] {
    try membraneTimes.map { membrane in
      let ticks = 160
      let settings = settings(membrane, leak: 0.6, reset: 0.6, threshold: 1.0, fires: false)
      let weight = Int8(spec.synapse.largestWeight)
      let image = ChipImage.singleCore(
        spec, circuits: [settings], inputs: 1, weights: [weight], durationTicks: ticks)
      let input = spec.time.cyclesPerTick
      let trace = try run(image, cycles: [UInt32(input)], ticks: ticks).traces
      var neuron = ExactLIFNeuron(NominalCircuit(settings, on: spec))
      let arrival = Double(input + spec.events.localLatencyCycles) / Double(input)
      let exact = neuron.run([.init(time: 1 + arrival, weight: Double(weight))], ticks: ticks)
      let rest = NominalCircuit(settings, on: spec).leak
      return Curve(
        membraneMicroseconds: membrane * 1e6,
        chip: points(stride(from: 3, to: ticks, by: 4), trace, rest),
        exact: points(stride(from: 0, to: ticks, by: 1), exact, rest))
    }
  }

  /// Rate in kHz of hardware time over the leak's distance above threshold in millivolts.
  public func rates() throws -> [Curve] {
    try membraneTimes.map { membrane in
      var (chip, exact) = ([(x: Double, y: Double)](), [(x: Double, y: Double)]())
      for step in -2...30 {
        let above = Double(step) * 0.01
        let settings = settings(
          membrane, leak: 0.6 + above, reset: 0.4, threshold: 0.6, fires: true)
        let nominal = NominalCircuit(settings, on: spec)
        let x = (nominal.leak - nominal.threshold) * 1e3
        let tick = spec.time.tickSeconds * 1e3
        let drive = (nominal.leak - nominal.reset) / (nominal.leak - nominal.threshold)
        let period = Double(nominal.refractoryTicks) + nominal.membraneTicks * log(max(drive, 0))
        exact.append((x, nominal.leak > nominal.threshold ? 1 / (period * tick) : 0))
        guard step % 3 == 1 || step < 1 else { continue }
        let ticks = max(400, Int((40 * period).isFinite ? min(40 * period, 40_000) : 400))
        chip.append((x, try rate(settings, ticks: ticks)))
      }
      return Curve(membraneMicroseconds: membrane * 1e6, chip: chip, exact: exact)
    }
  }

  private func rate(_ settings: CircuitSettings, ticks: Int) throws -> Double {
    let image = ChipImage.singleCore(
      spec, circuits: [settings], inputs: 1, weights: [0], durationTicks: ticks)
    let cycles = try run(image, cycles: [], ticks: ticks).spikes.cycles
    guard let first = cycles.first, let last = cycles.last, last > first else { return 0 }
    return Double(cycles.count - 1) / Double(last - first) * spec.time.clockHertz / 1e3
  }

  private func points(
    _ ticks: StrideTo<Int>, _ volts: [Double], _ rest: Double
  ) -> [(x: Double, y: Double)] {
    ticks.map { (Double($0 + 1) * spec.time.tickSeconds * 1e6, (volts[$0] - rest) * 1e3) }
  }

  private func settings(
    _ membrane: Double, leak: Double, reset: Double, threshold: Double, fires: Bool
  ) -> CircuitSettings {
    let gain = 60 * spec.readout.lsbVolts / Double(spec.synapse.largestWeight)
    return CircuitSettings(
      nearest: NominalCircuit(
        leak: leak, reset: reset, threshold: threshold,
        membraneTicks: membrane / spec.time.tickSeconds, excitatoryTicks: 20, inhibitoryTicks: 20,
        excitatoryGain: gain, inhibitoryGain: gain, refractoryTicks: 4, fires: fires), on: spec)
  }

  private func run(_ image: ChipImage, cycles: [UInt32], ticks: Int) throws -> Recording {
    let chip = try EmulatedChip(spec, EmulationSettings(effects: []))
    try chip.load(image)
    let circuit = CircuitOnChip(spec.geometry.cores[0], column: 0, on: spec.geometry)
    return try chip.run(
      Experiment(
        durationTicks: ticks,
        inputs: SpikeBatch(
          offsets: [0, cycles.count], cycles: cycles, units: cycles.map { _ in 0 }),
        sampleNumbers: [0],
        recorded: RecordingRequest(tracedCircuits: circuit.map { [$0] } ?? [])))
  }
}
