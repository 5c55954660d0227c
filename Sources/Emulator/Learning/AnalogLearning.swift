import CEmulatorKernels
import ChipInterface
import HardwareSpec

/// The learning engines of an analog image, and what ties them to circuits and synapse arrays.
final class AnalogLearning: @unchecked Sendable {
  let engine: LearningEngine
  /// Whether membranes are converted for a core's rules.
  let readsMembranes: [Bool]
  private let spec: ChipSpec
  private let cores: [CoreDevice]
  /// The blocks of each core in use, in the order of the engine's parts.
  private let blocks: [[PlasticBlock]]
  private let adcNoise: Int32
  /// Whether effective weights are written by the readable path, with all counts, at every epoch.
  private let usesReference: Bool
  /// How the parts' weights go to the effective ones, by number; nil where by the readable path.
  private var bakes: [synapus_bake?]
  /// The correlation sensors of each core whose rules read them.
  let sensors: [LearningSensors?]

  /// Makes the engines of an image; nil where no core learns.
  init?(
    _ image: ChipImage, _ spec: ChipSpec, _ cores: [CoreDevice], _ settings: EmulationSettings,
    _ kernel: CoreKernel
  ) throws(ChipError) {
    let sites = image.cores.enumerated().flatMap { slot, core in
      core.plasticBlocks.enumerated().map { position, block in
        var site = LearningSite(core: slot, position: position, block: block, image: core, spec)
        site.nonZero = cores[slot].synapses.nonZero + block.firstPair
        return site
      }
    }
    guard
      let engine = try LearningEngine(
        image, spec, sites: sites, trialSeed: settings.trialSeed, LearningKernel(kernel))
    else { return nil }
    if case .reference = kernel { usesReference = true } else { usesReference = false }
    (self.engine, self.spec, self.cores) = (engine, spec, cores)
    let draw = SensorDraw(
      chipSeed: settings.chipSeed, isOn: settings.effects.contains(.mismatch))
    sensors = try engine.makeSensors(image, spec, draw: draw, reference: usesReference)
    blocks = image.cores.map(\.plasticBlocks)
    readsMembranes = engine.partsOfCore.map { $0.contains { $0.program.needsMembranes } }
    let noise = spec.readout.noiseLSB * MembraneScale.countsPerCode
    adcNoise =
      settings.effects.contains(.adc)
      ? Int32((noise / HashNoise.standardDeviation).rounded()) : 0
    bakes = Array(repeating: nil, count: engine.parts.count)
    for (slot, core) in cores.enumerated() where !blocks[slot].isEmpty {
      core.synapses.prepareForWriting()
      // Pairs with weights of both signs become what the engine sees: the difference.
      for (part, block) in zip(engine.partsOfCore[slot], blocks[slot]) {
        for row in 0..<block.pairCount { store(row: row, part, block, core) }
        bakes[part.number] = core.synapses.learnedRows(
          firstPair: block.firstPair, firstColumn: block.firstColumn, count: block.columnCount,
          part.synapses.weights + part.synapses.place(row: 0, column: block.firstColumn),
          stride: part.synapses.lanes, keepsInhibition: !block.isSigned)
      }
      core.synapses.bakeLearned()
    }
  }

  /// Starts a sample.
  func start(sampleNumber: UInt64, draws: LearningDraws?) {
    engine.recordedDraws = draws
    engine.start(sampleNumber: sampleNumber)
    for sensors in sensors { sensors?.start() }
  }

  /// Whether a core has plastic synapses.
  func learns(_ core: Int) -> Bool { !blocks[core].isEmpty }

  /// Takes over weights that were written; tags and delays stay.
  func write(_ block: WeightBlock, core: Int) {
    for (part, plastic) in zip(engine.partsOfCore[core], blocks[core]) {
      part.synapses.overwrite(with: block, in: plastic)
    }
  }

  /// Shows a core's engine the tick's events and spikes, as the kernels list them.
  func mark(
    _ core: Int, tick: Int, events: UnsafePointer<UInt32>, _ eventCount: Int,
    spikes: UnsafePointer<UInt32>, _ spikeCount: Int
  ) {
    sensors[core]?.observe(tick: tick, events: events, eventCount, spikes: spikes, spikeCount)
    for part in engine.partsOfCore[core] {
      part.markPost(spikes, spikeCount, shift: 8, tick: tick, engine.random)
      part.markPre(events, eventCount, shift: 8, tick: tick, engine.random)
    }
  }

  /// Whether a core's membranes are converted at the end of a tick.
  func converts(_ core: Int, tick: Int) -> Bool {
    readsMembranes[core]
      && engine.partsOfCore[core].contains { engine.needsMembranes($0, tick: tick) }
  }

  /// Converts the membranes that rules of a core read; returns how many.
  func convert(
    _ core: Int, tick: Int, _ state: UnsafePointer<Int32>, _ random: TrialRandomness,
    codes: UnsafeMutablePointer<UInt8>
  ) -> Int {
    let device = cores[core]
    let key = random.adcKey(core: device.core.index, tick: tick)
    var converted = 0
    for (part, block) in zip(engine.partsOfCore[core], blocks[core])
    where engine.needsMembranes(part, tick: tick) {
      _ = synapus_adc_convert(
        state, device.adcOffsets, device.adcSlopes, Int32(block.firstColumn),
        Int32(block.columnCount), adcNoise, key, Int32(spec.readout.largestCode), codes)
      for i in 0..<block.columnCount {
        part.setMembrane(column: block.firstColumn + i, code: Int(codes[i]))
      }
      converted += block.columnCount
    }
    return converted
  }

  /// A core's part of a tick's end: rules, and their weights into the synapse array.
  func endTick(_ core: Int, tick: Int) {
    for (part, block) in zip(engine.partsOfCore[core], blocks[core])
    where part.endsEpoch(at: tick) {
      sensors[core]?.read(part)
      part.endEpoch(tick: tick, engine.random)
      bake(part, block, cores[core])
    }
  }

  /// Brings the rows that changed to the effective weights.
  private func bake(_ part: LearningPart, _ block: PlasticBlock, _ core: CoreDevice) {
    if part.changedRowCount == 0 { return }
    if case .vector(_, _, let bake) = part.kernel, engine.recordedDraws == nil,
      var rows = bakes[part.number]
    {
      (rows.rows, rows.row_count) = (
        UnsafePointer(part.changedRows), Int32(part.changedRowCount)
      )
      return bake(&rows)
    }
    for i in 0..<part.changedRowCount {
      store(row: Int(part.changedRows[i]), part, block, core)
    }
    core.synapses.bakeLearned()
  }

  /// Stores in the synapse arrays what a sample has learned, cancelled or not: until then only the
  /// effective weights follow the engine.
  func endSample() {
    if usesReference { return }
    for (core, device) in cores.enumerated() {
      for (part, block) in zip(engine.partsOfCore[core], blocks[core]) {
        for row in 0..<block.pairCount where device.synapses.isStale(block.firstPair + row) {
          store(row: row, part, block, device)
        }
      }
      device.synapses.bakeLearned()
    }
  }

  /// Stores a row's weights in the synapse array.
  private func store(
    row: Int, _ part: LearningPart, _ block: PlasticBlock, _ core: CoreDevice
  ) {
    core.synapses.storeLearned(
      pair: block.firstPair + row, firstColumn: block.firstColumn,
      part.synapses.weights + part.synapses.place(row: row, column: block.firstColumn),
      count: block.columnCount, keepsInhibition: !block.isSigned)
  }
}

extension PlasticSynapses {
  /// What a synapse stores under a register's name.
  func number(_ register: RegisterProbe.Register, at place: Int) -> Double {
    switch register {
    case .tag: return exact?.tags[place] ?? Double(tags[place])
    case .delay: return exact?.delays[place] ?? Double(delays[place])
    default: return exact?.weights[place] ?? Double(weights[place])
    }
  }
}

extension PlasticBlock {
  func contains(pair: Int, column: Int) -> Bool {
    pair >= firstPair && pair < firstPair + pairCount && column >= firstColumn
      && column < firstColumn + columnCount
  }
}

extension LearningSite {
  /// A block of an analog core with the image's weights: w = excitatory − inhibitory.
  init(
    core: Int, position: Int, block: PlasticBlock, image: CoreImage, _ spec: ChipSpec,
    isExact: Bool = false
  ) {
    let columns = block.firstColumn..<block.firstColumn + block.columnCount
    let synapses = PlasticSynapses(
      firstAxon: block.firstPair, axonCount: block.pairCount, columns: columns,
      program: block.program, isExact: isExact)
    let width = spec.geometry.circuitsPerCore
    for row in 0..<block.pairCount {
      let pair = block.firstPair + row
      for column in columns {
        let excitation = Int16(image.weights[2 * pair * width + column])
        let inhibition = block.isSigned ? Int16(image.weights[(2 * pair + 1) * width + column]) : 0
        synapses.put(row: row, column: column, weight: excitation - inhibition)
      }
    }
    let largest = Int32(spec.synapse.largestWeight)
    self.init(
      core: core, position: position, synapses: synapses,
      weights: (block.isSigned ? -largest : 0)...largest, columns: columns,
      membraneCentres: block.membraneCentres)
  }
}
