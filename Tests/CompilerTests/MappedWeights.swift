import ChipInterface
import Compiler
import HardwareSpec

/// What an image's routes and weights make of a network: the weight, in steps, that an event of
/// each sender gives each neuron, at each delay.
///
/// Shares no code with the compiler: it follows routes to row pairs, adds up the excitatory and
/// inhibitory weights there, and collects joined circuits by the image's groups.
struct MappedWeights {
  /// One sender, receiver and delay; the sender is a channel, or a unit of the recording.
  struct Key: Hashable {
    var isInput: Bool
    var sender, receiver, delay: Int
  }

  private(set) var steps: [Key: Int] = [:]

  init(_ image: ChipImage, on spec: ChipSpec, defects: DefectList = .none) {
    let unitOf = Self.units(image, spec)
    let cores = Dictionary(uniqueKeysWithValues: image.cores.map { ($0.core, $0) })
    let broken = Self.broken(defects)
    let width = spec.geometry.circuitsPerCore
    func follow(_ targets: [RowPairOnChip], isInput: Bool, _ sender: Int, _ delay: Int) {
      for target in targets {
        guard let core = cores[target.core] else { continue }
        for row in [2 * target.pair, 2 * target.pair + 1] {
          for column in 0..<core.circuits.count {
            let weight = Int(core.weights[row * width + column])
            guard weight != 0, let unit = unitOf[[target.core.index, column]],
              !broken.contains([target.core.index, row, column]),
              !broken.contains([target.core.index, row, -1])
            else { continue }
            let key = Key(isInput: isInput, sender: sender, receiver: unit, delay: delay)
            steps[key, default: 0] += row % 2 == 0 ? weight : -weight
          }
        }
      }
    }
    for (channel, targets) in image.inputRoutes.enumerated() {
      follow(targets, isInput: true, channel, 0)
    }
    for route in image.delayedInputs {
      follow(route.targets, isInput: true, route.channel, Int(route.delayTicks))
    }
    for route in image.spikeRoutes {
      guard let unit = unitOf[[route.source.core.index, route.source.column]] else { continue }
      follow(route.targets, isInput: false, unit, Int(route.delayTicks))
    }
    steps = steps.filter { $0.value != 0 }
  }

  /// The unit of each circuit: its neuron's, for every member of a joined membrane.
  private static func units(_ image: ChipImage, _ spec: ChipSpec) -> [[Int]: Int] {
    var units: [[Int]: Int] = [:]
    var next = 0
    for range in image.io.populations.flatMap(\.ranges) {
      for column in range.firstColumn..<range.firstColumn + range.count {
        units[[range.core.index, column]] = next
        next += 1
      }
    }
    for group in image.groups {
      let own = group.members.compactMap { units[[$0.core.index, $0.column]] }.first
      for member in group.members { units[[member.core.index, member.column]] = own }
    }
    return units
  }

  /// Synapses [core, row, column] and rows [core, row, -1] that give no charge.
  private static func broken(_ defects: DefectList) -> Set<[Int]> {
    Set(
      defects.synapses.map { [$0.core.index, $0.row, $0.column] }
        + defects.rows.map { [$0.core.index, $0.row, -1] })
  }
}
