import ChipInterface
import HardwareSpec

/// Writes the steps of all synapses to the rows of their senders, each synapse looked at once.
struct WeightEmission {
  private let placed: PlacedNetwork
  private let index: EmissionIndex
  private let width: Int

  init(_ placed: PlacedNetwork, _ index: EmissionIndex, _ spec: ChipSpec) {
    (self.placed, self.index) = (placed, index)
    width = spec.geometry.circuitsPerCore
  }

  /// Fills the weights of the cores in use, which are all zero.
  func write(to cores: inout [CoreImage]) {
    var rows = SenderRows(clusters: placed.cores.count)
    for projection in placed.partitioned.network.projections.indices {
      write(projection, &rows, &cores)
    }
  }

  private func write(_ projection: Int, _ rows: inout SenderRows, _ cores: inout [CoreImage]) {
    let quantised = placed.partitioned.quantised
    let (synapses, scaled) = (
      quantised.network.projections[projection].synapses, quantised.projections[projection]
    )
    let places = index.places[index.targets[projection]]
    let lists = RowLists(projection, placed, index)
    for sender in 0..<synapses.senderCount {
      let copies = scaled.copies(ofSender: sender)
      lists.select(sender, copies, &rows)
      for synapse in synapses.synapses(of: sender) where scaled.steps[synapse] != 0 {
        let receiver = Int(synapses.receivers[synapse])
        let cluster = Int(places.clusters[receiver])
        guard cluster >= 0, rows.slot[cluster] >= 0 else { continue }
        let (steps, column) = (Int(scaled.steps[synapse]), Int(places.columns[receiver]))
        for copy in 0..<copies {
          let step = StepRounding<Double>.share(of: steps, copy: copy, copies: copies)
          let row = 2 * rows.pairs[rows.first[cluster] + copy] + (step < 0 ? 1 : 0)
          cores[rows.slot[cluster]].weights[row * width + column] = UInt8(clamping: abs(step))
        }
      }
    }
  }
}

/// The row pairs of one sender: on one core of each cluster at most.
private struct SenderRows {
  /// By cluster: position of the core among the cores in use, or −1, and where its pairs begin.
  var slot, first: [Int]
  /// The pairs on the chip, copy by copy.
  var pairs: [Int] = []
  /// The clusters that have any.
  var clusters: [Int] = []

  init(clusters: Int) {
    slot = Array(repeating: -1, count: clusters)
    first = Array(repeating: 0, count: clusters)
  }
}

/// The rows of all senders of a projection, sender by sender.
private struct RowLists {
  private struct Entry {
    var cluster, number, firstPair: Int
  }

  private let placed: PlacedNetwork
  private let index: EmissionIndex
  private var starts: [Int]
  private var entries: [Entry] = []

  init(_ projection: Int, _ placed: PlacedNetwork, _ index: EmissionIndex) {
    (self.placed, self.index) = (placed, index)
    let partitioned = placed.partitioned
    let scaled = partitioned.quantised.projections[projection]
    let senders = partitioned.network.projections[projection].synapses.senderCount
    starts = Array(repeating: 0, count: senders + 1)
    let bundles = index.rowsOf[projection].map { rows in
      (rows, partitioned.clusters[rows.cluster].cores[rows.number].bundles[rows.bundle])
    }
    for (_, bundle) in bundles {
      for sender in bundle.senders { starts[Int(sender) + 1] += 1 }
    }
    for sender in 0..<senders { starts[sender + 1] += starts[sender] }
    var next = starts
    entries = Array(
      repeating: Entry(cluster: 0, number: 0, firstPair: 0), count: starts[senders])
    for (rows, bundle) in bundles {
      var pair = bundle.firstPair
      for sender in bundle.senders {
        entries[next[Int(sender)]] = Entry(
          cluster: rows.cluster, number: rows.number, firstPair: pair)
        next[Int(sender)] += 1
        pair += scaled.copies(ofSender: Int(sender))
      }
    }
  }

  /// Makes the rows those of a sender.
  func select(_ sender: Int, _ copies: Int, _ rows: inout SenderRows) {
    for cluster in rows.clusters { rows.slot[cluster] = -1 }
    rows.clusters.removeAll(keepingCapacity: true)
    rows.pairs.removeAll(keepingCapacity: true)
    for entry in entries[starts[sender]..<starts[sender + 1]] {
      rows.clusters.append(entry.cluster)
      rows.slot[entry.cluster] = index.slotOf[entry.cluster][entry.number]
      rows.first[entry.cluster] = rows.pairs.count
      for copy in 0..<copies {
        rows.pairs.append(
          placed.pair(entry.firstPair + copy, ofCluster: entry.cluster, core: entry.number))
      }
    }
  }
}
