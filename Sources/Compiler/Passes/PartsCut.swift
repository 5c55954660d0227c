import HardwareSpec
import NIR

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
    cut(network) { coresNeeded($0, network) <= CoreStock(options).aliveCount }
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

  /// The names of each part's populations, of a NIR graph.
  ///
  /// - Throws: ``CompilerError/doesNotFit(_:)`` where the graph is no network.
  package func cut(
    _ graph: NIRGraph, fits: (([Int]) -> Bool)? = nil
  ) throws(CompilerError) -> [[String]] {
    var log = CompileLog(network: "", options)
    let network = Lowering(graph, options).network(name: "", &log)
    try log.stopAtMisfits()
    let parts = fits.map { cut(network, fits: $0) } ?? cut(network)
    return parts.map { $0.map { network.populations[$0].name } }
  }

  /// Cores that some populations take together; more than the chip has when they cannot be mapped.
  private func coresNeeded(_ populations: [Int], _ network: SpikingNetwork) -> Int {
    let names = Set(populations.map { network.populations[$0].name })
    var part = network
    part.populations = populations.map { network.populations[$0] }
    part.projections = network.projections.filter { names.contains($0.target) }
    // Senders of other parts are inputs of this one.
    for i in part.projections.indices {
      if let source = part.projections[i].source, !names.contains(source) {
        part.projections[i].source = nil
      }
    }
    let copies = part.projections.map { (options.projection($0.name).copies, [Int]()) }
    let wiring = Wiring(part) { (all: copies[$0].0, each: copies[$0].1) }
    return Partition(options).coresNeeded(wiring) ?? Int.max
  }

  // MARK: Components

  /// Populations that feed back onto each other, in an order in which each hears only those before.
  ///
  /// Tarjan: "Depth-first search and linear graph algorithms", SIAM J. Comput. 1, 1972. Equals stand
  /// in the network's order.
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
