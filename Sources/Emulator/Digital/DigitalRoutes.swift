import CEmulatorKernels
import ChipInterface
import HardwareSpec

/// Where the events of all sources go on some of the cores: those of one thread.
///
/// Sources are the neurons of all cores, core by core, and then the input channels. In raw memory:
/// it is read for every spike.
final class DigitalRoutes: @unchecked Sendable {
  /// The cores whose axons are reached, by position among the cores in use.
  let cores: Range<Int>
  /// Source `i` owns `targets[starts[i]..<starts[i + 1]]`.
  let starts: UnsafeMutablePointer<UInt32>
  let targets: UnsafeMutablePointer<synapus_digital_target>
  /// Axons that an event of each source reaches, and synapses that are not 0 there.
  let events, synapses: UnsafeMutablePointer<UInt32>
  /// The first source of each core.
  let firstSource: [Int]
  /// The first input channel; delayed inputs come behind the channels.
  let firstInput: Int
  /// The most events that spikes of one step put on each list.
  let room: [UInt32]

  init(_ image: DigitalImage, cores: Range<Int>) {
    self.cores = cores
    var sources: [Int] = []
    var next = 0
    for core in image.image.cores {
      sources.append(next)
      next += core.neuronCount
    }
    (firstSource, firstInput) = (sources, next)
    let table = Builder(image, cores: cores, firstSource: sources, inputs: next)
    starts = .allocateAligned(table.lists.count + 1)
    targets = .allocateAligned(table.lists.reduce(0) { $0 + $1.count })
    events = .allocateCopy(of: table.events)
    synapses = .allocateCopy(of: table.synapses)
    var count = 0
    for (source, list) in table.lists.enumerated() {
      for (i, target) in list.enumerated() { targets[count + i] = target }
      count += list.count
      starts[source + 1] = UInt32(count)
    }
    room = table.room
  }

  /// The routes of a team: each thread has a share of the cores.
  static func shares(of image: DigitalImage, team: Int) -> [DigitalRoutes] {
    let count = image.cores.count
    return (0..<team).map {
      DigitalRoutes(image, cores: count * $0 / team..<count * ($0 + 1) / team)
    }
  }

  deinit {
    starts.deallocate()
    targets.deallocate()
    events.deallocate()
    synapses.deallocate()
  }
}

/// Collects routes source by source.
private struct Builder {
  private(set) var lists: [[synapus_digital_target]]
  private(set) var events, synapses, room: [UInt32]
  private let image: DigitalImage
  private let slots: [CoreOnChip: Int]
  private let cores: Range<Int>

  init(_ image: DigitalImage, cores: Range<Int>, firstSource: [Int], inputs: Int) {
    (self.image, self.cores) = (image, cores)
    slots = image.image.slots
    let routes = InputPlayback.routes(image.image)
    let sources = inputs + routes.count
    lists = Array(repeating: [], count: sources)
    events = Array(repeating: 0, count: sources)
    synapses = events
    room = Array(repeating: 0, count: image.parts.reduce(0) { $0 + $1.delays.count })
    for route in image.image.spikeRoutes {
      guard let core = slots[route.source.core] else { continue }
      let source = firstSource[core] + route.source.column
      add(route.targets, of: source, delay: Int(route.delayTicks), isSpike: true)
    }
    for (channel, targets) in routes.enumerated() {
      add(targets, of: inputs + channel, delay: 0, isSpike: false)
    }
  }

  private mutating func add(
    _ targets: [RowPairOnChip], of source: Int, delay: Int, isSpike: Bool
  ) {
    for target in targets {
      guard let core = slots[target.core], cores.contains(core) else { continue }
      events[source] += 1
      guard
        let part = image.partsOfCore[core].first(where: {
          image.parts[$0].axons.contains(target.pair)
        }), let place = image.parts[part].delays.firstIndex(of: delay)
      else { continue }
      let (list, axon) = (image.parts[part].firstList + place, target.pair)
      lists[source].append(synapus_digital_target(list: UInt32(list), axon: UInt32(axon)))
      if isSpike { room[list] += 1 }
      if !image.parts[part].nonZero.isEmpty {
        synapses[source] += image.parts[part].nonZero[axon - image.parts[part].axons.lowerBound]
      }
    }
  }
}
