import HardwareSpec

/// Moves clusters over the mesh until their events take few hops: simulated annealing with a window
/// that shrinks (Betz and Rose: "VPR: a new packing, placement and routing tool for FPGA research",
/// FPL 1997).
///
/// Differs from the original in that a cluster may be several cores in a row, which moves as one,
/// and in that the cost is the multicast tree's, not a box around the net.
struct Annealing {
  private let nets: TrafficNets
  private let needs: [ClusterNeed]
  private let assignment: CoreAssignment
  private let columns, rows: Int
  private let deadLinks: Set<Int>
  private var tree: TreeCost
  /// The place of each planned core.
  private var x, y: [Int32]
  /// The cores of each cluster, by their number on the mesh.
  private(set) var slots: [[Int]]
  /// The cluster on each core: -1 none, -2 none can be.
  private var occupant: [Int32]
  /// Nets of each cluster.
  private let netsOf: [[Int32]]
  private var costs: [Double]
  private(set) var cost = 0.0
  private var marks: Marks
  private let movable: [Int]
  /// Clusters of the same number of cores.
  private let alike: [Int: [Int]]

  /// An event on a dead link is lost: no detour costs as much.
  private static let lossCost = 1_000.0
  private static let temperatures = 60

  init(
    _ nets: TrafficNets, _ assignment: CoreAssignment, start: [[Int]], _ stock: CoreStock,
    _ options: CompileOptions
  ) {
    let spec = options.spec
    (self.nets, self.assignment, needs) = (nets, assignment, assignment.needs)
    (columns, rows) = (spec.geometry.meshColumns, spec.geometry.meshRows)
    deadLinks = options.defects.deadLinks(on: spec.geometry)
    tree = TreeCost(spec)
    let planned = nets.firstCores[nets.firstCores.count - 1]
    (x, y) = (Array(repeating: 0, count: planned), Array(repeating: 0, count: planned))
    slots = start
    occupant = stock.isAlive.map { $0 ? -1 : -2 }
    var lists = [[Int32]](repeating: [], count: start.count)
    var clusterOf = [Int32](repeating: 0, count: planned)
    for cluster in start.indices {
      for core in nets.firstCores[cluster]..<nets.firstCores[cluster + 1] {
        clusterOf[core] = Int32(cluster)
      }
    }
    for (number, net) in nets.nets.enumerated() {
      var members = net.pins.map { Int(clusterOf[Int(nets.targets[$0])]) }
      members.append(Int(clusterOf[Int(net.source)]))
      for cluster in Set(members) { lists[cluster].append(Int32(number)) }
    }
    netsOf = lists
    costs = Array(repeating: 0, count: nets.nets.count)
    marks = Marks(count: nets.nets.count)
    let all = assignment.needs
    let free = all.indices.filter { all[$0].pin == nil }
    movable = free
    alike = Dictionary(grouping: free) { all[$0].count }
    restart(from: start)
  }

  /// Takes other cores for all clusters.
  mutating func restart(from start: [[Int]]) {
    for i in occupant.indices where occupant[i] >= 0 { occupant[i] = -1 }
    for cluster in start.indices { put(cluster, on: start[cluster]) }
    for number in costs.indices { costs[number] = netCost(number) }
    cost = costs.reduce(0, +)
  }

  private mutating func put(_ cluster: Int, on cores: [Int]) {
    slots[cluster] = cores
    let first = nets.firstCores[cluster]
    for (i, core) in cores.enumerated() {
      occupant[core] = Int32(cluster)
      (x[first + i], y[first + i]) = (Int32(core % columns), Int32(core / columns))
    }
  }

  private mutating func lift(_ cluster: Int) {
    for core in slots[cluster] { occupant[core] = -1 }
  }

  private mutating func netCost(_ number: Int) -> Double {
    let net = nets.nets[number]
    let hops = tree.hops(from: net.source, to: nets.targets[net.pins], x, y)
    let lost = deadLinks.isEmpty ? 0 : Self.lossCost * Double(deadLinksTaken(net))
    return net.weight * (Double(hops) + lost)
  }

  private func deadLinksTaken(_ net: TrafficNets.Net) -> Int {
    let source = Int(y[Int(net.source)]) * columns + Int(x[Int(net.source)])
    return net.pins.reduce(0) { sum, pin in
      let target = Int(nets.targets[pin])
      let core = Int(y[target]) * columns + Int(x[target])
      let way = MeshWay(from: source, to: core, columns: columns)
      return sum + way.links.filter { deadLinks.contains($0.from * columns * rows + $0.to) }.count
    }
  }

  // MARK: Cooling

  /// Anneals once; `heat` is the first temperature in units of a move's usual change.
  mutating func run(heat: Double, mostVisits: Int, _ random: inout SequentialRandom) {
    guard movable.count > 1 || movable.count == 1 && occupant.contains(-1) else { return }
    let perNet = 1 + nets.targets.count / max(nets.nets.count, 1)
    let perMove = max(
      1, movable.reduce(0) { $0 + netsOf[$1].count } * 2 * perNet / movable.count)
    let count = Double(movable.count)
    let wished = Int((count > 100 ? 5 : 10) * count * DeterministicMath.pow(count, 1.0 / 3))
    let moves = max(min(max(wished, 200), mostVisits / perMove / Self.temperatures), 20)
    var temperature = heat * usualChange(&random)
    guard temperature > 0 else { return }
    let cooling = DeterministicMath.pow(1e-3, 1 / Double(Self.temperatures))
    for step in 0..<Self.temperatures {
      let share = 1 - Double(step) / Double(Self.temperatures)
      let window = max(1, Int((share * Double(max(columns, rows))).rounded(.up)))
      for _ in 0..<moves {
        let limit = -DeterministicMath.log(random.uniform()) * temperature
        tryMove(window, limit, &random)
      }
      temperature *= cooling
    }
    for _ in 0..<moves { tryMove(max(columns, rows), 0, &random) }
    cost = costs.reduce(0, +)
  }

  /// The median change of a move: what dead links cost would make the mean too hot.
  private mutating func usualChange(_ random: inout SequentialRandom) -> Double {
    var changes: [Double] = []
    for _ in 0..<100 {
      let change = tryMove(max(columns, rows), -.infinity, &random)
      if let change, change != 0 { changes.append(abs(change)) }
    }
    return changes.isEmpty ? 0 : changes.sorted()[changes.count / 2]
  }

  /// Tries one move, and keeps it if it costs at most `limit` more; gives the change.
  @discardableResult
  private mutating func tryMove(
    _ window: Int, _ limit: Double, _ random: inout SequentialRandom
  ) -> Double? {
    let cluster = movable[Self.draw(movable.count, &random)]
    guard let move = propose(cluster, window, &random) else { return nil }
    let old = slots[cluster]
    let oldOther = move.other.map { slots[$0] }
    apply(cluster, move.cores, move.other, old)
    var change = 0.0
    marks.clear()
    var touched: [(net: Int, cost: Double)] = []
    for list in [netsOf[cluster], move.other.map { netsOf[$0] } ?? []] {
      for number in list where marks.insert(Int(number)) {
        let cost = netCost(Int(number))
        change += cost - costs[Int(number)]
        touched.append((Int(number), cost))
      }
    }
    if change <= limit {
      for (net, cost) in touched { costs[net] = cost }
      cost += change
    } else {
      apply(cluster, old, move.other, oldOther ?? [])
    }
    return change
  }

  /// Puts a cluster on cores, and the other one, if any, on what it leaves.
  private mutating func apply(_ cluster: Int, _ cores: [Int], _ other: Int?, _ rest: [Int]) {
    lift(cluster)
    if let other {
      lift(other)
      put(other, on: rest)
    }
    put(cluster, on: cores)
  }

  private func propose(
    _ cluster: Int, _ window: Int, _ random: inout SequentialRandom
  ) -> (cores: [Int], other: Int?)? {
    let own = slots[cluster]
    if own.count > 1 { return proposeJoined(cluster, window, &random) }
    let (ownX, ownY) = (own[0] % columns, own[0] / columns)
    let (left, up) = (max(ownX - window, 0), max(ownY - window, 0))
    let (right, down) = (min(ownX + window, columns - 1), min(ownY + window, rows - 1))
    let core =
      (up + Self.draw(down - up + 1, &random)) * columns + left
      + Self.draw(right - left + 1, &random)
    guard core != own[0], occupant[core] > -2, assignment.fits(cluster, on: [core]) else {
      return nil
    }
    guard occupant[core] >= 0 else { return ([core], nil) }
    let other = Int(occupant[core])
    guard slots[other].count == 1, needs[other].pin == nil, assignment.fits(other, on: own)
    else { return nil }
    return ([core], other)
  }

  /// Joined cores change places with others of their number, turn round, or move aside.
  private func proposeJoined(
    _ cluster: Int, _ window: Int, _ random: inout SequentialRandom
  ) -> (cores: [Int], other: Int?)? {
    let own = slots[cluster]
    let others = alike[own.count] ?? []
    switch Self.draw(4, &random) {
    case 0:
      let turned = Array(own.reversed())
      return assignment.fits(cluster, on: turned) ? (turned, nil) : nil
    case 1:
      let (dx, dy) = (
        Self.draw(2 * window + 1, &random) - window, Self.draw(2 * window + 1, &random) - window
      )
      guard let moved = shifted(own, dx, dy),
        moved.allSatisfy({ occupant[$0] == -1 || occupant[$0] == Int32(cluster) }), moved != own,
        assignment.fits(cluster, on: moved)
      else { return nil }
      return (moved, nil)
    default:
      let other = others[Self.draw(others.count, &random)]
      guard other != cluster, assignment.fits(cluster, on: slots[other]),
        assignment.fits(other, on: own)
      else { return nil }
      return (slots[other], other)
    }
  }

  private func shifted(_ cores: [Int], _ dx: Int, _ dy: Int) -> [Int]? {
    var moved: [Int] = []
    for core in cores {
      let (x, y) = (core % columns + dx, core / columns + dy)
      guard (0..<columns).contains(x), (0..<rows).contains(y) else { return nil }
      moved.append(y * columns + x)
    }
    return moved
  }

  private static func draw(_ count: Int, _ random: inout SequentialRandom) -> Int {
    Int(random.next().multipliedFullWidth(by: UInt64(count)).high)
  }
}

extension DefectList {
  /// The links that lose every event, those of dead cores too, as `from` times all cores plus `to`.
  func deadLinks(on geometry: ChipGeometry) -> Set<Int> {
    guard !links.isEmpty || !cores.isEmpty else { return [] }
    var dead: Set<Int> = []
    for core in geometry.cores {
      for other in geometry.neighbours(of: core) where hasDeadLink(from: core, to: other) {
        dead.insert(core.index * geometry.coreCount + other.index)
      }
    }
    return dead
  }
}
