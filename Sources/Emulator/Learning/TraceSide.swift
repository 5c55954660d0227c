import CEmulatorKernels
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
  /// The same as one bit a neuron.
  let spikedBits: UnsafeMutablePointer<UInt64>
  /// The place of the last impulse of each trace; the same memory as `spikedAt` where every spike
  /// gives one.
  let impulseAt: [UnsafeMutablePointer<UInt16>]
  /// The neurons that spiked in the epoch, each once, in the order of their first spikes.
  let spiked: UnsafeMutablePointer<Int32>
  private(set) var spikedCount: Int32 = 0
  /// The traces at places of the epoch that the other side asks for.
  let history: TraceHistory
  /// The traces in real numbers, on the ideal chip; the integers then stay 0.
  let real: RealTraces?

  private let hasBursts: Bool
  private let burstTicks: Int
  /// The tick of each neuron's last spike, and how many spikes its burst has had; for bursts only.
  private let lastSpike, burstPlace: UnsafeMutablePointer<Int32>
  /// Neurons of a list that had spiked in the epoch before.
  private let repeated: UnsafeMutablePointer<Int32>
  /// The keys of an epoch's draws, decays first, by place.
  private let keys: UnsafeMutablePointer<UInt32>
  private let part, epochTicks: Int
  private let decayKind, impulseKind: LearningRandomness.Kind
  private let isPre: Bool

  init(
    count: Int, laws: [EngineTrace], program: EngineProgram, part: Int, isPre: Bool,
    isReal: Bool
  ) {
    (self.count, self.laws, self.part, self.isPre) = (count, laws, part, isPre)
    padded = (count + 63) / 64 * 64
    let padded = padded
    values = laws.map { _ in .allocateAligned(padded) }
    atSpike = laws.map { _ in .allocateAligned(padded) }
    let spikedAt = UnsafeMutablePointer<UInt16>.allocateAligned(padded)
    self.spikedAt = spikedAt
    impulseAt = laws.map { $0.trigger == .spikes ? spikedAt : .allocateAligned(padded) }
    spikedBits = .allocateAligned(padded / 64)
    (spiked, repeated) = (.allocateAligned(padded), .allocateAligned(Self.mostInList))
    (lastSpike, burstPlace) = (.allocateAligned(padded), .allocateAligned(padded))
    hasBursts = laws.contains { $0.trigger != .spikes }
    burstTicks = program.burstTicks
    epochTicks = program.epochTicks
    keys = .allocateAligned(2 * epochTicks)
    real = isReal ? RealTraces(count: count, laws: laws, epochTicks: epochTicks) : nil
    history = TraceHistory(traces: laws.count, padded: padded, epochTicks: epochTicks)
    (decayKind, impulseKind) =
      isPre ? (.preDecay, .preImpulse) : (.postDecay, .postImpulse)
    reset()
  }

  deinit {
    for memory in values + atSpike { memory.deallocate() }
    for memory in impulseAt where memory != spikedAt { memory.deallocate() }
    spikedAt.deallocate()
    spikedBits.deallocate()
    spiked.deallocate()
    repeated.deallocate()
    lastSpike.deallocate()
    burstPlace.deallocate()
    keys.deallocate()
  }

  /// Starts a sample: no traces, no marks.
  func reset() {
    for memory in values + atSpike { memory.update(repeating: 0, count: padded) }
    real?.reset()
    spikedAt.update(repeating: 0, count: padded)
    spikedBits.update(repeating: 0, count: padded / 64)
    clearMarks()
    lastSpike.update(repeating: .min / 2, count: padded)
    burstPlace.update(repeating: 0, count: padded)
  }

  /// Forgets the epoch's spikes.
  func clearMarks() {
    for i in 0..<Int(spikedCount) {
      let n = Int(spiked[i])
      (spikedAt[n], spikedBits[n / 64]) = (0, 0)
    }
    if hasBursts {
      for memory in impulseAt where memory != spikedAt {
        memory.update(repeating: 0, count: padded)
      }
    }
    spikedCount = 0
  }

  /// Spikes that one call of the kernel marks at most.
  private static let mostInList = 1024

  /// Neurons `list[i] >> shift`, less `first`, spike at a place of the epoch (from 1).
  func mark(
    _ list: UnsafePointer<UInt32>, _ listCount: Int, shift: Int, first: Int, place: Int, tick: Int,
    _ random: LearningRandomness
  ) {
    if hasBursts {
      for i in 0..<listCount {
        let n = Int(list[i] >> UInt32(shift)) - first
        if n >= 0, n < count { spike(n, place: place, tick: tick, random) }
      }
      return
    }
    var done = 0
    while done < listCount {
      let some = min(listCount - done, Self.mostInList)
      let again = synapus_learning_mark(
        list + done, Int32(some), Int32(shift), Int32(first), Int32(count), UInt16(place),
        spikedAt, spikedBits, spiked, &spikedCount, repeated)
      for i in 0..<Int(again) { spike(Int(repeated[i]), place: place, tick: tick, random) }
      done += some
    }
  }

  /// A neuron spikes at a place of the epoch (from 1), which is a tick of the sample.
  private func spike(_ n: Int, place: Int, tick: Int, _ random: LearningRandomness) {
    let burst = hasBursts ? placeInBurst(n, tick: tick) : 0
    for (k, law) in laws.enumerated() where law.isOn {
      switch law.trigger {
      case .spikes: break
      case .events: if burst != 0 { continue }
      case .bursts: if burst != 1 { continue }
      }
      if impulseAt[k][n] != 0 {
        addImpulse(k, law, n, tick: tick, random)
      }
      if law.trigger != .spikes { impulseAt[k][n] = UInt16(place) }
    }
    if spikedAt[n] == 0 {
      spiked[Int(spikedCount)] = Int32(n)
      spikedCount += 1
      spikedBits[n / 64] |= 1 << UInt64(n % 64)
    }
    spikedAt[n] = UInt16(place)
  }

  /// Adds the impulse of a spike that another one follows in the epoch.
  private func addImpulse(
    _ k: Int, _ law: EngineTrace, _ n: Int, tick: Int, _ random: LearningRandomness
  ) {
    if let real {
      real.values[k][n] += law.exactImpulse
    } else {
      let draw = repeatedDraw(trace: k, n, tick: tick, random)
      values[k][n] = Int16(law.increased(Int32(values[k][n]), draw: draw))
    }
  }

  /// Overwrites a trace, as graded events do.
  func set(trace: Int, _ n: Int, _ value: Int16) {
    if let real { real.values[trace][n] = Double(value) } else { values[trace][n] = value }
  }

  /// A trace as it stands.
  func number(trace: Int, _ n: Int) -> Double {
    real.map { $0.values[trace][n] } ?? Double(values[trace][n])
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
  func replay(start: Int, epoch: Int, _ random: LearningRandomness, _ kernel: LearningKernel) {
    if let real { return real.replay(self) }
    for (k, law) in laws.enumerated() where law.isOn {
      if let recorded = random.recorded {
        replay(k, law, RecordedTraceDraws(recorded, epoch: epoch, isPre: isPre))
        continue
      }
      for i in 0..<epochTicks {
        keys[i] = random.key(decayKind, part: part, index: k, time: start + i)
        keys[epochTicks + i] = random.key(impulseKind, part: part, index: k, time: start + i)
      }
      switch kernel {
      case .reference: replay(k, law)
      case .vector(_, let replay, _):
        var trace = kernelView(k, law)
        replay(&trace)
      }
    }
  }

  /// A replay with the generator's draws.
  private func replay(_ k: Int, _ law: EngineTrace) {
    let (decays, impulses) = (keys, keys + epochTicks)
    for n in 0..<count {
      replay(k, n) { value, place in
        law.decayed(value, draw: LearningRandomness.draw(decays[place - 1], n))
      } increased: { value, place in
        law.increased(value, draw: LearningRandomness.draw(impulses[place - 1], n) & 255)
      }
    }
  }

  /// A replay with the draws of a recording.
  private func replay(_ k: Int, _ law: EngineTrace, _ draws: RecordedTraceDraws) {
    for n in 0..<count {
      replay(k, n) { value, place in
        law.decayed(value, place: place, draw: draws.decay)
      } increased: { value, _ in
        law.increased(value, draw: draws.impulse)
      }
    }
  }

  @inline(__always)
  private func replay(
    _ k: Int, _ n: Int, decayed: (Int32, Int) -> Int32, increased: (Int32, Int) -> Int32
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

  private func kernelView(_ k: Int, _ law: EngineTrace) -> synapus_learning_trace {
    synapus_learning_trace(
      padded: Int32(padded), traces: Int32(laws.count), values: values[k], at_spike: atSpike[k],
      impulse_at: impulseAt[k], spiked_at: spikedAt, kept: law.keptFraction, impulse: law.impulse,
      impulse_fraction: law.impulseFraction, largest: law.largest, epoch_ticks: Int32(epochTicks),
      decay_keys: keys, impulse_keys: keys + epochTicks, positions: history.positions,
      history: history.count > 0 ? history.memory + k * padded : nil,
      history_count: Int32(history.count))
  }

  /// What the kernels see of the side after a replay.
  var kernelView: synapus_learning_side {
    func three(
      _ memory: [UnsafeMutablePointer<Int16>]
    ) -> (UnsafePointer<Int16>?, UnsafePointer<Int16>?, UnsafePointer<Int16>?) {
      (
        UnsafePointer(memory[0]), UnsafePointer(memory[1]),
        memory.count > 2 ? UnsafePointer(memory[2]) : nil
      )
    }
    return synapus_learning_side(
      padded: Int32(padded), traces: Int32(laws.count), spiked_at: spikedAt,
      at_spike: three(atSpike), now: three(values), positions: history.positions,
      history: history.memory, history_count: Int32(history.count), spiked_count: spikedCount)
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
