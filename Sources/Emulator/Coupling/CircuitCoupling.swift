import CEmulatorKernels
import ChipInterface
import HardwareSpec

/// The coupled circuits of an image on a device: mixes their membranes once a tick.
///
/// Cores that share a group form a cluster, and only they: clusters may be mixed at once on
/// different threads. Everything that is touched at every tick lies in raw memory.
package final class CircuitCoupling: @unchecked Sendable {
  /// Positions of the cores of each cluster among the cores in use, ascending.
  package let clusters: [[Int]]

  let members: UnsafeMutablePointer<synapus_coupled_circuit>
  let runs: UnsafeMutablePointer<synapus_joined_run>
  let groups: UnsafeMutablePointer<synapus_compartment_group>
  let compartments: UnsafeMutablePointer<synapus_compartment>
  let numbers: UnsafeMutablePointer<Float>
  let membraneOfLane: UnsafeMutablePointer<Int32>
  private let tables: UnsafeMutablePointer<synapus_coupling>
  /// Where the runs and groups of each cluster start; one more than there are clusters.
  let runStarts, groupStarts: [Int]
  private let lanes: Int

  /// Prepares the groups of a checked image.
  ///
  /// - Parameters:
  ///   - image: The image; its groups fit the chip.
  ///   - spec: The chip.
  ///   - draw: The mismatch of the conductances.
  ///   - rates: How fast a circuit's membrane moves by itself.
  package init(
    _ image: ChipImage, spec: ChipSpec, draw: ConductanceDraw,
    rates: (CircuitOnChip) -> MembraneRates
  ) {
    lanes = SynapseArray.lanes(of: spec.geometry.circuitsPerCore)
    let builder = CouplingBuilder(image, spec: spec, draw: draw)
    var (tables, runStarts, groupStarts) = (CouplingTables(), [0], [0])
    for cluster in builder.clusters {
      builder.add(cluster.groups, to: &tables, rates: rates)
      runStarts.append(tables.runs.count)
      groupStarts.append(tables.groups.count)
    }
    tables.indexLanes(slots: image.cores.count, lanes: lanes)
    clusters = builder.clusters.map(\.slots)
    (self.runStarts, self.groupStarts) = (runStarts, groupStarts)
    members = .allocateCopy(of: tables.members)
    runs = .allocateCopy(of: tables.runs)
    groups = .allocateCopy(of: tables.groups)
    compartments = .allocateCopy(of: tables.compartments)
    numbers = .allocateCopy(of: tables.numbers)
    membraneOfLane = .allocateCopy(of: tables.membraneOfLane)
    self.tables = .allocate(capacity: 1)
    self.tables.initialize(
      to: synapus_coupling(
        members: members, compartments: compartments, groups: groups, numbers: numbers))
  }

  deinit {
    members.deallocate()
    runs.deallocate()
    groups.deallocate()
    compartments.deallocate()
    numbers.deallocate()
    tables.deallocate()
    membraneOfLane.deallocate()
  }

  /// Whether the image couples nothing.
  package var isEmpty: Bool { clusters.isEmpty }

  /// Mixes the membranes of some clusters, after the tick's integration and before comparison.
  ///
  /// `pending` and `state` hold for each core in use of one sample the membranes that the
  /// integration left, by lane, and the circuits' state blocks, whose membranes are still those of
  /// the tick's start.
  package func mix(
    clusters range: Range<Int>, pending: UnsafePointer<UnsafeMutablePointer<Float>?>,
    state: UnsafePointer<UnsafeMutablePointer<Int32>?>
  ) {
    let firstRun = runStarts[range.lowerBound]
    synapus_mix_joined(
      runs + firstRun, Int32(runStarts[range.upperBound] - firstRun), members, pending)
    synapus_mix_compartments(
      tables, Int32(groupStarts[range.lowerBound]), Int32(groupStarts[range.upperBound]),
      synapus_coupled_cores(pending: pending, state: state))
  }

  /// Takes the spikes of a core to the rest of their neurons, after all comparisons of a cluster.
  ///
  /// Circuits that are joined reset with the one that fired; what flowed to neighbours after the
  /// reset is taken back. `spikes` are the kernel's: column << 8 | phase; `pending` still holds
  /// what went into the comparison.
  package func spread(
    _ spikes: UnsafePointer<UInt32>, _ count: Int32, slot: Int,
    pending: UnsafePointer<UnsafeMutablePointer<Float>?>,
    state: UnsafePointer<UnsafeMutablePointer<Int32>?>
  ) {
    guard count > 0 else { return }
    synapus_spread_spikes(
      spikes, count, Int32(slot), membraneOfLane + slot * lanes, tables,
      synapus_coupled_cores(pending: pending, state: state))
  }

  func membranes(ofSlot slot: Int) -> UnsafePointer<Int32> {
    UnsafePointer(membraneOfLane + slot * lanes)
  }
}
