import ChipInterface
import HardwareSpec

/// Reads the crossbar cores of a register file.
struct CrossbarReader {
  private let section: SectionReader

  init(_ file: SectionReader) {
    section = file.section("crossbar", keys: ["cores", "inputs", "routes"])
  }

  func network() -> CrossbarNetwork {
    let cores = section.sections("cores", keys: Self.coreKeys).map(core)
    if !section.has("cores") { _ = section.value("cores") }
    let inputs = section.entries("inputs").map { node in
      section.list(node, "inputs").map { pair in
        axon(section.row(pair, section.name("inputs"), 0...65_535, columns: 2...2))
      }
    }
    let routes = section.entries("routes").map { node in
      let row = section.row(node, section.name("routes"), 0...65_535, columns: 4...5)
      return CrossbarNetwork.Route(
        core: row.first ?? 0, neuron: row.dropFirst().first ?? 0,
        target: axon(Array(row.dropFirst(2))), delay: row.count > 4 ? row[4] : 0)
    }
    return CrossbarNetwork(cores: cores, inputs: inputs, routes: routes)
  }

  private func axon(_ row: [Int]) -> CrossbarNetwork.Axon {
    CrossbarNetwork.Axon(core: row.first ?? 0, axon: row.dropFirst().first ?? 0)
  }

  private static let coreKeys =
    ["seed", "axon_types", "neurons", "synapses"] + CrossbarRegisters.keys

  private func core(_ section: SectionReader) -> CrossbarCore {
    let types = section.entries("axon_types").map { node in
      section.number(node, section.name("axon_types"), 0...255)
    }
    if !section.has("axon_types") { _ = section.value("axon_types") }
    let count = section.integer("neurons", 1...65_536)
    let registers = CrossbarRegisters(section, count: section.isFaultless ? count : 1)
    let synapses = section.table(
      "synapses", 0...65_535, rows: types.count, columns: 0...max(count, 0))
    return CrossbarCore(
      axonTypes: types.map { UInt8($0) }, neurons: (0..<registers.count).map(registers.neuron),
      synapses: synapses.map { $0.map { UInt16($0) } },
      seed: UInt32(section.integer("seed", 0...Int(UInt32.max), absent: 0)))
  }
}

/// The registers of a crossbar core's neurons.
private struct CrossbarRegisters {
  static let keys = [
    "weights", "stochastic", "leak", "leak_stochastic", "leak_reverses", "threshold",
    "negative_threshold", "threshold_mask", "reset_potential", "reset", "saturates_below",
    "initial_potential",
  ]
  let count: Int
  private let weights: [[Int]], stochastic: [[Int]]
  private let leak, threshold, negativeThreshold, mask, resetPotential, initial: [Int]
  private let leakIsStochastic, leakReverses, saturates: [Bool]
  private let resets: [CrossbarNeuron.Reset]

  init(_ section: SectionReader, count: Int) {
    self.count = count
    func values(_ key: String, _ range: ClosedRange<Int>) -> [Int] {
      section.values(key, range, count: count, absent: 0)
    }
    weights = section.rows("weights", -512...511, count: count)
    stochastic = section.rows("stochastic", 0...1, count: count)
    leak = values("leak", -512...511)
    threshold = values("threshold", 0...1 << 24)
    negativeThreshold = values("negative_threshold", 0...1 << 24)
    mask = values("threshold_mask", 0...1 << 24)
    resetPotential = values("reset_potential", -(1 << 24)...1 << 24)
    initial = values("initial_potential", -(1 << 24)...1 << 24)
    leakIsStochastic = section.flags("leak_stochastic", count: count, absent: false)
    leakReverses = section.flags("leak_reverses", count: count, absent: false)
    saturates = section.flags("saturates_below", count: count, absent: true)
    resets = section.resets("reset", count: count)
  }

  func neuron(_ i: Int) -> CrossbarNeuron {
    var neuron = CrossbarNeuron(
      weights: weights[i].map { Int16($0) }, leak: Int16(leak[i]), threshold: Int32(threshold[i]),
      negativeThreshold: Int32(negativeThreshold[i]))
    neuron.isStochastic = weights[i].indices.map { k in
      stochastic[i].indices.contains(k) && stochastic[i][k] == 1
    }
    (neuron.leakIsStochastic, neuron.leakReverses) = (leakIsStochastic[i], leakReverses[i])
    neuron.thresholdMask = Int32(mask[i])
    (neuron.resetPotential, neuron.reset) = (Int32(resetPotential[i]), resets[i])
    (neuron.saturatesBelow, neuron.initialPotential) = (saturates[i], Int32(initial[i]))
    return neuron
  }
}

extension SectionReader {
  /// Four numbers for all neurons, or rows of four, one a neuron; zeros where the key is missing.
  fileprivate func rows(_ key: String, _ range: ClosedRange<Int>, count: Int) -> [[Int]] {
    let zeros = Array(repeating: [0, 0, 0, 0], count: count)
    let list = entries(key)
    guard let first = list.first else { return zeros }
    if case .scalar = first, let node = value(key) {
      return Array(repeating: padded(row(node, name(key), range, columns: 4...4)), count: count)
    }
    let found = table(key, range, rows: count, columns: 4...4).map(padded)
    return found.count == count ? found : zeros
  }

  private func padded(_ row: [Int]) -> [Int] { row.count == 4 ? row : [0, 0, 0, 0] }

  /// A kind of reset for all neurons, or one each.
  fileprivate func resets(_ key: String, count: Int) -> [CrossbarNeuron.Reset] {
    let kinds: [String: CrossbarNeuron.Reset] = [
      "normal": .normal, "linear": .linear, "none": .none,
    ]
    guard has(key), let node = value(key) else { return Array(repeating: .normal, count: count) }
    let words: [String?]
    if case .sequence(let sequence) = node {
      words = sequence.map(\.string)
    } else {
      words = Array(repeating: node.string, count: count)
    }
    let found = words.compactMap { $0.flatMap { kinds[$0] } }
    if found.count == count, words.count == count { return found }
    faults.add(
      node, "'\(name(key))' must be normal, linear or none, or a list of \(count) of them")
    return Array(repeating: .normal, count: count)
  }
}
