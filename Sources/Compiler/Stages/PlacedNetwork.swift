import HardwareSpec

/// A partitioned network whose groups have cores.
public struct PlacedNetwork: Equatable, Sendable {
  /// The network in parts.
  public var partitioned: PartitionedNetwork
  /// The core of each group.
  public var cores: [CoreOnChip]

  /// The core of a part.
  func core(ofPart part: Int) -> CoreOnChip { cores[partitioned.parts[part].group] }
}

extension PlacedNetwork: Stage {
  static let stageName = "place"

  func faults(on spec: ChipSpec) -> [String] {
    var faults: [String] = []
    if cores.count != partitioned.groupCount { faults.append("\(cores.count) groups have cores") }
    if Set(cores).count != cores.count { faults.append("two groups share a core") }
    if cores.contains(where: { $0.index >= spec.geometry.coreCount }) {
      faults.append("a group lies outside of the chip")
    }
    return faults
  }
}
