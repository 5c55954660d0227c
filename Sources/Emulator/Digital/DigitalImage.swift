import ChipInterface
import HardwareSpec

/// An image on a digital chip: everything that a run needs and, but for learning, does not change.
final class DigitalImage: @unchecked Sendable {
  /// The circuits of one core.
  enum Core {
    case currentBased(CurrentBasedTables)
    case crossbar(CrossbarTables)
  }

  let image: ChipImage
  let spec: ChipSpec
  let cores: [Core]
  let parts: [DigitalPart]
  /// For each core in use, its parts.
  let partsOfCore: [Range<Int>]
  /// For each core in use, the recorded unit of each column, or −1.
  let units: [[Int32]]
  /// What delayed inputs make of an experiment; nil where there are none.
  let playback: InputPlayback?
  /// Whether weights are learned as real numbers.
  let isExact: Bool

  /// Takes over an image that was checked against the chip, and what an image of the same
  /// synapses has learned.
  init(
    _ image: ChipImage, _ spec: ChipSpec, _ digital: DigitalSpec, isExact: Bool,
    after previous: DigitalImage? = nil
  ) {
    (self.image, self.spec, self.isExact) = (image, spec, isExact)
    cores = image.cores.enumerated().map { c, core in
      switch core.digital {
      case .crossbar(let crossbar): return .crossbar(CrossbarTables(crossbar, digital))
      case .currentBased(let core):
        return .currentBased(
          CurrentBasedTables(
            core, spec, digital, isExact: isExact, after: previous?.tables(ofCore: c)))
      case nil:
        let none = CurrentBasedCore(neurons: [], projections: [])
        return .currentBased(CurrentBasedTables(none, spec, digital, isExact: isExact))
      }
    }
    units = image.recordedUnits(columns: \.neuronCount)
    playback = InputPlayback(image, cyclesPerTick: spec.time.cyclesPerTick)
    (parts, partsOfCore) = DigitalPart.all(of: cores, delays: AxonDelays(image))
  }

  private func tables(ofCore core: Int) -> CurrentBasedTables? {
    if case .currentBased(let tables) = cores[core] { return tables }
    return nil
  }

  /// About how long one thread takes for a step in which 2 % of the axons have an event.
  var expectedNanoseconds: Double {
    let neurons = image.cores.reduce(0) { $0 + $1.neuronCount }
    let rows = parts.reduce(0.0) { sum, part in
      let lanes = Double(part.axons.count * (part.synapses?.lanes ?? 256))
      return sum + lanes * (part.synapses?.plastic == nil ? 0.02 * 0.02 : 0.05)
    }
    return 0.2 * Double(neurons) + rows
  }

  /// Whether any synapse learns.
  var learns: Bool { parts.contains { $0.synapses?.plastic != nil } }
  /// Whether any neuron sends spikes of −1.
  var isTernary: Bool {
    cores.contains {
      if case .currentBased(let tables) = $0 { return tables.isTernary }
      return false
    }
  }
}

/// What hears the events of a range of axons on one core: a projection, or a crossbar.
struct DigitalPart {
  /// Position of the core among the cores in use.
  let core: Int
  /// Position of the projection on the core.
  let position: Int
  let axons: Range<Int>
  /// The projection's synapses; nil for a crossbar.
  let synapses: DigitalSynapses?
  /// The axonal delays with which events come, ascending; each has a list of events of its own.
  let delays: [Int]
  /// The first of the part's lists.
  let firstList: Int
  /// Synapses that an event at each axon passes; none where they are counted as events pass.
  let nonZero: [UInt32]

  /// Steps ahead that the part can be driven.
  var slots: Int { (synapses?.longestDelay ?? 0) + (delays.last ?? 0) + 1 }

  /// The parts of all cores, and those of each core.
  static func all(
    of cores: [DigitalImage.Core], delays: AxonDelays
  ) -> (parts: [DigitalPart], ofCore: [Range<Int>]) {
    var parts: [DigitalPart] = []
    var ofCore: [Range<Int>] = []
    var lists = 0
    func add(
      _ core: Int, _ position: Int, _ axons: Range<Int>, _ synapses: DigitalSynapses?,
      _ nonZero: [UInt32]
    ) {
      let delays = delays.delays(core: core, axons)
      parts.append(
        DigitalPart(
          core: core, position: position, axons: axons, synapses: synapses, delays: delays,
          firstList: lists, nonZero: nonZero))
      lists += delays.count
    }
    for (c, core) in cores.enumerated() {
      let first = parts.count
      switch core {
      case .crossbar(let tables): add(c, 0, 0..<tables.core.axonTypes.count, nil, [])
      case .currentBased(let tables):
        for (p, synapses) in tables.synapses.enumerated() {
          let axons = synapses.projection.firstAxon
          add(
            c, p, axons..<axons + synapses.projection.axonCount, synapses, synapses.nonZero)
        }
      }
      ofCore.append(first..<parts.count)
    }
    return (parts, ofCore)
  }
}

/// The delays with which events reach the axons of each core.
struct AxonDelays {
  private var byAxon: [[Int: Set<Int>]]

  init(_ image: ChipImage) {
    let slots = image.slots
    byAxon = Array(repeating: [:], count: image.cores.count)
    for route in image.spikeRoutes where route.delayTicks > 0 {
      for target in route.targets {
        if let core = slots[target.core] {
          byAxon[core][target.pair, default: []].insert(Int(route.delayTicks))
        }
      }
    }
  }

  /// The delays of some axons, ascending; always with 0, which inputs have.
  func delays(core: Int, _ axons: Range<Int>) -> [Int] {
    var delays: Set<Int> = [0]
    for (axon, those) in byAxon[core] where axons.contains(axon) { delays.formUnion(those) }
    return delays.sorted()
  }
}
