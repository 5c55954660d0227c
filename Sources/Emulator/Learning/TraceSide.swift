import ChipInterface
import HardwareSpec

/// The traces of one side of a part: of its rows (pre) or of its columns (post).
///
/// As Loihi's engine does, spikes only leave marks during an epoch; at its end the traces are
/// replayed tick by tick, and products read them as they were at the last spike of either side
/// (lava-nc 0.10.0, `magma/core/model/py/connection.py`).
final class TraceSide {
  /// Rows or columns, and both padded to whole vectors.
  let count, padded: Int
  let laws: [EngineTrace]
  /// The traces, as they were at the epoch's start, or later where events have set them.
  let values: [UnsafeMutablePointer<Int16>]
  /// The traces at each neuron's last spike of the epoch, after a replay.
  let atSpike: [UnsafeMutablePointer<Int16>]
  /// The place of the last spike in the epoch, from 1; 0: none.
  let spikedAt: UnsafeMutablePointer<UInt16>
  /// The place of the last impulse of each trace; the same memory as `spikedAt` where every spike
  /// gives one.
  let impulseAt: [UnsafeMutablePointer<UInt16>]
  /// The neurons that spiked in the epoch, each once, in the order of their first spikes.
  let spiked: UnsafeMutablePointer<Int32>
  private(set) var spikedCount = 0
  /// The traces at places of the epoch that the other side asks for.
  let history: TraceHistory

  private let burstTicks: Int
  /// The tick of each neuron's last spike, and how many spikes its burst has had; for bursts only.
  private let lastSpike, burstPlace: UnsafeMutablePointer<Int32>
  private let hasBursts: Bool
  private let part: Int
  private let decayKind, impulseKind: LearningRandomness.Kind
  private let isPre: Bool

  init(count: Int, laws: [EngineTrace], program: EngineProgram, part: Int, isPre: Bool) {
    (self.count, self.laws, self.part, self.isPre) = (count, laws, part, isPre)
    padded = (count + 63) / 64 * 64
    let padded = padded
    values = laws.map { _ in .allocateAligned(padded) }
    atSpike = laws.map { _ in .allocateAligned(padded) }
    let spikedAt = UnsafeMutablePointer<UInt16>.allocateAligned(padded)
    self.spikedAt = spikedAt
    impulseAt = laws.map { $0.trigger == .spikes ? spikedAt : .allocateAligned(padded) }
    spiked = .allocateAligned(padded)
    (lastSpike, burstPlace) = (.allocateAligned(padded), .allocateAligned(padded))
    hasBursts = laws.contains { $0.trigger != .spikes }
    burstTicks = program.burstTicks
    history = TraceHistory(traces: laws.count, padded: padded, epochTicks: program.epochTicks)
    (decayKind, impulseKind) =
      isPre ? (.preDecay, .preImpulse) : (.postDecay, .postImpulse)
    reset()
  }

  deinit {
    for memory in values + atSpike { memory.deallocate() }
    for memory in impulseAt where memory != spikedAt { memory.deallocate() }
    spikedAt.deallocate()
    spiked.deallocate()
    lastSpike.deallocate()
    burstPlace.deallocate()
  }

  /// Starts a sample: no traces, no marks.
  func reset() {
    for memory in values + atSpike { memory.update(repeating: 0, count: padded) }
    clearMarks()
    lastSpike.update(repeating: .min / 2, count: padded)
    burstPlace.update(repeating: 0, count: padded)
  }

  /// Forgets the epoch's spikes.
  func clearMarks() {
    spikedAt.update(repeating: 0, count: padded)
    for memory in impulseAt where memory != spikedAt { memory.update(repeating: 0, count: padded) }
    spikedCount = 0
  }

  /// A neuron spikes at a place of the epoch (from 1), which is a tick of the sample.
  func spike(_ n: Int, place: Int, tick: Int, _ random: LearningRandomness) {
    let burst = hasBursts ? placeInBurst(n, tick: tick) : 0
    for (k, law) in laws.enumerated() where law.isOn {
      switch law.trigger {
      case .spikes: break
      case .events: if burst != 0 { continue }
      case .bursts: if burst != 1 { continue }
      }
      if impulseAt[k][n] != 0 {
        let draw = repeatedDraw(trace: k, n, tick: tick, random)
        values[k][n] = Int16(law.increased(Int32(values[k][n]), draw: draw))
      }
      if law.trigger != .spikes { impulseAt[k][n] = UInt16(place) }
    }
    if spikedAt[n] == 0 {
      spiked[spikedCount] = Int32(n)
      spikedCount += 1
    }
    spikedAt[n] = UInt16(place)
  }

  /// How many spikes of the same burst came before: 0 for the first.
  private func placeInBurst(_ n: Int, tick: Int) -> Int {
    let isNext = Int32(tick) - lastSpike[n] <= Int32(burstTicks)
    burstPlace[n] = isNext ? burstPlace[n] + 1 : 0
    lastSpike[n] = Int32(tick)
    return Int(burstPlace[n])
  }

  /// The draw of an impulse that is added before the epoch has ended.
  ///
  /// Recordings have 0 for presynaptic ones: their fractions always round up.
  private func repeatedDraw(
    trace: Int, _ n: Int, tick: Int, _ random: LearningRandomness
  ) -> Int32 {
    if let recorded = random.recorded {
      return isPre
        ? 0 : Int32(recorded.yImpulseRepeat[min(tick, recorded.yImpulseRepeat.count - 1)])
    }
    let key = random.key(impulseKind, part: part, index: trace + 4, time: tick)
    return LearningRandomness.draw(key, n) & 255
  }

  /// Replays the epoch that ends; `start` is its first tick, `epoch` its number from 1.
  ///
  /// Afterwards ``values`` are those of the epoch's end.
  func replay(epochTicks: Int, start: Int, epoch: Int, _ random: LearningRandomness) {
    for (k, law) in laws.enumerated() where law.isOn {
      if let recorded = random.recorded {
        let draws = RecordedTraceDraws(recorded, epoch: epoch, isPre: isPre)
        replay(k, epochTicks) { value, _ in
          law.decayed(value, draw: draws.decay)
        } increased: {
          value, _ in
          law.increased(value, draw: draws.impulse)
        }
      } else {
        var (decays, impulses) = ([UInt32](), [UInt32]())
        for tick in start..<start + epochTicks {
          decays.append(random.key(decayKind, part: part, index: k, time: tick))
          impulses.append(random.key(impulseKind, part: part, index: k, time: tick))
        }
        for n in 0..<count {
          replay(k, n, epochTicks) { value, place in
            law.decayed(value, draw: LearningRandomness.draw(decays[place - 1], n))
          } increased: { value, place in
            law.increased(value, draw: LearningRandomness.draw(impulses[place - 1], n) & 255)
          }
        }
      }
    }
  }

  private func replay(
    _ k: Int, _ epochTicks: Int, decayed: (Int32, Int) -> Int32, increased: (Int32, Int) -> Int32
  ) {
    for n in 0..<count { replay(k, n, epochTicks, decayed: decayed, increased: increased) }
  }

  @inline(__always)
  private func replay(
    _ k: Int, _ n: Int, _ epochTicks: Int, decayed: (Int32, Int) -> Int32,
    increased: (Int32, Int) -> Int32
  ) {
    var value = Int32(values[k][n])
    let (impulse, spike) = (Int(impulseAt[k][n]), Int(spikedAt[n]))
    if value == 0, impulse == 0 {
      atSpike[k][n] = 0
      history.clear(trace: k, n)
      return
    }
    for place in 1...epochTicks {
      value = decayed(value, place)
      if place == impulse { value = increased(value, place) }
      if place == spike { atSpike[k][n] = Int16(truncatingIfNeeded: value) }
      history.note(trace: k, n, place: place, Int16(truncatingIfNeeded: value))
    }
    values[k][n] = Int16(truncatingIfNeeded: value)
  }
}

/// The numbers of a recording that serve all neurons of a side in one epoch.
private struct RecordedTraceDraws {
  let decay: Double
  let impulse: Int32

  init(_ draws: LearningDraws, epoch: Int, isPre: Bool) {
    let decays = isPre ? draws.xDecay : draws.yDecay
    let impulses = isPre ? draws.xImpulse : draws.yImpulse
    decay = decays.isEmpty ? 0 : decays[min(epoch, decays.count) - 1]
    impulse = impulses.isEmpty ? 0 : Int32(impulses[min(epoch, impulses.count) - 1])
  }
}

/// The traces of one side at some places of an epoch.
final class TraceHistory {
  /// Position of each place (from 1) among those asked for, or −1.
  private let positions: UnsafeMutablePointer<Int32>
  private let places: Int
  /// How many places are asked for.
  private(set) var count = 0
  private var memory: UnsafeMutablePointer<Int16>
  private var capacity = 1
  private let traces, padded: Int

  init(traces: Int, padded: Int, epochTicks: Int) {
    (self.traces, self.padded, places) = (traces, padded, epochTicks + 1)
    positions = .allocateAligned(places)
    positions.update(repeating: -1, count: places)
    memory = .allocateAligned(traces * padded)
  }

  deinit {
    positions.deallocate()
    memory.deallocate()
  }

  /// Asks for the places of the other side's last spikes.
  func request(_ side: TraceSide) {
    positions.update(repeating: -1, count: places)
    count = 0
    for i in 0..<side.spikedCount {
      let place = Int(side.spikedAt[Int(side.spiked[i])])
      if positions[place] >= 0 { continue }
      positions[place] = Int32(count)
      count += 1
    }
    if count > capacity {
      memory.deallocate()
      capacity = count
      memory = .allocateAligned(capacity * traces * padded)
    }
  }

  /// Asks for nothing.
  func requestNothing() {
    if count == 0 { return }
    positions.update(repeating: -1, count: places)
    count = 0
  }

  @inline(__always)
  func note(trace: Int, _ n: Int, place: Int, _ value: Int16) {
    let position = Int(positions[place])
    if position >= 0 { memory[(position * traces + trace) * padded + n] = value }
  }

  func clear(trace: Int, _ n: Int) {
    for position in 0..<count { memory[(position * traces + trace) * padded + n] = 0 }
  }

  /// The trace at a place that was asked for.
  @inline(__always)
  func value(trace: Int, _ n: Int, place: Int) -> Int32 {
    Int32(memory[(Int(positions[place]) * traces + trace) * padded + n])
  }
}
