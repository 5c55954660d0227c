import ChipInterface
import HardwareSpec

/// The state of one core of the ideal chip for one sample.
///
/// Within a tick everything is exact: events act from their own phase, and a crossing is searched
/// on the exact path to 1/64 tick. As on the chip, a crossing is noticed at the tick's end.
final class IdealCoreState: @unchecked Sendable {
  /// An event of the tick.
  struct Event {
    var pair, phase: Int
  }

  private let core: IdealCore
  let membrane, excitatory, inhibitory: UnsafeMutablePointer<Double>
  private let excitatoryBefore, inhibitoryBefore, membraneBefore: UnsafeMutablePointer<Double>
  private let rest, threshold: UnsafeMutablePointer<Double>
  private let refractoryLeft: UnsafeMutablePointer<Int32>
  private var held = 0

  init(_ core: IdealCore) {
    self.core = core
    let n = core.columns
    (membrane, excitatory, inhibitory) = (
      .allocateAligned(n), .allocateAligned(n), .allocateAligned(n)
    )
    (membraneBefore, excitatoryBefore, inhibitoryBefore) = (
      .allocateAligned(n), .allocateAligned(n), .allocateAligned(n)
    )
    (rest, threshold, refractoryLeft) = (
      .allocateAligned(n), .allocateAligned(n), .allocateAligned(n)
    )
    for (column, circuit) in core.circuits.enumerated() {
      rest[column] = circuit.leak
      threshold[column] = circuit.fires ? circuit.threshold : .infinity
    }
  }

  deinit {
    for array in [
      membrane, excitatory, inhibitory, membraneBefore, excitatoryBefore, inhibitoryBefore, rest,
      threshold,
    ] { array.deallocate() }
    refractoryLeft.deallocate()
  }

  func reset() {
    for column in 0..<core.columns {
      membrane[column] = rest[column]
      (excitatory[column], inhibitory[column], refractoryLeft[column]) = (0, 0, 0)
    }
    held = 0
  }

  /// Advances the core by one tick; calls `fired` with column and phase of each spike.
  func step(_ events: [Event], _ fired: (Int, Int) -> Void) {
    let n = core.columns
    membraneBefore.update(from: membrane, count: n)
    if !events.isEmpty || held > 0 {
      excitatoryBefore.update(from: excitatory, count: n)
      inhibitoryBefore.update(from: inhibitory, count: n)
    }
    for run in core.runs { decay(run) }
    for event in events {
      for run in core.runs { add(event, run) }
    }
    if held > 0 { hold(events) }
    for column in 0..<n where membrane[column] >= threshold[column] {
      if events.isEmpty && held == 0 { undecay(column) }
      if let phase = fire(column, events) { fired(column, phase) }
    }
  }

  private func decay(_ run: IdealRun) {
    let (tables, columns) = (run.tables, run.columns)
    let (dm, de, di) = (tables.membrane[64], tables.excitatory[64], tables.inhibitory[64])
    let (je, ji) = (tables.excitatoryJump[64], tables.inhibitoryJump[64])
    let (v, e, i, r) = (membrane, excitatory, inhibitory, rest)
    for c in columns {
      v[c] = r[c] + (v[c] - r[c]) * dm + e[c] * je + i[c] * ji
      e[c] *= de
      i[c] *= di
    }
  }

  /// Without events the currents before the tick were not kept: they follow from those after.
  private func undecay(_ column: Int) {
    let tables = core.runs[core.runOfColumn[column]].tables
    excitatoryBefore[column] = excitatory[column] / tables.excitatory[64]
    inhibitoryBefore[column] = inhibitory[column] / tables.inhibitory[64]
  }

  private func add(_ event: Event, _ run: IdealRun) {
    let left = 64 - event.phase
    let (fe, fi) = (run.tables.excitatory[left], run.tables.inhibitory[left])
    let (je, ji) = (run.tables.excitatoryJump[left], run.tables.inhibitoryJump[left])
    let (we, wi) = (
      core.excitatory + event.pair * core.columns, core.inhibitory + event.pair * core.columns
    )
    let (v, e, i) = (membrane, excitatory, inhibitory)
    for c in run.columns {
      e[c] += we[c] * fe
      i[c] += wi[c] * fi
      v[c] += we[c] * je + wi[c] * ji
    }
  }

  /// Circuits in their refractory time stay at reset, or leave it within the tick.
  private func hold(_ events: [Event]) {
    held = 0
    for column in 0..<core.columns where refractoryLeft[column] > 0 {
      let left = Int(refractoryLeft[column])
      if left >= 64 {
        membrane[column] = membraneBefore[column]
      } else {
        membrane[column] = potential(column, from: left, to: 64, events)
      }
      refractoryLeft[column] = Int32(max(left - 64, 0))
      if refractoryLeft[column] > 0 { held += 1 }
      if left < 64, membrane[column] >= threshold[column] { start[column] = left }
    }
  }

  /// Where in this tick a circuit left its refractory time, if it did and reached threshold.
  private var start: [Int: Int] = [:]

  private func fire(_ column: Int, _ events: [Event]) -> Int? {
    let circuit = core.circuits[column]
    let start = start.removeValue(forKey: column) ?? 0
    if refractoryLeft[column] > 0 { return nil }
    var (low, high) = (start, 64)
    while high - low > 1 {
      let middle = (low + high) / 2
      if potential(column, from: start, to: middle, events) >= circuit.threshold {
        high = middle
      } else {
        low = middle
      }
    }
    membrane[column] = circuit.reset
    refractoryLeft[column] = Int32(circuit.refractoryTicks * 64 + low - 64)
    if refractoryLeft[column] > 0 { held += 1 }
    return low
  }

  /// The potential at phase `end`, when it was that before the tick at phase `start`.
  private func potential(
    _ column: Int, from start: Int, to end: Int, _ events: [Event]
  ) -> Double {
    let tables = core.runs[core.runOfColumn[column]].tables
    let passed = end - start
    var v = rest[column] + (membraneBefore[column] - rest[column]) * tables.membrane[passed]
    v += excitatoryBefore[column] * tables.excitatory[start] * tables.excitatoryJump[passed]
    v += inhibitoryBefore[column] * tables.inhibitory[start] * tables.inhibitoryJump[passed]
    for event in events where event.phase < end {
      let i = event.pair * core.columns + column
      let since = max(event.phase, start)
      let (waited, acted) = (since - event.phase, end - since)
      v += core.excitatory[i] * tables.excitatory[waited] * tables.excitatoryJump[acted]
      v += core.inhibitory[i] * tables.inhibitory[waited] * tables.inhibitoryJump[acted]
    }
    return v
  }
}
