import ChipInterface
import HardwareSpec

/// An image on the ideal chip.
final class IdealImage: @unchecked Sendable {
  let image: ChipImage
  let spec: ChipSpec
  let cores: [IdealCore]
  let inputRoutes: RouteTable
  let spikeRoutes: [RouteTable]
  let units: [[Int32]]

  init(_ image: ChipImage, _ spec: ChipSpec) {
    (self.image, self.spec) = (image, spec)
    cores = image.cores.map { IdealCore($0, spec) }
    inputRoutes = .inputs(image, spec)
    spikeRoutes = image.cores.map { .spikes(of: $0, image, spec) }
    units = image.cores.map { image.io.units(on: $0.core, columns: spec.geometry.circuitsPerCore) }
  }
}

/// Runs samples on the ideal chip, one after the other, on one thread.
final class IdealRunner {
  private let loaded: IdealImage
  private let states: [IdealCoreState]
  /// Events of future ticks, by core in use and tick of arrival.
  private var arrivals: [[[IdealCoreState.Event]]]
  private let horizon: Int

  init(_ loaded: IdealImage) {
    self.loaded = loaded
    states = loaded.cores.map(IdealCoreState.init)
    let longest = max(
      loaded.inputRoutes.longestLatency, loaded.spikeRoutes.map(\.longestLatency).max() ?? 0)
    horizon = longest / 64 + 3
    arrivals = loaded.cores.map { _ in Array(repeating: [], count: longest / 64 + 3) }
  }

  func run(
    _ sample: Int, of experiment: Experiment, _ output: RunOutput, _ cancellation: Cancellation?
  ) throws(ChipError) -> SampleRecord {
    for state in states { state.reset() }
    for c in arrivals.indices {
      for t in 0..<horizon { arrivals[c][t].removeAll(keepingCapacity: true) }
    }
    var record = SampleRecord()
    let cyclesPerTick = loaded.spec.time.cyclesPerTick
    let range = experiment.inputs.range(ofSample: sample)
    var next = range.lowerBound
    for tick in 0..<experiment.durationTicks {
      if tick & 255 == 255, cancellation?.isCancelled == true { throw .cancelled }
      while next < range.upperBound,
        Int(experiment.inputs.cycles[next]) < (tick + 1) * cyclesPerTick
      {
        let phase =
          (Int(experiment.inputs.cycles[next]) - tick * cyclesPerTick) * 64 / cyclesPerTick
        send(loaded.inputRoutes, Int(experiment.inputs.units[next]), at: (tick + 1) << 6 + phase)
        next += 1
      }
      step(tick, experiment, &record)
      readOut(sample, tick, experiment, output, &record)
    }
    record.counters.ticks = experiment.durationTicks
    record.counters.inputEvents = range.count
    record.counters.unfinished = arrivals.reduce(0) { $0 + $1.reduce(0) { $0 + $1.count } }
    return record
  }

  private func send(_ routes: RouteTable, _ source: Int, at time: Int) {
    for i in Int(routes.starts[source])..<Int(routes.starts[source + 1]) {
      let target = routes.targets[i]
      let arrival = time + Int(target.latency)
      arrivals[Int(target.slot)][(arrival >> 6) % horizon].append(
        .init(pair: Int(target.pair), phase: arrival & 63))
    }
  }

  private func step(_ tick: Int, _ experiment: Experiment, _ record: inout SampleRecord) {
    var spikes: [(core: Int, column: Int, phase: Int)] = []
    for (c, state) in states.enumerated() {
      let events = arrivals[c][tick % horizon]
      record.counters.rowEvents += events.count
      for event in events {
        record.counters.synapticEvents += loaded.cores[c].nonZero[event.pair]
      }
      state.step(events) { column, phase in spikes.append((c, column, phase)) }
      arrivals[c][tick % horizon].removeAll(keepingCapacity: true)
    }
    let (cyclesPerTick, keep) = (loaded.spec.time.cyclesPerTick, experiment.recorded.spikes)
    for spike in spikes {
      record.counters.spikes += 1
      let unit = loaded.units[spike.core][spike.column]
      if keep, unit >= 0 {
        record.cycles.append(UInt32(tick * cyclesPerTick + spike.phase * cyclesPerTick / 64))
        record.units.append(UInt32(unit))
      }
      send(loaded.spikeRoutes[spike.core], spike.column, at: (tick + 1) << 6 + spike.phase)
    }
  }

  private func readOut(
    _ sample: Int, _ tick: Int, _ experiment: Experiment, _ output: RunOutput,
    _ record: inout SampleRecord
  ) {
    let readout = loaded.spec.readout
    let every = experiment.recorded.adcEvery
    if output.adcColumns > 0, (tick + 1) % every == 0 {
      for part in output.adcParts {
        for k in 0..<part.range.count {
          let volts = states[part.slot].membrane[part.range.firstColumn + k]
          let code = Int(((volts - readout.zeroVolts) / readout.lsbVolts + 0.5).rounded(.down))
          let clipped = min(max(code, 0), readout.largestCode)
          if clipped != code { record.counters.adcClipped += 1 }
          output.setCode(
            sample: sample, time: tick / every, column: part.column + k, UInt8(clipped))
        }
      }
    }
    for (i, traced) in output.traced.enumerated() {
      let volts = states[traced.slot].membrane[traced.column]
      output.setTrace(sample: sample, tick: tick, circuit: i, volts: volts)
    }
  }
}
