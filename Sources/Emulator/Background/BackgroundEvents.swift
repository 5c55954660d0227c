import ChipInterface
import HardwareSpec

/// The on-chip sources of events during one sample.
///
/// A source counts clock cycles; when a period ends it draws eight bits and sends an event if they
/// are below its rate (BrainScaleS-2: haldls, background.h). A rate of 256 is a regular source;
/// below, events are Bernoulli trials of the periods, a Poisson process on the grid of periods.
/// Silicon draws from a shift register; here the draw is a hash of seed and period number, so that
/// sources are independent of each other and a sample does not depend on the one before.
package struct BackgroundEvents {
  /// One event: which source, and when in the tick.
  package struct Event: Equatable, Sendable {
    /// Position of the source among the image's.
    package var source: Int32
    /// When, in 1/64 tick.
    package var phase: Int32
  }

  private struct Source {
    var random: CounterRandom
    var period: Int
    var probability: UInt64
    /// The period that ends next, and the cycle of its end.
    var number: Int
    var end: Int
    /// Draws of eight periods.
    var draws: UInt64
  }

  private let sources: UnsafeMutablePointer<Source>
  private let count: Int
  private let events: UnsafeMutablePointer<Event>
  private let cyclesPerTick: Int
  /// Events sent so far.
  package private(set) var sent = 0

  /// Prepares the sources of a checked image.
  package init(_ sources: [BackgroundSource], time: ChipTime) {
    (count, cyclesPerTick) = (sources.count, time.cyclesPerTick)
    self.sources = .allocate(capacity: max(1, count))
    events = .allocate(capacity: max(1, count * cyclesPerTick))
    for (i, source) in sources.enumerated() {
      let random = CounterRandom(seed: UInt64(source.seed), stream: 0x4241_434B)
      (self.sources + i).initialize(
        to: Source(
          random: random, period: max(1, source.periodCycles),
          probability: UInt64(max(0, source.probability)), number: 0, end: 0, draws: 0))
    }
    reset()
  }

  /// Gives the memory back.
  package func deallocate() {
    sources.deallocate()
    events.deallocate()
  }

  /// Starts a new sample.
  package mutating func reset() {
    sent = 0
    for i in 0..<count {
      sources[i].number = 0
      sources[i].end = sources[i].period - 1
      sources[i].draws = sources[i].random.bits(0)
    }
  }

  /// The events of the next tick, by source and then by time; ticks must be asked for in order.
  ///
  /// Period `n`, from 0, ends at cycle `(n + 1)·period − 1`.
  package mutating func emit(tick: Int) -> UnsafeBufferPointer<Event> {
    let (start, phasesPerCycle) = (tick * cyclesPerTick, 64 / cyclesPerTick)
    var written = 0
    for i in 0..<count {
      while sources[i].end < start + cyclesPerTick {
        let phase = Int32((sources[i].end - start) * phasesPerCycle)
        if Self.draw(sources + i) {
          events[written] = Event(source: Int32(i), phase: phase)
          written += 1
        }
      }
    }
    sent += written
    return UnsafeBufferPointer(start: events, count: written)
  }

  /// Draws for the period that ends, and goes on to the next.
  @inline(__always)
  private static func draw(_ source: UnsafeMutablePointer<Source>) -> Bool {
    let byte = source.pointee.draws >> UInt64(source.pointee.number & 7 &* 8) & 255
    source.pointee.number += 1
    source.pointee.end += source.pointee.period
    if source.pointee.number & 7 == 0 {
      source.pointee.draws = source.pointee.random.bits(source.pointee.number >> 3)
    }
    return byte < source.pointee.probability
  }
}
