/// The spike network of a chip: arbiters, output FIFOs, routers and links, in clock cycles.
///
/// Latencies when nothing waits stand in ``EventSpec``: they hold with and without a network.
/// A network adds what is finite: how many events a part takes, and how many may wait.
public struct NetworkSpec: Equatable, Sendable {
  /// How cores are joined.
  public enum Router: String, CaseIterable, Sendable {
    /// One router a core, links to four neighbours; a route goes along its row first.
    case mesh
    /// One switch for all cores: every output of a core reaches every bus of every core.
    case crossbar
  }

  /// What happens to an event that finds a FIFO full.
  public enum WhenFull: String, CaseIterable, Sendable {
    /// The event is lost, and counted.
    case loss
    /// The sender holds the event until there is room.
    case backPressure = "back-pressure"
  }

  /// How cores are joined.
  public var router: Router
  /// What happens to an event that finds a FIFO full.
  public var whenFull: WhenFull
  /// Arbiters of one core: each serves an equal share of neighbouring columns.
  public var arbitersPerCore: Int
  /// Clock cycles that an arbiter needs for one spike.
  public var arbiterCyclesPerEvent: Int
  /// The FIFO behind an arbiter.
  public var output: ServerSpec
  /// A link between neighbours in the mesh, or the line from the crossbar to one bus.
  public var link: ServerSpec
  /// Event buses of one core, each with its row drivers; row pair `p` hangs on bus `p` modulo this.
  public var busesPerCore: Int
  /// The longest axonal delay that a route may have, in ticks; 0 when the chip has none.
  public var longestDelayTicks: Int
  /// The crossbar's size; nil in a mesh.
  public var crossbar: CrossbarSpec?
  /// The chips that a mesh consists of; nil when it is one chip.
  public var chips: ChipTileSpec?
  /// Links to other chips of this kind; nil when they cannot be joined.
  public var chipLinks: ChipLinkSpec?

  /// Makes a network from its parts.
  public init(
    router: Router, whenFull: WhenFull, arbitersPerCore: Int, arbiterCyclesPerEvent: Int,
    output: ServerSpec, link: ServerSpec, busesPerCore: Int, longestDelayTicks: Int,
    crossbar: CrossbarSpec? = nil, chips: ChipTileSpec? = nil
  ) {
    (self.router, self.whenFull) = (router, whenFull)
    (self.arbitersPerCore, self.arbiterCyclesPerEvent) = (arbitersPerCore, arbiterCyclesPerEvent)
    (self.output, self.link, self.busesPerCore) = (output, link, busesPerCore)
    (self.longestDelayTicks, self.crossbar, self.chips) = (longestDelayTicks, crossbar, chips)
  }
}

/// A part that passes one event every few cycles and lets some wait.
public struct ServerSpec: Equatable, Sendable {
  /// Clock cycles for one event.
  public var cyclesPerEvent: Int
  /// Places for events that wait.
  public var waitingEvents: Int

  /// Makes a part.
  public init(cyclesPerEvent: Int, waitingEvents: Int) {
    (self.cyclesPerEvent, self.waitingEvents) = (cyclesPerEvent, waitingEvents)
  }
}

/// The size of a crossbar, links and background sources included.
public struct CrossbarSpec: Equatable, Sendable {
  /// Lines into and out of the crossbar.
  public var inputs, outputs: Int

  /// Makes a crossbar.
  public init(inputs: Int, outputs: Int) { (self.inputs, self.outputs) = (inputs, outputs) }
}

/// The links of a chip to others of its kind.
public struct ChipLinkSpec: Equatable, Sendable {
  /// A link.
  public var link: ServerSpec
  /// The time that an event needs from chip to chip, in clock cycles.
  public var latencyCycles: Int

  /// Makes links.
  public init(link: ServerSpec, latencyCycles: Int) {
    (self.link, self.latencyCycles) = (link, latencyCycles)
  }
}

/// A mesh made of several chips of equal size, joined by links slower than those within a chip.
public struct ChipTileSpec: Equatable, Sendable {
  /// Columns and rows of cores on one chip.
  public var columns, rows: Int
  /// A link between two chips.
  public var link: ServerSpec
  /// The time that an event needs from chip to chip, in clock cycles.
  public var linkLatencyCycles: Int

  /// Makes tiles of so many cores.
  public init(columns: Int, rows: Int, link: ServerSpec, linkLatencyCycles: Int) {
    (self.columns, self.rows) = (columns, rows)
    (self.link, self.linkLatencyCycles) = (link, linkLatencyCycles)
  }
}

extension ChipSpec {
  /// The time from one core's spike to another's row driver when nothing waits, in clock cycles;
  /// the axonal delay and the tick that every event takes come on top.
  public func routeLatencyCycles(from source: CoreOnChip, to target: CoreOnChip) -> Int {
    let local = events.localLatencyCycles
    guard let network else {
      return local + geometry.hops(from: source, to: target) * events.hopLatencyCycles
    }
    if network.router == .crossbar {
      return local + (source == target ? 0 : events.hopLatencyCycles)
    }
    let hops = geometry.hops(from: source, to: target)
    let borders = network.chips?.borders(from: source, to: target, on: geometry) ?? 0
    let between = network.chips?.linkLatencyCycles ?? 0
    return local + (hops - borders) * events.hopLatencyCycles + borders * between
  }
}

extension ChipTileSpec {
  /// The chip borders on the way between two cores.
  public func borders(
    from a: CoreOnChip, to b: CoreOnChip, on geometry: ChipGeometry
  ) -> Int {
    let width = geometry.meshColumns
    return abs(a.index % width / columns - b.index % width / columns)
      + abs(a.index / width / rows - b.index / width / rows)
  }
}
