import ChipInterface
import HardwareSpec

/// What the events of all senders ask of the links of the spike network.
///
/// In a mesh an event goes along its row first, then along columns, as a tree: two targets share
/// the links that their ways have in common. Through a crossbar it takes one line to each core.
struct LinkTraffic {
  /// Links with events, ascending.
  private(set) var links: [CompileReport.Link] = []
  /// Links taken by all senders together, once each; and links crossed in one tick.
  private(set) var hops = 0
  private(set) var hopsPerTick = 0.0

  private let spec: ChipSpec
  private var senders: [Int32]
  private var events: [Double]
  /// The last sender that took each link, by number.
  private var lastSender: [Int32]

  /// Sends the routes' events; `rate` gives the events of a circuit in one tick.
  ///
  /// Routes must ascend by source, so that those of one sender stand together.
  init(_ routes: [SpikeRoute], on spec: ChipSpec, rate: (CircuitOnChip) -> Double) {
    self.spec = spec
    let cores = spec.geometry.coreCount
    let count = spec.isMesh ? 4 * cores : cores * cores
    senders = Array(repeating: 0, count: count)
    (events, lastSender) = (Array(repeating: 0, count: count), Array(repeating: -1, count: count))
    var (number, source): (Int32, CircuitOnChip?) = (-1, nil)
    var now = 0.0
    for route in routes {
      if route.source != source {
        (number, source, now) = (number + 1, route.source, rate(route.source))
      }
      var last = -1
      for target in route.targets where target.core.index != last {
        last = target.core.index
        send(from: route.source.core.index, to: last, number, now)
      }
    }
    collect()
  }

  private mutating func send(from: Int, to: Int, _ sender: Int32, _ rate: Double) {
    guard from != to else { return }
    guard spec.isMesh else { return take(from * spec.geometry.coreCount + to, sender, rate) }
    for link in MeshWay(from: from, to: to, columns: numbers.columns) {
      take(numbers.number(from: link.from, to: link.to), sender, rate)
    }
  }

  private mutating func take(_ link: Int, _ sender: Int32, _ rate: Double) {
    guard lastSender[link] != sender else { return }
    lastSender[link] = sender
    senders[link] += 1
    events[link] += rate
    hops += 1
    hopsPerTick += rate
  }

  private mutating func collect() {
    for link in senders.indices where senders[link] > 0 {
      let (from, to) = ends(link)
      links.append(
        CompileReport.Link(
          from: from, to: to, senders: Int(senders[link]), eventsPerTick: events[link],
          capacityPerTick: spec.eventsPerTick(from: from, to: to)))
    }
    links.sort { ($0.from, $0.to) < ($1.from, $1.to) }
    (senders, events, lastSender) = ([], [], [])
  }

  private var numbers: MeshLinkNumbers { MeshLinkNumbers(columns: spec.geometry.meshColumns) }

  private func ends(_ link: Int) -> (from: Int, to: Int) {
    let cores = spec.geometry.coreCount
    return spec.isMesh ? numbers.ends(link) : (link / cores, link % cores)
  }
}

extension ChipSpec {
  /// Whether cores are joined by links between neighbours.
  var isMesh: Bool { network?.router != .crossbar }

  /// Links of the chip, each direction for itself; of a crossbar the lines between two cores.
  var linkCount: Int {
    let (columns, rows) = (geometry.meshColumns, geometry.meshRows)
    return isMesh
      ? 2 * ((columns - 1) * rows + columns * (rows - 1))
      : geometry.coreCount * (geometry.coreCount - 1)
  }

  /// The most events that a link takes in one tick; nil where nothing bounds them.
  fileprivate func eventsPerTick(from: Int, to: Int) -> Double? {
    guard let network else { return nil }
    var cycles = Double(network.link.cyclesPerEvent)
    if !isMesh { cycles /= Double(network.busesPerCore) }
    if let chips = network.chips, let a = CoreOnChip(from, on: geometry),
      let b = CoreOnChip(to, on: geometry), chips.borders(from: a, to: b, on: geometry) > 0
    {
      cycles = Double(chips.link.cyclesPerEvent)
    }
    return Double(time.cyclesPerTick) / cycles
  }
}
