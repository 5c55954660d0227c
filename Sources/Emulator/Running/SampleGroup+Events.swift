import ChipInterface
import HardwareSpec

/// What comes in, what goes out, and what is recorded of it.
extension SampleGroup {
  /// Hands the tick's input events to the ports; they arrive one tick later.
  func sendInputs(_ inputs: RunInputs, _ s: Int, _ tick: Int) {
    let sample = samples + s
    let start = tick &* inputs.cyclesPerTick
    let end = UInt32(truncatingIfNeeded: start &+ inputs.cyclesPerTick)
    var next = sample.pointee.nextInput
    let last = sample.pointee.lastInput
    while next < last, inputs.cycles[next] < end {
      let (cycle, channel) = (Int(inputs.cycles[next]), Int(inputs.channels[next]))
      next &+= 1
      let shift = sample.pointee.randomness.inputShift(
        channel: inputCoordinates[channel], cycle: cycle)
      let phase = (cycle &- start) &* inputs.phasesPerCycle
      send(inputStarts + channel, inputTargets, s, at: (tick &+ 1 &+ shift) << 6 &+ phase)
    }
    sample.pointee.nextInput = next
  }

  /// Sends the tick's events of the background sources, which act one tick later as inputs do.
  func sendBackground(_ s: Int, _ tick: Int) {
    let routes = loaded.backgroundRoutes
    for event in background[s].emit(tick: tick) {
      send(
        UnsafePointer(routes.starts) + Int(event.source), UnsafePointer(routes.targets), s,
        at: (tick + 1) << 6 + Int(event.phase))
    }
  }

  /// Sends an event to the targets between `starts[0]` and `starts[1]`.
  @inline(__always)
  private func send(
    _ starts: UnsafePointer<Int32>, _ targets: UnsafePointer<RouteTable.Target>, _ sample: Int,
    at time: Int
  ) {
    for i in Int(starts[0])..<Int(starts[1]) {
      let target = Int(targets[i].slot)
      slots[slot(target, sample)].port.send(
        pair: targets[i].pair, at: time + Int(targets[i].latency))
      attention[target] = 1
    }
  }

  /// Counts and records the spikes of the worker's cores.
  func record(_ worker: TickWorker, _ inputs: RunInputs, _ count: Int, _ tick: Int) {
    for i in 0..<worker.activeCount {
      let c = Int(worker.active[i])
      for s in 0..<count {
        let spikes = Int(views[slot(c, s)].spike_count)
        if spikes == 0 { continue }
        slots[slot(c, s)].spikeCount &+= spikes
        if inputs.recordsSpikes {
          record(cores + c, inputs, worker, s, slots[slot(c, s)].spikes, spikes, tick)
        }
      }
    }
    worker.endTick(count)
  }

  private func record(
    _ core: UnsafePointer<CoreView>, _ inputs: RunInputs, _ worker: TickWorker, _ s: Int,
    _ spikes: UnsafePointer<UInt32>, _ count: Int, _ tick: Int
  ) {
    let start = UInt32(truncatingIfNeeded: tick * inputs.cyclesPerTick)
    let shift = UInt32(inputs.phasesPerCycle.trailingZeroBitCount)
    let units = core.pointee.units
    worker.logs[s].append(count) { cycles, recorded in
      var kept = 0
      for i in 0..<count {
        let unit = units[Int(spikes[i] >> 8)]
        cycles[kept] = start &+ (spikes[i] & 255) &>> shift
        recorded[kept] = UInt32(bitPattern: unit)
        kept &+= unit >= 0 ? 1 : 0
      }
      return kept
    }
  }

  /// Hands the spikes of the worker's cores to the network's arbiters.
  func collect(_ worker: TickWorker, _ count: Int, _ tick: Int) {
    guard let networks, let places = loaded.network?.places else { return }
    for i in 0..<worker.activeCount {
      let c = Int(worker.active[i])
      guard cores[c].hasTargets, places[c].part >= 0 else { continue }
      for s in 0..<count {
        let spikes = Int(views[slot(c, s)].spike_count)
        if spikes == 0 { continue }
        networks[s &* partCount &+ Int(places[c].part)]._withUnsafeGuaranteedRef {
          $0.collect(
            Int(places[c].slot), core: cores[c].index, tick, slots[slot(c, s)].spikes, spikes,
            samples[s].randomness)
        }
      }
    }
  }

  /// Moves the tick's events through all parts of the network.
  func transport(_ count: Int, _ tick: Int) {
    for part in 0..<partCount { transport(part: part, count, tick) }
  }

  /// Moves the tick's events through a part of the network, and hands those that got through to the
  /// ports, which no other part reaches.
  func transport(part: Int, _ count: Int, _ tick: Int) {
    guard let networks, let targets = loaded.network?.slots[part] else { return }
    for s in 0..<count {
      networks[s &* partCount &+ part]._withUnsafeGuaranteedRef { network in
        network.transport(tick)
        for arrival in network.arrivals {
          let target = Int(targets[Int(arrival.slot)])
          slots[slot(target, s)].port.send(pair: Int32(arrival.pair), at: arrival.time)
          attention[target] = 1
        }
      }
    }
  }

  /// Sends the spikes of a worker's cores on over an ideal network.
  func forward(_ worker: TickWorker, _ count: Int, _ tick: Int) {
    for i in 0..<worker.activeCount {
      let c = Int(worker.active[i])
      guard cores[c].hasTargets else { continue }
      for s in 0..<count { forward(c, s, tick) }
    }
  }

  private func forward(_ c: Int, _ s: Int, _ tick: Int) {
    let (core, spikes) = (cores + c, slots[slot(c, s)].spikes)
    for i in 0..<Int(views[slot(c, s)].spike_count) {
      let (column, phase) = (Int(spikes[i] >> 8), Int(spikes[i] & 255))
      let starts = core.pointee.starts + column
      if starts[0] == starts[1] { continue }
      let late = samples[s].randomness.spikeShift(
        core: core.pointee.index, column: column, tick: tick)
      send(starts, core.pointee.targets, s, at: (tick + 1 + late) << 6 + phase)
    }
  }
}
