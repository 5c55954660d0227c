import ChipInterface
import HardwareSpec

/// The learning engines of an analog image on the ideal chip: the same rules in real numbers.
final class IdealLearning: @unchecked Sendable {
  let engine: LearningEngine
  private let cores: [IdealCore]
  /// The blocks of each core in use, in the order of the engine's parts.
  private let blocks: [[PlasticBlock]]
  private let readsMembranes: [Bool]
  private let sensors: [LearningSensors?]
  /// Events (row pair << 8 | phase) and spikes (column << 8 | phase) of the tick, by core in use.
  private var events, spikes: [[UInt32]]

  /// Makes the engines of an image; nil where no core learns.
  init?(_ image: ChipImage, _ spec: ChipSpec, _ cores: [IdealCore]) throws(ChipError) {
    let sites = image.cores.enumerated().flatMap { slot, core in
      core.plasticBlocks.enumerated().map { position, block in
        LearningSite(
          core: slot, position: position, block: block, image: core, spec, isExact: true)
      }
    }
    guard
      let engine = try LearningEngine(image, spec, sites: sites, trialSeed: 0, .reference)
    else { return nil }
    (self.engine, self.cores) = (engine, cores)
    sensors = try engine.makeSensors(
      image, spec, draw: SensorDraw(chipSeed: 0, isOn: false), reference: false)
    events = image.cores.map { _ in [] }
    spikes = events
    blocks = image.cores.map(\.plasticBlocks)
    readsMembranes = engine.partsOfCore.map { $0.contains { $0.program.needsMembranes } }
  }

  /// Starts a sample.
  func start(sampleNumber: UInt64) {
    engine.start(sampleNumber: sampleNumber)
    for core in sensors.indices {
      sensors[core]?.start()
      events[core].removeAll(keepingCapacity: true)
      spikes[core].removeAll(keepingCapacity: true)
    }
  }

  /// Notes a core's events and spikes of the tick.
  func mark(
    _ core: Int, _ arriving: UnsafeBufferPointer<IdealEvents.Event>,
    _ fired: UnsafePointer<IdealCoreState.Spike>, _ firedCount: Int
  ) {
    if engine.partsOfCore[core].isEmpty { return }
    for event in arriving { events[core].append(UInt32(event.pair) << 8 | UInt32(event.phase)) }
    for i in 0..<firedCount { mark(core, column: fired[i].column, phase: fired[i].phase) }
  }

  /// Notes one spike of the tick.
  func mark(_ core: Int, column: Int, phase: Int) {
    spikes[core].append(UInt32(column) << 8 | UInt32(phase))
  }

  /// Shows the engines what was noted.
  private func show(_ core: Int, tick: Int) {
    let (pre, post) = (events[core], spikes[core])
    // The sensors take as many events a tick as a port lets in; an ideal chip has no port.
    for start in stride(from: 0, to: max(pre.count, 1), by: 128) {
      let some = Array(pre[start..<min(start + 128, pre.count)])
      sensors[core]?.observe(
        tick: tick, events: some, some.count, spikes: post, start == 0 ? post.count : 0)
    }
    for part in engine.partsOfCore[core] {
      part.markPost(post, post.count, shift: 8, tick: tick, engine.random)
      part.markPre(pre, pre.count, shift: 8, tick: tick, engine.random)
    }
    events[core].removeAll(keepingCapacity: true)
    spikes[core].removeAll(keepingCapacity: true)
  }

  /// Whether a core's membranes are converted at the end of a tick.
  func converts(_ core: Int, tick: Int) -> Bool {
    readsMembranes[core]
      && engine.partsOfCore[core].contains { engine.needsMembranes($0, tick: tick) }
  }

  /// The columns that rules of a core see.
  func ranges(_ core: Int) -> [CircuitRange] {
    blocks[core].map {
      CircuitRange(core: cores[core].core, firstColumn: $0.firstColumn, count: $0.columnCount)
    }
  }

  /// Takes the codes of some columns, for all rules that see them.
  func setMembranes(_ core: Int, _ range: CircuitRange, _ codes: UnsafePointer<UInt8>) {
    for (part, block) in zip(engine.partsOfCore[core], blocks[core])
    where part.program.needsMembranes && block.firstColumn == range.firstColumn
      && block.columnCount == range.count
    {
      for i in 0..<range.count {
        part.setMembrane(column: range.firstColumn + i, code: Int(codes[i]))
      }
    }
  }

  /// Ends the tick: marks, feedback, rules, and their weights into the cores; a cancelled run leaves
  /// the rest of the rules out.
  func endTick(_ tick: Int, _ cancellation: Cancellation?) {
    for core in blocks.indices { show(core, tick: tick) }
    engine.connect(tick: tick)
    for (core, blocks) in blocks.enumerated() where !blocks.isEmpty {
      if cancellation?.isCancelled == true { return }
      for (part, block) in zip(engine.partsOfCore[core], blocks) where part.endsEpoch(at: tick) {
        sensors[core]?.read(part)
        part.endEpoch(tick: tick, engine.random)
        for i in 0..<part.changedRowCount { write(Int(part.changedRows[i]), part, block, core) }
      }
    }
  }

  private func write(_ row: Int, _ part: LearningPart, _ block: PlasticBlock, _ core: Int) {
    guard let exact = part.synapses.exact else { return }
    let place = part.synapses.place(row: row, column: block.firstColumn)
    cores[core].write(
      learned: exact.weights + place, pair: block.firstPair + row,
      columns: block.firstColumn..<block.firstColumn + block.columnCount)
  }

  /// Takes over weights that were written; tags and delays stay.
  func write(_ block: WeightBlock) {
    for (core, blocks) in blocks.enumerated() where cores[core].core == block.core {
      for (part, plastic) in zip(engine.partsOfCore[core], blocks) {
        part.synapses.overwrite(with: block, in: plastic)
      }
    }
  }
}

extension PlasticSynapses {
  /// Takes over the weights of a block that a plastic one covers.
  func overwrite(with block: WeightBlock, in plastic: PlasticBlock) {
    for k in 0..<block.pairCount {
      for c in 0..<block.columnCount {
        let (pair, column) = (block.firstPair + k, block.firstColumn + c)
        guard plastic.contains(pair: pair, column: column) else { continue }
        let place = place(row: pair - plastic.firstPair, column: column)
        guard exists(at: place) else { continue }
        let weight = block.values.number(at: k * block.columnCount + c)
        if let exact {
          exact.weights[place] = weight
        } else {
          setWeight(Int16(weight), at: place)
        }
      }
    }
  }
}
