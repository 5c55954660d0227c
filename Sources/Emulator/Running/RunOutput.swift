import ChipInterface
import HardwareSpec

/// The arrays of a recording that all threads write, each to its own samples.
final class RunOutput: @unchecked Sendable {
  /// A range of circuits whose codes stand side by side in the recording.
  struct ADCPart {
    var slot: Int
    var range: CircuitRange
    var column: Int
  }

  let adcParts: [ADCPart]
  /// The positions of the cores that the parts lie on, each once.
  let adcSlots: [Int]
  let adcColumns, adcTimes: Int
  /// Membrane counts for one unit of hash noise at a conversion.
  let adcNoise: Int32
  let traced: [(slot: Int, column: Int)]
  /// The circuit that the fast ADC converts.
  let fast: (slot: Int, column: Int)?
  /// Positions of the probed cores among the cores in use.
  let probed: [Int]
  /// Positions of the cores whose correlation sensors are read.
  let sensed: [Int]
  /// The registers that are recorded.
  let registers: RegisterOutput
  private let correlations: UnsafeMutablePointer<UInt8>
  private let codesPerCore: Int
  private let fastCodes: UnsafeMutablePointer<UInt16>
  private let occupancy: UnsafeMutablePointer<UInt16>
  private let fastCount, occupancyCount, correlationCount: Int
  private let fastADC: FastADC
  private let codes: UnsafeMutablePointer<UInt8>
  private let traces: UnsafeMutablePointer<Double>
  /// Ticks of a sample.
  let ticks: Int
  private let codeCount, traceCount: Int
  private let scale: MembraneScale

  init(_ experiment: Experiment, _ image: ChipImage, _ spec: ChipSpec) {
    var parts: [ADCPart] = []
    var column = 0
    for name in experiment.recorded.adcPopulations {
      for range in image.io.population(name)?.ranges ?? [] {
        if let slot = image.slot(of: range.core) {
          parts.append(ADCPart(slot: slot, range: range, column: column))
        }
        column += range.count
      }
    }
    (adcParts, adcColumns) = (parts, column)
    adcSlots = Set(parts.map(\.slot)).sorted()
    ticks = experiment.durationTicks
    adcTimes = experiment.recorded.adcSamples(ticks: ticks)
    scale = MembraneScale(spec.readout)
    let noise = spec.readout.noiseLSB * MembraneScale.countsPerCode
    adcNoise = Int32((noise / HashNoise.standardDeviation).rounded())
    traced = experiment.recorded.tracedCircuits.compactMap { circuit in
      image.slot(of: circuit.core).map { ($0, circuit.column) }
    }
    fast = experiment.recorded.fastADC.flatMap { circuit in
      image.slot(of: circuit.core).map { ($0, circuit.column) }
    }
    probed = experiment.recorded.probedCores.compactMap { image.slot(of: $0) }
    sensed = experiment.recorded.sensedCores.compactMap { image.slot(of: $0) }
    codesPerCore = 2 * spec.geometry.synapseRowsPerCore * spec.geometry.circuitsPerCore
    correlations = .allocateAligned(experiment.inputs.sampleCount * sensed.count * codesPerCore)
    correlationCount = experiment.inputs.sampleCount * sensed.count * codesPerCore
    registers = RegisterOutput(experiment, image)
    fastADC = FastADC(spec.readout)
    fastCount = fast == nil ? 0 : experiment.inputs.sampleCount * ticks
    occupancyCount = experiment.inputs.sampleCount * ticks * probed.count * 2
    fastCodes = .allocateAligned(fastCount)
    occupancy = .allocateAligned(occupancyCount)
    codeCount = experiment.inputs.sampleCount * adcTimes * adcColumns
    traceCount = experiment.inputs.sampleCount * ticks * traced.count
    codes = .allocateAligned(codeCount)
    traces = .allocateAligned(traceCount)
  }

  deinit {
    codes.deallocate()
    traces.deallocate()
    fastCodes.deallocate()
    occupancy.deallocate()
    correlations.deallocate()
  }

  /// Whether anything but spikes is recorded.
  var observes: Bool { adcColumns > 0 || tracesMembranes || !probed.isEmpty }
  /// Whether membranes are looked at after every tick.
  var tracesMembranes: Bool { !traced.isEmpty || fast != nil }

  func setFastCode(sample: Int, tick: Int, _ membrane: MembraneCount, noise: Int32) {
    fastCodes[sample * ticks + tick] = fastADC.code(membrane, noise: noise)
  }

  func setFastCode(sample: Int, tick: Int, volts: Double) {
    setFastCode(sample: sample, tick: tick, scale.counts(at: volts), noise: 0)
  }

  func setOccupancy(sample: Int, tick: Int, core: Int, output: Int, port: Int) {
    let place = ((sample * ticks + tick) * probed.count + core) * 2
    occupancy[place] = UInt16(clamping: output)
    occupancy[place + 1] = UInt16(clamping: port)
  }

  func setCodes(
    sample: Int, time: Int, column: Int, _ values: UnsafePointer<UInt8>, _ count: Int
  ) {
    (codes + (sample * adcTimes + time) * adcColumns + column).update(from: values, count: count)
  }

  func setTrace(sample: Int, tick: Int, circuit: Int, _ membrane: MembraneCount) {
    setTrace(sample: sample, tick: tick, circuit: circuit, volts: scale.volts(membrane))
  }

  func setTrace(sample: Int, tick: Int, circuit: Int, volts: Double) {
    traces[(sample * ticks + tick) * traced.count + circuit] = volts
  }

  func setCode(sample: Int, time: Int, column: Int, _ code: UInt8) {
    codes[(sample * adcTimes + time) * adcColumns + column] = code
  }

  /// Where the codes of one core's sensors go.
  func correlationCodes(sample: Int, core: Int) -> UnsafeMutablePointer<UInt8> {
    correlations + (sample * sensed.count + core) * codesPerCore
  }

  var allCorrelations: [UInt8] {
    Array(UnsafeBufferPointer(start: correlations, count: correlationCount))
  }
  var allFastCodes: [UInt16] {
    Array(UnsafeBufferPointer(start: fastCodes, count: fastCount))
  }
  var allOccupancy: [UInt16] {
    Array(UnsafeBufferPointer(start: occupancy, count: occupancyCount))
  }
  var allCodes: [UInt8] { Array(UnsafeBufferPointer(start: codes, count: codeCount)) }
  var allTraces: [Double] { Array(UnsafeBufferPointer(start: traces, count: traceCount)) }
}

/// The fast ADC: ten bits over the range of the column ADC, one circuit at a time.
///
/// Silicon's converts 29.4 million times a second, seven times a tick (calix, madc_base.py); here
/// it converts once a tick, at its end. Its noise is that of published traces, 0.9 codes.
private struct FastADC {
  private let shift: Int32
  private let noise: Int32

  init(_ readout: ReadoutSpec) {
    // The range of `bits` bits becomes ten bits.
    shift = Int32(15 - (10 - readout.bits))
    noise = Int32((0.9 * Double(1 << shift) / HashNoise.standardDeviation).rounded())
  }

  func code(_ membrane: MembraneCount, noise draw: Int32) -> UInt16 {
    let read = membrane &+ (1 << (shift - 1)) &+ draw &* noise
    return UInt16(min(max(read >> shift, 0), 1023))
  }
}
