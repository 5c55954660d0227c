/// Orders populations: each after all that send to it, where no cycle forbids that.
///
/// Populations of one cycle stand together in the order of their names; equals stand in the order
/// of their names, too.
struct PopulationOrder {
  private let names: [String]
  private let senders: [[Int]]
  /// For each population, the cycle it belongs to, and how far the cycle is from the input.
  private var cycle: [Int]
  private var depth: [Int] = []

  /// Takes the names, and for each population those that send to it.
  init(names: [String], senders: [[Int]]) {
    (self.names, self.senders) = (names, senders)
    cycle = Array(repeating: -1, count: names.count)
    findCycles()
  }

  /// The populations in order.
  var order: [Int] {
    var leader = [String](repeating: "", count: depth.count)
    for (population, cycle) in cycle.enumerated() {
      let name = names[population]
      if leader[cycle].isEmpty || precedes(name, leader[cycle]) { leader[cycle] = name }
    }
    return names.indices.sorted { a, b in
      let (x, y) = (cycle[a], cycle[b])
      if x == y { return precedes(names[a], names[b]) }
      return depth[x] == depth[y] ? precedes(leader[x], leader[y]) : depth[x] < depth[y]
    }
  }

  /// The populations that send to themselves, alone or over others.
  var cyclic: [Int] {
    var sizes = [Int](repeating: 0, count: depth.count)
    for cycle in cycle { sizes[cycle] += 1 }
    return order.filter { sizes[cycle[$0]] > 1 || senders[$0].contains($0) }
  }

  private func precedes(_ a: String, _ b: String) -> Bool {
    a.utf8.lexicographicallyPrecedes(b.utf8)
  }

  /// Tarjan's strongly connected components, without recursion; along senders, so that a component
  /// comes after all that send to it.
  private mutating func findCycles() {
    var found = [Int](repeating: -1, count: names.count)
    var lowest = found
    var (stack, onStack) = ([Int](), [Bool](repeating: false, count: names.count))
    var counter = 0
    for root in names.indices where found[root] < 0 {
      var visits = [(node: root, next: 0)]
      while let (node, next) = visits.last {
        if next == 0 {
          (found[node], lowest[node]) = (counter, counter)
          counter += 1
          stack.append(node)
          onStack[node] = true
        }
        if next < senders[node].count {
          visits[visits.count - 1].next += 1
          let sender = senders[node][next]
          if found[sender] < 0 {
            visits.append((sender, 0))
          } else if onStack[sender] {
            lowest[node] = min(lowest[node], found[sender])
          }
          continue
        }
        visits.removeLast()
        if let parent = visits.last?.node { lowest[parent] = min(lowest[parent], lowest[node]) }
        if lowest[node] == found[node] { close(node, &stack, &onStack) }
      }
    }
  }

  /// Takes a component off the stack; its senders' components are closed already.
  private mutating func close(_ root: Int, _ stack: inout [Int], _ onStack: inout [Bool]) {
    var members: [Int] = []
    while let member = stack.popLast() {
      members.append(member)
      onStack[member] = false
      cycle[member] = depth.count
      if member == root { break }
    }
    let before = members.flatMap { senders[$0] }.map { cycle[$0] }
      .filter { $0 >= 0 && $0 != depth.count }
    depth.append((before.map { depth[$0] }.max() ?? -1) + 1)
  }
}
