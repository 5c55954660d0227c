import HardwareSpec

/// Cuts a network that is larger than the chip into parts that run one after the other.
///
/// A part is some populations; it hears only itself and parts before it, so populations that feed
/// back onto each other stay together. Parts follow the order of the network and are as large as
/// the chip's cores allow.
public struct PartsCut {
  private let options: CompileOptions

  /// Cuts for the chip, copies and defects of some options.
  public init(_ options: CompileOptions) { self.options = options }

  /// The populations of each part, by their position in the network, ascending.
  ///
  /// Populations that feed back onto each other and need more than the chip stand in a part alone,
  /// which does not fit.
  public func cut(_ network: SpikingNetwork) -> [[Int]] {
    cut(network) { coresNeeded($0, network) <= options.spec.geometry.coreCount }
  }

  /// The same, with another rule of what fits the chip.
  public func cut(_ network: SpikingNetwork, fits: ([Int]) -> Bool) -> [[Int]] {
    var parts: [[Int]] = []
    for component in components(of: network) {
      if let last = parts.last, fits((last + component).sorted()) {
        parts[parts.count - 1] = (last + component).sorted()
      } else {
        parts.append(component.sorted())
      }
    }
    return parts
  }

  /// Cores that some populations take, each by its rows or its columns.
  private func coresNeeded(_ populations: [Int], _ network: SpikingNetwork) -> Int {
    let geometry = options.spec.geometry
    var columns = 0, pairs = 0
    for population in populations.map({ network.populations[$0] }) {
      let parts = (population.neurons.count - 1) / geometry.circuitsPerCore + 1
      columns += population.neurons.count
      pairs +=
        parts
        * network.projections(to: population.name).reduce(0) {
          $0 + network.projections[$1].synapses.senderCount
        }
    }
    return max(
      (columns - 1) / geometry.circuitsPerCore + 1, (pairs - 1) / geometry.rowPairsPerCore + 1)
  }

  // MARK: Components

  /// Populations that feed back onto each other, each group after all that it hears.
  ///
  /// By Tarjan: "Depth-first search and linear graph algorithms", SIAM J. Comput. 1, 1972.
  private func components(of network: SpikingNetwork) -> [[Int]] {
    let numbers = Dictionary(
      network.populations.indices.map { (network.populations[$0].name, $0) },
      uniquingKeysWith: { a, _ in a })
    var sources = [Set<Int>](repeating: [], count: network.populations.count)
    for projection in network.projections {
      guard let target = numbers[projection.target],
        let source = projection.source.flatMap({ numbers[$0] })
      else { continue }
      sources[target].insert(source)
    }
    let search = ComponentSearch(sources.map { $0.sorted() })
    return search.components
  }
}

/// Tarjan's search, against the edges: a component comes after all that it hears.
private struct ComponentSearch {
  private(set) var components: [[Int]] = []
  private let sources: [[Int]]
  private var number: [Int], lowest: [Int]
  private var isOpen: [Bool]
  private var stack: [Int] = []
  private var next = 0

  init(_ sources: [[Int]]) {
    self.sources = sources
    number = Array(repeating: -1, count: sources.count)
    lowest = number
    isOpen = Array(repeating: false, count: sources.count)
    for population in sources.indices where number[population] < 0 { visit(population) }
  }

  /// Walks with a list of its own: a chain of populations may be longer than the stack is deep.
  private mutating func visit(_ start: Int) {
    var path = [(population: start, edge: 0)]
    open(start)
    while let here = path.last {
      let population = here.population
      if here.edge < sources[population].count {
        path[path.count - 1].edge += 1
        let other = sources[population][here.edge]
        if number[other] < 0 {
          open(other)
          path.append((other, 0))
        } else if isOpen[other] {
          lowest[population] = min(lowest[population], number[other])
        }
        continue
      }
      path.removeLast()
      if let parent = path.last {
        lowest[parent.population] = min(lowest[parent.population], lowest[population])
      }
      if lowest[population] == number[population] { close(population) }
    }
  }

  private mutating func open(_ population: Int) {
    (number[population], lowest[population]) = (next, next)
    next += 1
    stack.append(population)
    isOpen[population] = true
  }

  private mutating func close(_ root: Int) {
    var component: [Int] = []
    while let population = stack.popLast() {
      isOpen[population] = false
      component.append(population)
      if population == root { break }
    }
    components.append(component)
  }
}
