import ChipInterface
import HardwareSpec

/// What routes ask of links and input ports, by the rates of their senders.
///
/// All routes of one circuit are one tree, whatever their delays: the delay is kept where a route
/// ends. The estimate is of mean loads; volleys queue at lower ones too.
struct NetworkLoads {
  /// Loads of links in use, ascending.
  private(set) var links: [LinkLoad] = []
  /// Loads of ports in use, ascending.
  private(set) var ports: [PortLoad] = []
  /// Ways from neurons to cores that have dead links, by population of the sender.
  private var lost: [Int]
  private let names: [String]
  private let options: CompileOptions
  private var spec: ChipSpec { options.spec }

  /// From this part of what a link or a port takes, events wait so long that some may be lost.
  private static let queueing = 0.8

  init(_ routed: RoutedNetwork, _ options: CompileOptions) {
    self.options = options
    let partitioned = routed.placed.partitioned
    names = partitioned.network.populations.map(\.name)
    lost = Array(repeating: 0, count: names.count)
    let rates = NeuronRates(options.rates, names)
    addPorts(routed, rates)
    addLinks(routed, rates)
  }

  // MARK: Ports

  private mutating func addPorts(_ routed: RoutedNetwork, _ rates: NeuronRates) {
    let (buses, geometry) = (spec.network?.busesPerCore ?? 1, spec.geometry)
    var loads = [Double](repeating: 0, count: geometry.coreCount * buses)
    func add(_ targets: [RowPairOnChip], _ rate: Double) {
      for target in targets { loads[target.core.index * buses + target.pair % buses] += rate }
    }
    for (channel, targets) in routed.inputRoutes.enumerated() {
      add(targets, rates.ofInput(channel))
    }
    for route in routed.delayedInputs { add(route.targets, rates.ofInput(route.channel)) }
    let senders = SendingCircuits(routed.placed, geometry)
    for route in routed.spikeRoutes {
      guard let sender = senders.neuron(of: route.source) else { continue }
      add(route.targets, rates.ofNeuron(sender.population, sender.neuron))
    }
    let cores = geometry.cores
    for (place, load) in loads.enumerated() where load > 0 {
      ports.append(PortLoad(core: cores[place / buses], bus: place % buses, eventsPerTick: load))
    }
  }

  // MARK: Links

  private mutating func addLinks(_ routed: RoutedNetwork, _ rates: NeuronRates) {
    guard spec.network?.router != .crossbar else { return }
    let (geometry, senders) = (spec.geometry, SendingCircuits(routed.placed, spec.geometry))
    var tree = LinkTree(geometry, dead: options.defects.deadLinks(on: geometry))
    var (source, cores, weight) = (-1, [Int](), 0.0)
    var next = 0
    let routes = routed.spikeRoutes
    while next < routes.count {
      let circuit = routes[next].source
      var reached: [Int] = []
      while next < routes.count, routes[next].source == circuit {
        for target in routes[next].targets where reached.last != target.core.index {
          reached.append(target.core.index)
        }
        next += 1
      }
      guard let sender = senders.neuron(of: circuit) else { continue }
      if circuit.core.index != source || reached != cores {
        tree.add(weight, from: source, to: cores)
        (source, cores, weight) = (circuit.core.index, reached, 0)
      }
      weight += rates.ofNeuron(sender.population, sender.neuron)
      lost[sender.population] += tree.unreached(from: source, to: cores)
    }
    tree.add(weight, from: source, to: cores)
    links = tree.loads
  }

  // MARK: Reports

  /// Adds what is over the limits: what the rates that were measured exceed is a misfit, what usual
  /// rates exceed a warning.
  func report(_ log: inout CompileLog) {
    for (population, count) in lost.enumerated() where count > 0 {
      log.add(.deadLinks(layer: names[population], ways: count))
    }
    guard let network = spec.network else { return }
    let cycles = Double(spec.time.cyclesPerTick)
    var busy: [(load: BusyPart, rate: Double, limit: Double, places: Int)] = []
    for link in links {
      let server = self.server(of: link, network)
      busy.append(
        (
          .link(from: link.from.index, to: link.to.index), link.eventsPerTick,
          cycles / Double(server.cyclesPerEvent), server.waitingEvents
        ))
    }
    for port in ports {
      busy.append(
        (
          .port(core: port.core.index), port.eventsPerTick,
          cycles / Double(spec.events.portCyclesPerEvent), spec.events.portWaitingEvents
        ))
    }
    let over = busy.filter { $0.rate > $0.limit }
    if options.rates != nil, let worst = over.max(by: { $0.rate / $0.limit < $1.rate / $1.limit }) {
      log.add(
        .overload(
          part: worst.load, others: over.count - 1, needed: worst.rate, available: worst.limit))
      return
    }
    let near = busy.filter { $0.rate > Self.queueing * $0.limit }
    guard let worst = near.max(by: { $0.rate / $0.limit < $1.rate / $1.limit }) else { return }
    log.add(
      .busyNetwork(
        part: worst.load, others: near.count - 1, load: worst.rate / worst.limit,
        loss: Self.loss(worst.rate / worst.limit, places: worst.places),
        isMeasured: options.rates != nil))
  }

  private func server(of link: LinkLoad, _ network: NetworkSpec) -> ServerSpec {
    guard let chips = network.chips,
      chips.borders(from: link.from, to: link.to, on: spec.geometry) > 0
    else { return network.link }
    return chips.link
  }

  /// The part of events that is lost: what exceeds the server, or the tail of an M/D/1 queue beyond
  /// its places, exp(-2 K (1 - rho) / rho).
  private static func loss(_ load: Double, places: Int) -> Double {
    load >= 1
      ? 1 - 1 / load : DeterministicMath.exp(-2 * Double(places) * (1 - load) / load)
  }
}

/// A part of the network that events wait for.
public enum BusyPart: Equatable, Sendable, CustomStringConvertible {
  /// A link between neighbouring cores.
  case link(from: Int, to: Int)
  /// A core's input port.
  case port(core: Int)

  /// For example `the link from core 3 to core 4`.
  public var description: String {
    switch self {
    case .link(let from, let to): return "the link from core \(from) to core \(to)"
    case .port(let core): return "the input port of core \(core)"
    }
  }
}

/// Which neuron each circuit fires for.
struct SendingCircuits {
  private var neurons: [(population: Int32, neuron: Int32)]
  private let columns: Int

  init(_ placed: PlacedNetwork, _ geometry: ChipGeometry) {
    columns = geometry.circuitsPerCore
    neurons = Array(repeating: (-1, 0), count: geometry.coreCount * columns)
    for part in placed.partitioned.parts {
      let core = placed.cores[part.cluster][0].index
      for (i, neuron) in part.neurons.enumerated() {
        let column = placed.column(part.firstColumn + i, ofCluster: part.cluster)
        neurons[core * columns + column] = (Int32(part.population), neuron)
      }
    }
  }

  /// The neuron of a circuit; nil where it is none's first.
  func neuron(of circuit: CircuitOnChip) -> (population: Int, neuron: Int)? {
    let found = neurons[circuit.core.index * columns + circuit.column]
    return found.population < 0 ? nil : (Int(found.population), Int(found.neuron))
  }
}

/// The links that multicast trees take, each once.
struct LinkTree {
  private let geometry: ChipGeometry
  private let dead: Set<Int>
  /// Loads and marks by ``MeshLinkNumbers``.
  private var sums: [Double]
  private var marks: Marks

  init(_ geometry: ChipGeometry, dead: Set<Int> = []) {
    (self.geometry, self.dead) = (geometry, dead)
    sums = Array(repeating: 0, count: 4 * geometry.coreCount)
    marks = Marks(count: 4 * geometry.coreCount)
  }

  /// Adds a tree's events; gives the number of its links.
  @discardableResult
  mutating func add(_ weight: Double, from source: Int, to cores: [Int]) -> Int {
    guard source >= 0, weight > 0 else { return 0 }
    marks.clear()
    var links = 0
    for core in cores {
      for link in MeshWay(from: source, to: core, columns: geometry.meshColumns) {
        let place = numbers.number(from: link.from, to: link.to)
        guard marks.insert(place) else { continue }
        sums[place] += weight
        links += 1
      }
    }
    return links
  }

  /// The row pairs' cores, of those given, whose ways have a dead link.
  func unreached(from source: Int, to cores: [Int]) -> Int {
    guard !dead.isEmpty else { return 0 }
    return cores.filter { core in
      MeshWay(from: source, to: core, columns: geometry.meshColumns).contains {
        dead.contains($0.from * geometry.coreCount + $0.to)
      }
    }.count
  }

  private var numbers: MeshLinkNumbers { MeshLinkNumbers(columns: geometry.meshColumns) }

  /// The links with events, by their ends.
  var loads: [LinkLoad] {
    let cores = geometry.cores
    var loads: [LinkLoad] = []
    for (place, load) in sums.enumerated() where load > 0 {
      let (from, to) = numbers.ends(place)
      loads.append(LinkLoad(from: cores[from], to: cores[to], eventsPerTick: load))
    }
    return loads.sorted { ($0.from, $0.to) < ($1.from, $1.to) }
  }
}
