import CEmulatorKernels
import ChipInterface

/// A growing list of one thread's spikes, in raw memory, step by step.
final class RecordedSpikes {
  private(set) var cycles, units: UnsafeMutablePointer<UInt32>
  private(set) var count = 0
  private var capacity = 1 << 12
  /// How many there were at the end of each step.
  private(set) var ends: UnsafeMutablePointer<Int>
  private(set) var stepCount = 0
  private var stepCapacity = 1 << 10

  init() {
    (cycles, units) = (.allocate(capacity: 1 << 12), .allocate(capacity: 1 << 12))
    ends = .allocate(capacity: 1 << 10)
  }

  deinit {
    cycles.deallocate()
    units.deallocate()
    ends.deallocate()
  }

  func reset() { (count, stepCount) = (0, 0) }

  /// Appends the spikes of a core.
  @inline(__always)
  func append(
    _ columns: UnsafePointer<UInt32>, _ number: Int32, cycle: UInt32,
    _ core: UnsafePointer<DigitalCoreMemory>
  ) {
    // A whole vector may be written at once.
    if count + Int(number) + 16 > capacity { grow(to: 2 * capacity + Int(number)) }
    if core.pointee.firstUnit >= 0 {
      synapus_digital_record(
        columns, number, cycle, UInt32(core.pointee.firstUnit), cycles + count, units + count)
      count &+= Int(number)
      return
    }
    for i in 0..<Int(number) {
      let unit = core.pointee.units[Int(columns[i])]
      cycles[count] = cycle
      units[count] = UInt32(bitPattern: unit)
      count &+= unit >= 0 ? 1 : 0
    }
  }

  /// Notes where a step's spikes end.
  func endStep() {
    if stepCount == stepCapacity {
      ends = ends.moved(stepCount, to: 2 * stepCapacity)
      stepCapacity *= 2
    }
    ends[stepCount] = count
    stepCount += 1
  }

  /// The spikes of all threads: step by step, each thread's cores in turn.
  static func joined(_ parts: [RecordedSpikes]) -> (cycles: [UInt32], units: [UInt32]) {
    (join(parts, \.cycles), join(parts, \.units))
  }

  private static func join(
    _ parts: [RecordedSpikes], _ list: KeyPath<RecordedSpikes, UnsafeMutablePointer<UInt32>>
  ) -> [UInt32] {
    let total = parts.reduce(0) { $0 + $1.count }
    let sources = parts.map { $0[keyPath: list] }
    return Array(unsafeUninitializedCapacity: total) { buffer, count in
      guard let to = buffer.baseAddress else { return }
      count = total
      if parts.count == 1 { return to.initialize(from: sources[0], count: total) }
      var (next, starts) = (to, parts.map { _ in 0 })
      for step in 0..<parts[0].stepCount {
        for (i, part) in parts.enumerated() {
          let number = part.ends[step] - starts[i]
          next.initialize(from: sources[i] + starts[i], count: number)
          next += number
          starts[i] = part.ends[step]
        }
      }
    }
  }

  private func grow(to size: Int) {
    (cycles, units) = (cycles.moved(count, to: size), units.moved(count, to: size))
    capacity = size
  }
}

extension UnsafeMutablePointer {
  /// Larger memory with the first elements of this, which is given back.
  fileprivate func moved(_ count: Int, to size: Int) -> UnsafeMutablePointer<Pointee> {
    let larger = UnsafeMutablePointer<Pointee>.allocate(capacity: size)
    larger.update(from: self, count: count)
    deallocate()
    return larger
  }
}
