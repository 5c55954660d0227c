import ChipInterface

/// Hands out a sample's graded events tick by tick; more in one tick than the chip takes are lost.
struct GradedFeed {
  /// A neuron that a teacher makes fire.
  struct Taught {
    var core: Int
    var column: Int
  }

  /// The neurons that fire in the tick that was prepared, whatever their membranes do.
  private(set) var taught: [Taught] = []
  /// The other events of that tick.
  private(set) var events: [GradedEvents.Event] = []
  /// Events taken and lost so far.
  private(set) var taken = 0, lost = 0

  private var sample: [GradedEvents.Event] = []
  private var next = 0
  private let perTick: Int
  /// Core in use and column of each unit.
  private let places: [Taught]

  init(_ image: ChipImage, perTick: Int) {
    self.perTick = perTick
    let slots = image.slots
    places = image.io.populations.flatMap(\.ranges).flatMap { range in
      (0..<max(0, range.count)).map {
        Taught(core: slots[range.core] ?? 0, column: range.firstColumn + $0)
      }
    }
  }

  /// Starts a sample.
  mutating func start(_ events: [GradedEvents.Event]) {
    (sample, next, taken, lost) = (events, 0, 0, 0)
    taught.removeAll(keepingCapacity: true)
    self.events.removeAll(keepingCapacity: true)
  }

  /// Whether the sample has any event left.
  var isDone: Bool { next == sample.count && taught.isEmpty && events.isEmpty }

  /// Takes the events of a tick.
  mutating func prepare(_ tick: Int) {
    taught.removeAll(keepingCapacity: true)
    events.removeAll(keepingCapacity: true)
    var room = perTick
    while next < sample.count, sample[next].tick <= tick {
      let event = sample[next]
      next += 1
      if room == 0 {
        lost += 1
        continue
      }
      (room, taken) = (room - 1, taken + 1)
      if event.channel == .teacher {
        if let place = place(of: event.unit) { taught.append(place) }
      } else {
        events.append(event)
      }
    }
  }

  /// Core and column of a unit.
  func place(of unit: UInt32) -> Taught? {
    places.indices.contains(Int(unit)) ? places[Int(unit)] : nil
  }

  /// Gives an engine the tick's events.
  func deliver(to engine: LearningEngine) {
    for event in events {
      guard
        let place = event.channel == .reward ? Taught(core: 0, column: 0) : place(of: event.unit)
      else { continue }
      engine.graded(event.channel, core: place.core, column: place.column, value: event.value)
    }
  }
}
