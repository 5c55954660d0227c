import CEmulatorKernels
import ChipInterface
import HardwareSpec

/// An image on a device: everything that a run needs and does not change.
final class LoadedImage: @unchecked Sendable {
  let image: ChipImage
  let spec: ChipSpec
  let cores: [CoreDevice]
  let inputRoutes: RouteTable
  let spikeRoutes: [RouteTable]
  /// For each core in use, the recorded unit of each column, or −1.
  let units: [[Int32]]

  init(_ image: ChipImage, spec: ChipSpec, draw: DeviceDraw, effects: Effects) {
    (self.image, self.spec) = (image, spec)
    cores = image.cores.map { CoreDevice($0, spec: spec, draw: draw, effects: effects) }
    inputRoutes = .inputs(image, spec)
    spikeRoutes = image.cores.map { .spikes(of: $0, image, spec) }
    units = image.cores.map { image.io.units(on: $0.core, columns: spec.geometry.circuitsPerCore) }
  }

  /// How many ticks ahead an event may be sent.
  var horizon: Int {
    let longest = max(
      inputRoutes.longestLatency, spikeRoutes.map(\.longestLatency).max() ?? 0)
    return longest / 64 + 4
  }

  /// Position of a core among the cores in use.
  func slot(of core: CoreOnChip) -> Int? { image.slot(of: core) }
}

extension ChipImage {
  /// Position of a core among the cores in use.
  func slot(of core: CoreOnChip) -> Int? { cores.firstIndex { $0.core == core } }
}

extension ImageIO {
  /// The recorded unit of each column of a core, or −1.
  func units(on core: CoreOnChip, columns: Int) -> [Int32] {
    var units = [Int32](repeating: -1, count: columns)
    var next: Int32 = 0
    for population in populations {
      for range in population.ranges {
        for k in 0..<range.count where range.core == core {
          units[range.firstColumn + k] = next + Int32(k)
        }
        next += Int32(range.count)
      }
    }
    return units
  }
}
