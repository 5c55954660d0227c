import HardwareSpec

/// Writes down the events that one core's port lets through, in the order in which they act.
package final class EventProbe {
  /// One event at a row pair.
  package struct Event: Equatable, Sendable {
    /// When it acts, in ticks from the start of the sample.
    package var time: Double
    /// The row pair that it drives.
    package var pair: Int
  }

  /// The core that is looked at.
  let core: CoreOnChip
  /// The events so far, ascending in ticks.
  package private(set) var events: [Event] = []

  init(core: CoreOnChip) { self.core = core }

  /// Notes events of a tick, as the kernels take them: row pair << 8 | phase.
  func record(_ packed: UnsafePointer<UInt32>, count: Int, tick: Int) {
    for i in 0..<count {
      note(pair: Int(packed[i] >> 8), phase: Int(packed[i] & 255), tick: tick)
    }
  }

  /// Notes one event; phases are in 1/64 tick.
  func note(pair: Int, phase: Int, tick: Int) {
    events.append(Event(time: Double(tick) + Double(phase) / 64, pair: pair))
  }
}
