/// Gives the senders that each cluster hears their row pairs.
///
/// A cluster of joined cores hears each sender on one of them. Senders of one place go to one core,
/// and to the core of the same number in every cluster of their hearers, so that their events take
/// common ways.
struct RowPlan {
  private let wiring: Wiring
  private let demands: [PartDemand]
  private let clusters: [ClusterDemand]
  private let limit: CoreLimit
  private let projectionsOfClasses: [[Int]]
  /// The cluster of each neuron, by population.
  private let home: [[Int32]]

  init(_ wiring: Wiring, _ demands: [PartDemand], _ clusters: [ClusterDemand], limit: CoreLimit) {
    (self.wiring, self.demands, self.clusters, self.limit) = (wiring, demands, clusters, limit)
    projectionsOfClasses = wiring.projectionsOfClasses
    var home = wiring.populations.map { [Int32](repeating: 0, count: $0.count) }
    for (number, cluster) in clusters.enumerated() {
      for part in cluster.parts {
        for neuron in demands[part].neurons {
          home[demands[part].population][Int(neuron)] = Int32(number)
        }
      }
    }
    self.home = home
  }

  func cores(ofCluster number: Int) -> [PlannedCore] {
    let cluster = clusters[number]
    guard cluster.circuits > 1 else { return [core(cluster.heard, cluster)] }
    return shares(cluster).map { core($0, cluster) }
  }

  private func core(_ heard: [HeardRows], _ cluster: ClusterDemand) -> PlannedCore {
    var bundles: [RowBundle] = []
    var next = 0
    for rows in heard {
      bundles.append(
        RowBundle(
          projections: projections(rows.rowClass, cluster), senders: rows.senders, firstPair: next,
          pairCount: rows.pairs))
      next += rows.pairs
    }
    return PlannedCore(bundles: bundles)
  }

  /// The projections of a class that lead to a part of the cluster.
  private func projections(_ rowClass: Int, _ cluster: ClusterDemand) -> [Int] {
    projectionsOfClasses[rowClass].filter { projection in
      cluster.parts.contains { part in
        demands[part].population == wiring.projections[projection].target
          && demands[part].heard.contains { $0.rowClass == rowClass }
      }
    }
  }

  // MARK: Joined cores

  /// A sender with its row pairs, and where it sits among all senders of the cluster's populations.
  private struct Sender {
    var rows: Int
    var number: Int32
    var pairs: Int
    /// From 0 to 1, in the order of the places that senders fire at.
    var place: Double
  }

  private func shares(_ cluster: ClusterDemand) -> [[HeardRows]] {
    let places = places(cluster)
    var senders: [Sender] = []
    for (index, rows) in cluster.heard.enumerated() {
      for number in rows.senders {
        senders.append(
          Sender(
            rows: index, number: number,
            pairs: wiring.classes[rows.rowClass].copies(of: Int(number)),
            place: places[index][Int(number)]))
      }
    }
    // Those with many copies first, for they find no room later.
    senders.sort {
      ($1.pairs, $0.place, $0.rows, $0.number) < ($0.pairs, $1.place, $1.rows, $1.number)
    }
    var used = [Int](repeating: 0, count: cluster.circuits)
    var shares = [[HeardRows]](
      repeating: cluster.heard.map { HeardRows(rowClass: $0.rowClass, senders: [], pairs: 0) },
      count: cluster.circuits)
    for sender in senders {
      let wish = min(Int(sender.place * Double(cluster.circuits)), cluster.circuits - 1)
      let core =
        used.indices.filter { used[$0] + sender.pairs <= limit.ownPairs }
        .min { (abs($0 - wish), $0) < (abs($1 - wish), $1) } ?? wish
      used[core] += sender.pairs
      shares[core][sender.rows].senders.append(sender.number)
      shares[core][sender.rows].pairs += sender.pairs
    }
    return shares.map { share in
      share.filter { !$0.senders.isEmpty }.map { rows in
        var rows = rows
        rows.senders.sort()
        return rows
      }
    }
  }

  /// Where each sender of each heard class lies among all of that class and of the others, by the
  /// clusters that they fire at.
  private func places(_ cluster: ClusterDemand) -> [[Double]] {
    var groups: [(order: Int, rows: Int, number: Int32, pairs: Int)] = []
    for (index, rows) in cluster.heard.enumerated() {
      let rowClass = wiring.classes[rows.rowClass]
      for number in 0..<Int32(rowClass.senderCount) {
        let order = rowClass.source.map { Int(home[$0][Int(number)]) } ?? -1
        groups.append((order, index, number, rowClass.copies(of: Int(number))))
      }
    }
    groups.sort { ($0.order, $0.rows, $0.number) < ($1.order, $1.rows, $1.number) }
    let total = Double(max(groups.reduce(0) { $0 + $1.pairs }, 1))
    var places = cluster.heard.map {
      [Double](repeating: 0, count: wiring.classes[$0.rowClass].senderCount)
    }
    var sum = 0
    for group in groups {
      places[group.rows][Int(group.number)] = Double(sum) / total
      sum += group.pairs
    }
    return places
  }
}
