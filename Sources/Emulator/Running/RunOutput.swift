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
  let adcColumns, adcTimes: Int
  /// Membrane counts for one unit of hash noise at a conversion.
  let adcNoise: Int32
  let traced: [(slot: Int, column: Int)]
  private let codes: UnsafeMutablePointer<UInt8>
  private let traces: UnsafeMutablePointer<Double>
  private let codeCount, traceCount, ticks: Int
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
    ticks = experiment.durationTicks
    adcTimes = experiment.recorded.adcSamples(ticks: ticks)
    scale = MembraneScale(spec.readout)
    let noise = spec.readout.noiseLSB * MembraneScale.countsPerCode
    adcNoise = Int32((noise / HashNoise.standardDeviation).rounded())
    traced = experiment.recorded.tracedCircuits.compactMap { circuit in
      image.slot(of: circuit.core).map { ($0, circuit.column) }
    }
    codeCount = experiment.inputs.sampleCount * adcTimes * adcColumns
    traceCount = experiment.inputs.sampleCount * ticks * traced.count
    codes = .allocateAligned(codeCount)
    traces = .allocateAligned(traceCount)
  }

  deinit {
    codes.deallocate()
    traces.deallocate()
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

  var allCodes: [UInt8] { Array(UnsafeBufferPointer(start: codes, count: codeCount)) }
  var allTraces: [Double] { Array(UnsafeBufferPointer(start: traces, count: traceCount)) }
}
