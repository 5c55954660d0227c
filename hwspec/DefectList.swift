/// The parts of one device that do not work.
public struct DefectList: Equatable, Sendable {
  /// One synapse row of a chip.
  public struct Row: Hashable, Comparable, Sendable {
    /// The core and the row on it; even rows excite, odd rows inhibit.
    public var core: CoreOnChip
    /// The row on the core.
    public var row: Int

    /// Makes a row's coordinate.
    public init(core: CoreOnChip, row: Int) { (self.core, self.row) = (core, row) }

    /// Core first, then row.
    public static func < (a: Row, b: Row) -> Bool { (a.core, a.row) < (b.core, b.row) }
  }

  /// One synapse of a chip.
  public struct Synapse: Hashable, Comparable, Sendable {
    /// The core.
    public var core: CoreOnChip
    /// The row and the column on the core.
    public var row, column: Int

    /// Makes a synapse's coordinate.
    public init(core: CoreOnChip, row: Int, column: Int) {
      (self.core, self.row, self.column) = (core, row, column)
    }

    /// Core first, then row, then column.
    public static func < (a: Synapse, b: Synapse) -> Bool {
      (a.core, a.row, a.column) < (b.core, b.row, b.column)
    }
  }

  /// One direction of a link between two neighbouring cores.
  public struct Link: Hashable, Comparable, Sendable {
    /// The core that sends and the core that receives.
    public var from, to: CoreOnChip

    /// Makes a link's coordinate.
    public init(from: CoreOnChip, to: CoreOnChip) { (self.from, self.to) = (from, to) }

    /// Sender first, then receiver.
    public static func < (a: Link, b: Link) -> Bool { (a.from, a.to) < (b.from, b.to) }
  }

  /// Cores of which nothing works: no circuit fires and no synapse gives charge.
  public private(set) var cores: [CoreOnChip] = []
  /// Circuits that never fire.
  public private(set) var deadNeurons: [CircuitOnChip] = []
  /// Circuits whose comparator is always on: they fire whenever they are not refractory.
  public private(set) var stuckNeurons: [CircuitOnChip] = []
  /// Rows that give no charge.
  public private(set) var rows: [Row] = []
  /// Synapses that give no charge.
  public private(set) var synapses: [Synapse] = []
  /// Links that lose every event.
  public private(set) var links: [Link] = []

  /// Everything works.
  public static let none = DefectList()

  /// Makes a list; each part is sorted and named once.
  public init(
    cores: [CoreOnChip] = [], deadNeurons: [CircuitOnChip] = [],
    stuckNeurons: [CircuitOnChip] = [], rows: [Row] = [], synapses: [Synapse] = [],
    links: [Link] = []
  ) {
    self.cores = Self.sorted(cores)
    self.deadNeurons = Self.sorted(deadNeurons)
    let dead = Set(deadNeurons)
    self.stuckNeurons = Self.sorted(stuckNeurons.filter { !dead.contains($0) })
    self.rows = Self.sorted(rows)
    self.synapses = Self.sorted(synapses)
    self.links = Self.sorted(links)
  }

  /// Whether there is no defect.
  public var isEmpty: Bool { self == .none }

  /// How many parts are named.
  public var count: Int {
    cores.count + deadNeurons.count + stuckNeurons.count + rows.count + synapses.count + links.count
  }

  /// What is broken in either list.
  public func merging(_ other: DefectList) -> DefectList {
    DefectList(
      cores: cores + other.cores, deadNeurons: deadNeurons + other.deadNeurons,
      stuckNeurons: stuckNeurons + other.stuckNeurons, rows: rows + other.rows,
      synapses: synapses + other.synapses, links: links + other.links)
  }

  /// The defects of one core, its links apart.
  public func part(of core: CoreOnChip) -> CoreDefects {
    CoreDefects(
      isDead: !Self.part(cores, core) { $0 }.isEmpty,
      deadColumns: Self.part(deadNeurons, core, \.core).map(\.column),
      stuckColumns: Self.part(stuckNeurons, core, \.core).map(\.column),
      deadRows: Self.part(rows, core, \.core).map(\.row),
      deadSynapses: Self.part(synapses, core, \.core).map { ($0.row, $0.column) })
  }

  /// Whether a link, or a core at either end of it, is dead.
  public func hasDeadLink(from a: CoreOnChip, to b: CoreOnChip) -> Bool {
    let link = Link(from: a, to: b)
    let position = Self.firstIndex(links) { $0 < link }
    return position < links.count && links[position] == link
      || !Self.part(cores, a) { $0 }.isEmpty || !Self.part(cores, b) { $0 }.isEmpty
  }

  private static func sorted<Part: Hashable & Comparable>(_ parts: [Part]) -> [Part] {
    Array(Set(parts)).sorted()
  }

  /// The entries of a sorted list that belong to a core.
  private static func part<Entry>(
    _ list: [Entry], _ core: CoreOnChip, _ coreOf: (Entry) -> CoreOnChip
  ) -> ArraySlice<Entry> {
    let start = firstIndex(list) { coreOf($0) < core }
    let end = firstIndex(list) { coreOf($0) <= core }
    return list[start..<end]
  }

  /// The first index at which `isBefore` is false, by bisection.
  private static func firstIndex<Entry>(_ list: [Entry], _ isBefore: (Entry) -> Bool) -> Int {
    var (low, high) = (0, list.count)
    while low < high {
      let middle = (low + high) / 2
      if isBefore(list[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

/// The defects of one core.
public struct CoreDefects: Sendable {
  /// Whether nothing on the core works.
  public var isDead = false
  /// Columns whose circuits never fire, and whose circuits fire all the time.
  public var deadColumns: [Int] = [], stuckColumns: [Int] = []
  /// Rows that give no charge.
  public var deadRows: [Int] = []
  /// Synapses that give no charge, in ascending order.
  public var deadSynapses: [(row: Int, column: Int)] = []

  /// Makes the defects of a core; without an argument everything works.
  public init(
    isDead: Bool = false, deadColumns: [Int] = [], stuckColumns: [Int] = [], deadRows: [Int] = [],
    deadSynapses: [(row: Int, column: Int)] = []
  ) {
    (self.isDead, self.deadColumns, self.stuckColumns) = (isDead, deadColumns, stuckColumns)
    (self.deadRows, self.deadSynapses) = (deadRows, deadSynapses)
  }
}

extension DefectRates {
  /// The draws of defects; raw values are part of the draw and stay.
  private enum Kind: UInt64 {
    case neuron = 0x4445_4645_4354_0001
    case row, synapse, core, link
  }

  /// The parts of one core that do not work on the device of a seed.
  ///
  /// Every part is drawn by its own coordinate, so that a rate that rises adds to the list.
  public func defects(
    of core: CoreOnChip, on geometry: ChipGeometry, seed: UInt64
  ) -> CoreDefects {
    var defects = CoreDefects()
    guard self != .none else { return defects }
    defects.isDead = draw(.core, seed).uniform(core.index) < deadCores
    if deadNeurons + stuckNeurons > 0 {
      let neurons = draw(.neuron, seed)
      for column in 0..<geometry.circuitsPerCore {
        let uniform = neurons.uniform(core.index, column)
        if uniform < deadNeurons {
          defects.deadColumns.append(column)
        } else if uniform > 1 - stuckNeurons {
          defects.stuckColumns.append(column)
        }
      }
    }
    if deadRows > 0 {
      let rows = draw(.row, seed)
      defects.deadRows = (0..<geometry.synapseRowsPerCore).filter {
        rows.uniform(core.index, $0) < deadRows
      }
    }
    if deadSynapses > 0 { defects.deadSynapses = synapses(of: core, geometry, seed) }
    return defects
  }

  private func synapses(
    of core: CoreOnChip, _ geometry: ChipGeometry, _ seed: UInt64
  ) -> [(row: Int, column: Int)] {
    let generator = draw(.synapse, seed)
    let threshold = UInt64(min(deadSynapses, 1 - 0x1p-53) * 0x1p64)
    var found: [(row: Int, column: Int)] = []
    for row in 0..<geometry.synapseRowsPerCore {
      for column in 0..<geometry.circuitsPerCore
      where generator.bits(core.index, row, column) < threshold {
        found.append((row, column))
      }
    }
    return found
  }

  /// Whether a link between neighbouring cores loses every event on the device of a seed.
  public func hasDeadLink(from a: CoreOnChip, to b: CoreOnChip, seed: UInt64) -> Bool {
    guard deadLinks > 0 || deadCores > 0 else { return false }
    let cores = draw(.core, seed)
    return draw(.link, seed).uniform(a.index, b.index) < deadLinks
      || cores.uniform(a.index) < deadCores || cores.uniform(b.index) < deadCores
  }

  private func draw(_ kind: Kind, _ seed: UInt64) -> CounterRandom {
    CounterRandom(seed: seed, stream: kind.rawValue)
  }
}

extension DefectList {
  /// All defects that a chip's rates give the device of a seed, for programs that place networks.
  public init(drawnFor spec: ChipSpec, seed: UInt64) {
    let (rates, geometry) = (spec.imperfections.defectRates, spec.geometry)
    self.init()
    guard rates != .none else { return }
    for core in geometry.cores {
      let part = rates.defects(of: core, on: geometry, seed: seed)
      if part.isDead { cores.append(core) }
      deadNeurons += part.deadColumns.compactMap {
        CircuitOnChip(core, column: $0, on: geometry)
      }
      stuckNeurons += part.stuckColumns.compactMap {
        CircuitOnChip(core, column: $0, on: geometry)
      }
      rows += part.deadRows.map { Row(core: core, row: $0) }
      synapses += part.deadSynapses.map { Synapse(core: core, row: $0.row, column: $0.column) }
      links += geometry.neighbours(of: core).filter {
        rates.hasDeadLink(from: core, to: $0, seed: seed)
      }.map { Link(from: core, to: $0) }
    }
  }
}

extension ChipGeometry {
  /// The cores that a core has mesh links to, in ascending order.
  public func neighbours(of core: CoreOnChip) -> [CoreOnChip] {
    let (x, y) = (core.index % meshColumns, core.index / meshColumns)
    return [(x, y - 1), (x - 1, y), (x + 1, y), (x, y + 1)].filter { x, y in
      (0..<meshColumns).contains(x) && (0..<meshRows).contains(y)
    }.map { x, y in CoreOnChip(unchecked: y * meshColumns + x) }
  }
}
