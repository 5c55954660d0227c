import CEmulatorKernels

/// The charge on one core's correlation sensors during one sample.
///
/// Nearest neighbours only, as on silicon: a spike pairs with the last event of each row since the
/// column's spike before, an event with the last spike of each column since the row's event
/// before. An event and a spike at the same time are a causal pair. Accumulators saturate; reading
/// resets them. Nothing happens, and nothing costs, without events.
package final class CorrelationSensors {
  private let array: SensorArray
  private let usesReference: Bool
  /// Charges of either sign, in 2⁻¹⁶ codes.
  private let charges: [UnsafeMutablePointer<UInt32>]
  /// The last event of each row and the last spike of each column, in 1/64 tick.
  private let lastEvents, lastSpikes: UnsafeMutablePointer<Int32>
  /// The events and spikes of a tick in the order of time.
  private let order: UnsafeMutablePointer<UInt32>
  private let starts: UnsafeMutablePointer<Int32>
  private static let mostEvents = 128

  /// Makes the sensors of one sample, empty; `reference` takes the readable path.
  package init(_ array: SensorArray, reference: Bool = false) {
    (self.array, usesReference) = (array, reference)
    charges = CorrelationSign.allCases.map { _ in .allocateAligned(array.size) }
    lastEvents = .allocateAligned(array.paddedRows)
    lastSpikes = .allocateAligned(array.paddedColumns)
    order = .allocateAligned(Self.mostEvents + array.paddedColumns)
    starts = .allocateAligned(64)
    reset()
  }

  deinit {
    for memory in charges { memory.deallocate() }
    lastEvents.deallocate()
    lastSpikes.deallocate()
    order.deallocate()
    starts.deallocate()
  }

  /// Empties all sensors and forgets all events: a new sample.
  package func reset() {
    for memory in charges { memory.update(repeating: 0, count: array.size) }
    lastEvents.update(repeating: Self.never, count: array.paddedRows)
    lastSpikes.update(repeating: Self.never, count: array.paddedColumns)
  }

  /// Before every time.
  static let never = Int32.min

  /// An event drives a pair of rows at a time in 1/64 tick; times ascend.
  package func preEvent(pair: Int, time: Int32) {
    for row in 2 * pair...2 * pair + 1 {
      let since = lastEvents[row]
      let line = line(.acausal, row * array.paddedColumns)
      if usesReference {
        CorrelationReference.senseEvent(
          line, lastSpikes, since: since, time: time, array.largest, count: array.columns)
      } else {
        synapus_sense_event(
          line, lastSpikes, since, time, array.largest, Int32(array.paddedColumns))
      }
      lastEvents[row] = time
    }
  }

  /// A circuit fires at a time in 1/64 tick; times ascend.
  package func postSpike(column: Int, time: Int32) {
    let since = lastSpikes[column]
    let line = line(.causal, column * array.paddedRows)
    if usesReference {
      CorrelationReference.senseSpike(
        line, lastEvents, since: since, time: time, array.largest, count: array.rows)
    } else {
      synapus_sense_spike(line, lastEvents, since, time, array.largest, Int32(array.paddedRows))
    }
    lastSpikes[column] = time
  }

  /// Takes the events (row pair << 8 | phase) and spikes (column << 8 | phase) of one tick.
  ///
  /// They may come in any order; at most 128 events are possible in a tick.
  package func observe(
    tick: Int, events: UnsafePointer<UInt32>, _ eventCount: Int, spikes: UnsafePointer<UInt32>,
    _ spikeCount: Int
  ) {
    if eventCount + spikeCount == 0 { return }
    assert(eventCount <= Self.mostEvents && spikeCount <= array.columns)
    sort(events, eventCount, spikes, spikeCount)
    let start = Int32(truncatingIfNeeded: tick << 6)
    for i in 0..<eventCount + spikeCount {
      let entry = order[i]
      let time = start + Int32(entry & 255)
      if entry & Self.spikeMark != 0 {
        postSpike(column: Int((entry & ~Self.spikeMark) >> 8), time: time)
      } else {
        preEvent(pair: Int(entry >> 8), time: time)
      }
    }
  }

  private static let spikeMark: UInt32 = 1 << 31

  /// Sorts by phase; of one phase, events come before spikes.
  private func sort(
    _ events: UnsafePointer<UInt32>, _ eventCount: Int, _ spikes: UnsafePointer<UInt32>,
    _ spikeCount: Int
  ) {
    starts.update(repeating: 0, count: 64)
    for i in 0..<eventCount { starts[Int(events[i] & 63)] += 1 }
    for i in 0..<spikeCount { starts[Int(spikes[i] & 63)] += 1 }
    var sum: Int32 = 0
    for phase in 0..<64 {
      let count = starts[phase]
      starts[phase] = sum
      sum += count
    }
    for i in 0..<eventCount { place(events[i]) }
    for i in 0..<spikeCount { place(spikes[i] | Self.spikeMark) }
  }

  private func place(_ entry: UInt32) {
    let phase = Int(entry & 63)
    order[Int(starts[phase])] = entry
    starts[phase] += 1
  }

  /// Reads some rows and resets them: codes by sign, row and column, causal first.
  ///
  /// `codes` has room for `2 * rows.count * columns` numbers.
  package func read(rows: Range<Int>, into codes: UnsafeMutablePointer<UInt8>) {
    var next = codes
    for sign in CorrelationSign.allCases {
      let charge = charges[sign.rawValue]
      for row in rows {
        for column in 0..<array.columns {
          let place = array.place(sign, row: row, column: column)
          next.pointee = UInt8(charge[place] >> 16)
          charge[place] = 0
          next += 1
        }
      }
    }
  }

  /// The charge of one sensor, in codes, without reading it; not possible on silicon.
  package func charge(_ sign: CorrelationSign, row: Int, column: Int) -> Double {
    Double(charges[sign.rawValue][array.place(sign, row: row, column: column)]) / 65_536
  }

  private func line(_ sign: CorrelationSign, _ start: Int) -> synapus_sensor_line {
    synapus_sensor_line(
      rate: array.rates[sign.rawValue] + start, amplitude: array.amplitudes[sign.rawValue] + start,
      charge: charges[sign.rawValue] + start)
  }
}
