import CEmulatorKernels
import ChipInterface
import HardwareSpec

/// The synapses of one projection as the runner adds them up.
///
/// Rows of one axon each where an axon reaches a good part of the neurons between the first and
/// the last that any axon reaches; lists of synapses where it does not, or where synapses have
/// delays of their own.
final class DigitalSynapses: @unchecked Sendable {
  /// How synapses are stored.
  enum Storage {
    /// Dense rows of weights, divided by a power of two, as 8 or 16 bits.
    case rows8(synapus_digital_rows), rows16(synapus_digital_rows)
    /// Lists of synapses, perhaps with delays.
    case lists(synapus_digital_sparse)
    /// Rows that a learning engine changes.
    case plastic(PlasticSynapses, synapus_digital_rows)
  }

  /// An axon's list costs a kernel about as much time as a row of so many lanes a synapse.
  private static let lanesPerSynapse = 24

  let projection: DigitalProjection
  let storage: Storage
  /// The first lane that sums cover, and how many: a multiple of 64.
  let firstLane, lanes: Int
  /// Whether synapses have delays that act.
  let isDelayed: Bool
  /// The longest delay of a synapse that acts.
  let longestDelay: Int
  /// Synapses that are not 0, by axon from the first; 0 where they are counted as they pass.
  let nonZero: [UInt32]
  private let memory: [UnsafeMutableRawPointer]

  init(_ projection: DigitalProjection, _ spec: ChipSpec, isExact: Bool) {
    self.projection = projection
    let lowest = Int(projection.targets.min() ?? 0) / 64 * 64
    let highest = Int(projection.targets.max() ?? 0)
    (firstLane, lanes) = (lowest, (highest - lowest) / 64 * 64 + 64)
    let plastic = projection.program.map {
      PlasticSynapses(projection, program: $0, isExact: isExact)
    }
    // A rule may give a synapse a delay that it does not have yet.
    isDelayed =
      projection.delayActs && !projection.delays.isEmpty
      && (plastic != nil || projection.delays.contains { $0 > 0 })
    longestDelay =
      !isDelayed
      ? 0 : plastic != nil ? spec.digital?.longestDelay ?? 0 : Int(projection.delays.max() ?? 0)
    nonZero = (0..<projection.axonCount).map { row in
      plastic != nil ? 0 : UInt32(projection.weights(ofRow: row).count { $0 != 0 })
    }
    if let plastic {
      storage = .plastic(plastic, Self.view(of: plastic))
      memory = []
    } else if isDelayed
      || projection.targets.count * Self.lanesPerSynapse < projection.axonCount * lanes
    {
      let lists = Lists(projection, hasDelays: isDelayed)
      (storage, memory) = (.lists(lists.view), lists.memory)
    } else {
      let rows = Rows(projection, firstLane: firstLane, lanes: lanes)
      storage = rows.isNarrow ? .rows8(rows.view) : .rows16(rows.view)
      memory = [rows.memory]
    }
  }

  deinit { for memory in memory { memory.deallocate() } }

  /// The plastic rows; nil where the projection does not learn.
  var plastic: PlasticSynapses? {
    if case .plastic(let synapses, _) = storage { return synapses }
    return nil
  }

  private static func view(of plastic: PlasticSynapses) -> synapus_digital_rows {
    synapus_digital_rows(
      rows: plastic.weights, first_axon: Int32(plastic.firstAxon), lanes: Int32(plastic.lanes),
      shift: 0, group: 1)
  }
}

extension DigitalProjection {
  /// The weights of one axon's synapses.
  func weights(ofRow row: Int) -> ArraySlice<Int16> {
    weights[Int(starts[row])..<Int(starts[row + 1])]
  }
}

/// Weights as dense rows: divided by the power of two that all have, and narrow where that fits.
private struct Rows {
  let memory: UnsafeMutableRawPointer
  let isNarrow: Bool
  let view: synapus_digital_rows

  init(_ projection: DigitalProjection, firstLane: Int, lanes: Int) {
    let bits = projection.weights.reduce(0) { $0 | $1 }
    let shift = bits == 0 ? 0 : bits.trailingZeroBitCount
    let stored = projection.weights.map { $0 >> Int16(shift) }
    let largest = stored.map { abs(Int($0)) }.max() ?? 0
    isNarrow = largest <= 127
    let count = projection.axonCount * lanes
    func fill<Weight: FixedWidthInteger>(_: Weight.Type) -> UnsafeMutableRawPointer {
      let rows = UnsafeMutablePointer<Weight>.allocateAligned(count)
      for row in 0..<projection.axonCount {
        for s in Int(projection.starts[row])..<Int(projection.starts[row + 1]) {
          rows[row * lanes + Int(projection.targets[s]) - firstLane] =
            Weight(truncatingIfNeeded: stored[s])
        }
      }
      return UnsafeMutableRawPointer(rows)
    }
    memory = isNarrow ? fill(Int8.self) : fill(Int16.self)
    view = synapus_digital_rows(
      rows: memory, first_axon: Int32(projection.firstAxon), lanes: Int32(lanes),
      shift: Int32(shift), group: Int32(127 / max(1, largest)))
  }
}

/// Weights as lists of synapses.
private struct Lists {
  let memory: [UnsafeMutableRawPointer]
  let view: synapus_digital_sparse

  init(_ projection: DigitalProjection, hasDelays: Bool) {
    let starts = UnsafeMutablePointer.allocateCopy(of: projection.starts)
    let targets = UnsafeMutablePointer.allocateCopy(of: projection.targets)
    let weights = UnsafeMutablePointer.allocateCopy(of: projection.weights)
    let delays = UnsafeMutablePointer.allocateCopy(of: projection.delays)
    memory = [
      UnsafeMutableRawPointer(starts), UnsafeMutableRawPointer(targets),
      UnsafeMutableRawPointer(weights), UnsafeMutableRawPointer(delays),
    ]
    view = synapus_digital_sparse(
      starts: starts, targets: targets, weights: weights, delays: hasDelays ? delays : nil,
      first_axon: Int32(projection.firstAxon))
  }
}
