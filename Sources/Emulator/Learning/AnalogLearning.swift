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

  /// Makes the engines of an image; nil where no core learns.
  init?(
    _ image: ChipImage, _ spec: ChipSpec, _ cores: [CoreDevice], _ settings: EmulationSettings
  ) throws(ChipError) {
    let sites = image.cores.enumerated().flatMap { slot, core in
      core.plasticBlocks.enumerated().map { position, block in
        LearningSite(core: slot, position: position, block: block, image: core, spec)
      }
    }
    guard
      let engine = try LearningEngine(image, spec, sites: sites, trialSeed: settings.trialSeed)
    else { return nil }
    (self.engine, self.spec, self.cores) = (engine, spec, cores)
    blocks = image.cores.map(\.plasticBlocks)
    readsMembranes = engine.partsOfCore.map { $0.contains { $0.program.needsMembranes } }
    let noise = spec.readout.noiseLSB * MembraneScale.countsPerCode
    adcNoise =
      settings.effects.contains(.adc)
      ? Int32((noise / HashNoise.standardDeviation).rounded()) : 0
    for (slot, core) in cores.enumerated() where !blocks[slot].isEmpty {
      core.synapses.prepareForWriting()
    }
  }

  /// Whether a core has plastic synapses.
  func learns(_ core: Int) -> Bool { !blocks[core].isEmpty }

  /// Takes over weights that were written; tags and delays stay.
  func write(_ block: WeightBlock, core: Int) {
    guard case .steps(let steps) = block.values else { return }
    for (part, plastic) in zip(engine.partsOfCore[core], blocks[core]) {
      for k in 0..<block.pairCount {
        for c in 0..<block.columnCount {
          let (pair, column) = (block.firstPair + k, block.firstColumn + c)
          guard plastic.contains(pair: pair, column: column) else { continue }
          let place = part.synapses.place(row: pair - plastic.firstPair, column: column)
          let weight = Int16(steps[k * block.columnCount + c])
          if part.synapses.exists(at: place) { part.synapses.setWeight(weight, at: place) }
        }
      }
    }
  }

  /// Shows a core's engine the tick's events and spikes, as the kernels list them.
  func mark(
    _ core: Int, tick: Int, events: UnsafePointer<UInt32>, _ eventCount: Int,
    spikes: UnsafePointer<UInt32>, _ spikeCount: Int
  ) {
    for part in engine.partsOfCore[core] {
      for i in 0..<spikeCount { part.post(column: Int(spikes[i] >> 8), tick: tick, engine.random) }
      for i in 0..<eventCount { part.pre(axon: Int(events[i] >> 8), tick: tick, engine.random) }
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
      part.endEpoch(tick: tick, engine.random)
      for i in 0..<part.changedRowCount {
        let row = Int(part.changedRows[i])
        let weights =
          part.synapses.weights + part.synapses.place(row: row, column: block.firstColumn)
        cores[core].synapses.writeSigned(
          pair: block.firstPair + row, firstColumn: block.firstColumn, weights,
          count: block.columnCount, keepsInhibition: !block.isSigned)
      }
    }
  }

  /// Reads a register into a recording.
  func read(_ probe: RegisterProbe, into values: UnsafeMutablePointer<Double>) {
    switch probe.register {
    case .weight, .tag, .delay:
      let (part, block) = (
        engine.partsOfCore[probe.core][probe.part], blocks[probe.core][probe.part]
      )
      for row in 0..<block.pairCount {
        for c in 0..<block.columnCount {
          let place = part.synapses.place(row: row, column: block.firstColumn + c)
          values[row * block.columnCount + c] = part.synapses.number(probe.register, at: place)
        }
      }
    default: engine.read(probe.register, core: probe.core, part: probe.part, into: values)
    }
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
  init(core: Int, position: Int, block: PlasticBlock, image: CoreImage, _ spec: ChipSpec) {
    let columns = block.firstColumn..<block.firstColumn + block.columnCount
    let synapses = PlasticSynapses(
      firstAxon: block.firstPair, axonCount: block.pairCount, columns: columns,
      program: block.program)
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
