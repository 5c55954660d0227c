import CEmulatorKernels
import ChipInterface
import HardwareSpec

/// The state of one core of the ideal chip for one sample.
///
/// Within a tick everything is exact: events act from their own phase, and a crossing is searched
/// on the exact path to 1/64 tick. As on the chip, a crossing is noticed at the tick's end.
final class IdealCoreState {
  typealias Event = IdealEvents.Event

  /// A spike of the tick.
  struct Spike {
    var column, phase: Int
  }

  private let core: IdealCore
  /// Columns, rounded up to whole blocks.
  private let padded: Int
  /// The circuits at the tick's start and at its end; they change places every tick.
  private var before, after: synapus_ideal_circuits
  private let rest, threshold, reset: UnsafeMutablePointer<Double>
  /// Until when each circuit is refractory, in 1/64 tick from the tick's start.
  private let refractoryEnd: UnsafeMutablePointer<Int>
  /// How long each circuit is refractory, in 1/64 tick.
  private let refractoryTime: UnsafeMutablePointer<Int>
  /// The columns that are refractory, and those that reached threshold.
  private let refractory, reached: UnsafeMutablePointer<Int32>
  private var refractoryCount = 0
  private var arrivals: UnsafeMutablePointer<IdealPath.Arrival>
  private var arrivalCapacity = 64
  /// The spikes of the tick, by column.
  let spikes: UnsafeMutablePointer<Spike>

  /// Makes a core's state; columns that are special are not watched for spikes.
  init(_ core: IdealCore, isSpecial: [Bool]? = nil) {
    self.core = core
    let block = Int(SYNAPUS_IDEAL_BLOCK)
    let n = (core.columns + block - 1) / block * block
    padded = n
    (before, after) = (.make(columns: n), .make(columns: n))
    (rest, threshold, reset) = (.allocateAligned(n), .allocateAligned(n), .allocateAligned(n))
    (refractoryEnd, refractoryTime) = (.allocateAligned(n), .allocateAligned(n))
    (refractory, reached) = (.allocateAligned(n), .allocateAligned(n))
    spikes = .allocateAligned(n)
    arrivals = .allocate(capacity: arrivalCapacity)
    threshold.update(repeating: .infinity, count: n)
    for (column, circuit) in core.circuits.enumerated() {
      (rest[column], reset[column]) = (circuit.leak, circuit.reset)
      refractoryTime[column] = 64 * circuit.refractoryTicks
      if circuit.fires, isSpecial?[column] != true { threshold[column] = circuit.threshold }
    }
  }

  deinit {
    before.free()
    after.free()
    for array in [rest, threshold, reset] { array.deallocate() }
    for array in [refractoryEnd, refractoryTime] { array.deallocate() }
    for array in [refractory, reached] { array.deallocate() }
    arrivals.deallocate()
    spikes.deallocate()
  }

  /// The membranes after the last tick, in volts.
  var membrane: UnsafeMutablePointer<Double> { after.membrane }

  /// Puts all circuits at rest.
  func rewind() {
    after.membrane.update(from: rest, count: padded)
    after.excitatory.update(repeating: 0, count: padded)
    after.inhibitory.update(repeating: 0, count: padded)
    refractoryEnd.update(repeating: 0, count: padded)
    refractoryCount = 0
  }

  /// Advances the core by one tick; returns how many ``spikes`` it had.
  func step(_ events: UnsafeBufferPointer<Event>) -> Int {
    (before, after) = (after, before)
    makeRoom(for: events.count)
    for run in core.runs {
      synapus_ideal_decay(run.parts + 64, rest, before, after, run.columns)
    }
    for event in events { add(event) }
    for i in 0..<refractoryCount { hold(Int(refractory[i]), events) }
    let fired = fireAll(events)
    passTick()
    return fired
  }

  private func makeRoom(for count: Int) {
    if count <= arrivalCapacity { return }
    arrivals.deallocate()
    arrivalCapacity = 2 * count
    arrivals = .allocate(capacity: arrivalCapacity)
  }

  private func add(_ event: Event) {
    let row = Int(event.pair) * core.columns
    let span = core.spans[Int(event.pair)]
    for run in core.runs {
      let columns = run.columns(in: span)
      if columns.first >= columns.end { continue }
      synapus_ideal_add(
        run.parts + (64 - Int(event.phase)), core.excitatory + row, core.inhibitory + row, after,
        columns)
    }
  }

  /// A refractory circuit stays at reset, or leaves it within the tick.
  private func hold(_ column: Int, _ events: UnsafeBufferPointer<Event>) {
    after.membrane[column] =
      refractoryEnd[column] < 64
      ? path(column, events).potential(at: 64) : before.membrane[column]
  }

  private func fireAll(_ events: UnsafeBufferPointer<Event>) -> Int {
    let count = synapus_ideal_reached(after.membrane, threshold, Int32(padded), reached)
    var fired = 0
    for i in 0..<Int(count) {
      let column = Int(reached[i])
      if refractoryEnd[column] >= 64 { continue }
      spikes[fired] = Spike(column: column, phase: fire(column, events))
      fired += 1
    }
    return fired
  }

  /// Finds the phase of a crossing and resets the circuit.
  private func fire(_ column: Int, _ events: UnsafeBufferPointer<Event>) -> Int {
    let phase = path(column, events).crossing(of: threshold[column])
    after.membrane[column] = reset[column]
    if refractoryEnd[column] == 0 {
      refractory[refractoryCount] = Int32(column)
      refractoryCount += 1
    }
    refractoryEnd[column] = refractoryTime[column] + phase
    return phase
  }

  /// Makes a circuit fire at the tick's start, after the tick; false where it has fired by itself.
  func fire(_ column: Int, fired: inout Int) -> Bool {
    if (0..<fired).contains(where: { spikes[$0].column == column }) { return false }
    spikes[fired] = Spike(column: column, phase: 0)
    fired += 1
    after.membrane[column] = reset[column]
    let left = max(refractoryTime[column] - 64, 0)
    if refractoryEnd[column] == 0, left > 0 {
      refractory[refractoryCount] = Int32(column)
      refractoryCount += 1
    }
    refractoryEnd[column] = left
    return true
  }

  private func passTick() {
    var left = 0
    for i in 0..<refractoryCount {
      let column = Int(refractory[i])
      refractoryEnd[column] = max(refractoryEnd[column] - 64, 0)
      if refractoryEnd[column] == 0 { continue }
      refractory[left] = refractory[i]
      left += 1
    }
    refractoryCount = left
  }

  /// A circuit's path through the tick; good until the next one is asked for.
  private func path(_ column: Int, _ events: UnsafeBufferPointer<Event>) -> IdealPath {
    let (parts, start) = (core.parts[column], refractoryEnd[column])
    var count = 0
    for event in events {
      let (span, phase) = (core.spans[Int(event.pair)], Int(event.phase))
      if column < span.first || column >= span.end { continue }
      let i = Int(event.pair) * core.columns + column
      let waited = parts + max(start - phase, 0)
      arrivals[count] = .init(
        phase: max(phase, start), excitatory: core.excitatory[i] * waited.pointee.excitatory,
        inhibitory: core.inhibitory[i] * waited.pointee.inhibitory)
      count += 1
    }
    return IdealPath(
      parts: parts, start: start, rest: rest[column],
      distance: before.membrane[column] - rest[column],
      excitatory: before.excitatory[column] * parts[start].excitatory,
      inhibitory: before.inhibitory[column] * parts[start].inhibitory,
      arrivals: UnsafeBufferPointer(start: arrivals, count: count))
  }
}

extension synapus_ideal_circuits {
  fileprivate static func make(columns: Int) -> Self {
    .init(
      membrane: .allocateAligned(columns), excitatory: .allocateAligned(columns),
      inhibitory: .allocateAligned(columns))
  }

  fileprivate func free() {
    for array in [membrane, excitatory, inhibitory] { array?.deallocate() }
  }
}
