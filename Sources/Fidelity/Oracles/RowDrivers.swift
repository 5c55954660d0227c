import HardwareSpec

/// The row drivers of all cores, as the judge sees them: each bus drives one row pair at a time.
struct RowDrivers {
  /// An event that a bus drove: the cycle in which it began, and the row pair.
  struct Driven: Equatable {
    var cycle, core, pair: Int
  }

  private let buses, period, places: Int
  /// Events by core and bus: when they come, and for which row pair.
  private var events: [[(cycle: Int, pair: Int)]]
  private(set) var driven: [Driven] = []

  init(_ spec: ChipSpec, buses: Int) {
    self.buses = buses
    (period, places) = (spec.events.portCyclesPerEvent, spec.events.portWaitingEvents)
    events = Array(repeating: [], count: spec.geometry.coreCount * buses)
  }

  mutating func add(core: Int, pair: Int, at cycle: Int) {
    events[core * buses + pair % buses].append((cycle, pair))
  }

  /// Steps all buses to the end of the run.
  mutating func step(until end: Int, _ tally: inout ClockSteppedNetwork.Tally) {
    for bus in events.indices where !events[bus].isEmpty {
      let sorted = events[bus].enumerated()
        .sorted { ($0.element.cycle, $0.offset) < ($1.element.cycle, $1.offset) }
        .map(\.element)
      step(sorted, core: bus / buses, until: end, &tally)
    }
  }

  private mutating func step(
    _ coming: [(cycle: Int, pair: Int)], core: Int, until end: Int,
    _ tally: inout ClockSteppedNetwork.Tally
  ) {
    var waiting: [(cycle: Int, pair: Int)] = []
    var (next, freeIn) = (0, 0)
    for cycle in 0..<end {
      freeIn = max(0, freeIn - 1)
      if freeIn == 0, !waiting.isEmpty {
        drive(waiting.removeFirst(), core, cycle, &tally)
        freeIn = period
      }
      while next < coming.count, coming[next].cycle == cycle {
        if freeIn == 0 {
          drive(coming[next], core, cycle, &tally)
          freeIn = period
        } else if waiting.count < places {
          waiting.append(coming[next])
        } else {
          tally.lostAtRows += 1
        }
        next += 1
      }
    }
    tally.leftAtRows += waiting.count + coming.count - next
  }

  private mutating func drive(
    _ event: (cycle: Int, pair: Int), _ core: Int, _ cycle: Int,
    _ tally: inout ClockSteppedNetwork.Tally
  ) {
    driven.append(Driven(cycle: cycle, core: core, pair: event.pair))
    tally.driven += 1
    tally.rowWait += cycle - event.cycle
  }
}
