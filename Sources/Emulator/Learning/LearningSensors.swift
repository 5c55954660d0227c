import ChipInterface
import HardwareSpec

/// The correlation sensors of one core as its learning engine reads them.
///
/// The engine reads a pair's rows when an epoch of their rule ends, which resets them. A signed
/// weight has the sensors of both rows; the engine takes the codes of the excitatory one.
final class LearningSensors {
  let sensors: CorrelationSensors
  private let columns: Int
  private let codes: UnsafeMutablePointer<UInt8>
  init(_ array: SensorArray, columns: Int, reference: Bool) {
    sensors = CorrelationSensors(array, reference: reference)
    self.columns = columns
    codes = .allocateAligned(4 * columns)
  }

  deinit { codes.deallocate() }

  /// Starts a sample.
  func start() {
    sensors.reset()
  }

  /// Takes the events and spikes of a tick, as ``CorrelationSensors`` does.
  func observe(
    tick: Int, events: UnsafePointer<UInt32>, _ eventCount: Int, spikes: UnsafePointer<UInt32>,
    _ spikeCount: Int
  ) {
    sensors.observe(tick: tick, events: events, eventCount, spikes: spikes, spikeCount)
  }

  /// Reads the rows of a part, at the end of its epoch.
  func read(_ part: LearningPart) {
    guard let causal = part.causal, let acausal = part.acausal else { return }
    let (rows, lanes) = (part.synapses.axonCount, part.synapses.lanes)
    for row in 0..<rows {
      let pair = part.synapses.firstAxon + row
      sensors.read(rows: 2 * pair..<2 * pair + 2, into: codes)
      for column in part.site.columns {
        let place = row * lanes + column - part.synapses.firstColumn
        causal[place] = Int16(codes[column])
        acausal[place] = Int16(codes[2 * columns + column])
      }
    }
  }
}

extension ChipImage {
  /// Whether parts of one core that read sensors share rows: reading resets whole rows.
  static func sharesSensors(_ parts: [LearningPart]) -> Bool {
    let sensed = parts.filter(\.program.isSensed)
    return sensed.indices.contains { i in
      sensed[..<i].contains { other in
        let (a, b) = (sensed[i].synapses, other.synapses)
        return a.firstAxon < b.firstAxon + b.axonCount && b.firstAxon < a.firstAxon + a.axonCount
      }
    }
  }
}

extension LearningEngine {
  /// The sensors of each core whose rules read them.
  func makeSensors(
    _ image: ChipImage, _ spec: ChipSpec, draw: SensorDraw, reference: Bool
  ) throws(ChipError) -> [LearningSensors?] {
    var sensors: [LearningSensors?] = []
    for (core, parts) in zip(image.cores, partsOfCore) {
      guard parts.contains(where: \.program.isSensed), let correlation = spec.correlation else {
        sensors.append(nil)
        continue
      }
      if ChipImage.sharesSensors(parts) {
        throw .invalidImage([
          .description(what: "core \(core.core.index): rows of sensors in two", name: "blocks")
        ])
      }
      let array = SensorArray(
        core.core, geometry: spec.geometry, time: spec.time, sensors: correlation, draw: draw)
      sensors.append(
        LearningSensors(
          array, columns: spec.geometry.circuitsPerCore, reference: reference))
    }
    return sensors
  }
}
