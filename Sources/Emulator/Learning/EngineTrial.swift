import ChipInterface
import FirmwareModels
import HardwareSpec

/// One part of a learning engine without a core around it: spikes are given by hand.
///
/// For tests of rules and kernels.
package final class EngineTrial {
  private let part: LearningPart
  private let random: LearningRandomness
  private var tick = 0

  /// Makes a part of so many rows and columns; `synapse` gives weight, delay and tag, nil: none.
  package init(
    _ program: LearningProgram, _ products: [LearningProduct], _ spec: LearningSpec, rows: Int,
    columns: Int, weights: ClosedRange<Int>,
    kernel: EmulationSettings.Kernel = .reference, seed: UInt64 = 0, draws: LearningDraws? = nil,
    synapse: (Int, Int) -> (weight: Int, delay: Int, tag: Int)?
  ) {
    let synapses = PlasticSynapses(
      firstAxon: 0, axonCount: rows, columns: 0..<columns, program: 0)
    for row in 0..<rows {
      for column in 0..<columns {
        guard let (weight, delay, tag) = synapse(row, column) else { continue }
        synapses.put(
          row: row, column: column, weight: Int16(weight), tag: Int16(tag), delay: UInt8(delay))
      }
    }
    let site = LearningSite(
      core: 0, position: 0, synapses: synapses,
      weights: Int32(weights.lowerBound)...Int32(weights.upperBound), columns: 0..<columns)
    part = LearningPart(
      site, EngineProgram(program, products, spec), number: 0,
      LearningKernel(CoreKernel(kernel) ?? .reference))
    random = LearningRandomness(trialSeed: seed, sample: 0, recorded: draws)
    part.start()
  }

  /// One tick: spikes of columns, events of rows, graded events by column, membrane codes.
  package func step(
    pre: [Int] = [], post: [Int] = [],
    graded: [(channel: GradedEvents.Channel, column: Int, value: Int)] = [], membranes: [Int] = []
  ) {
    part.markPost(post.map(UInt32.init), post.count, shift: 0, tick: tick, random)
    part.markPre(pre.map(UInt32.init), pre.count, shift: 0, tick: tick, random)
    for event in graded {
      if event.channel == .reward { part.addReward(Int16(event.value)) }
      part.graded(event.channel, column: event.column, value: Int16(event.value))
    }
    for (column, code) in membranes.enumerated() { part.setMembrane(column: column, code: code) }
    if part.endsEpoch(at: tick) { part.endEpoch(tick: tick, random) }
    tick += 1
  }

  /// A number that a synapse stores; 0 where there is none.
  package func number(_ register: RegisterProbe.Register, row: Int, column: Int) -> Double {
    part.synapses.number(register, at: part.synapses.place(row: row, column: column))
  }

  /// A register of the part.
  package func registers(_ register: RegisterProbe.Register) -> [Double] {
    let count = part.width(of: register)
    return [Double](unsafeUninitializedCapacity: count) { values, filled in
      if let base = values.baseAddress { part.read(register, into: base) }
      filled = count
    }
  }

  /// Weights that changed, and that would have left their range.
  package var counts: (updates: Int, saturated: Int) {
    (part.weightUpdates, part.weightsSaturated)
  }
}
