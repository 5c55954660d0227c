import CEmulatorKernels
import HardwareSpec

/// The part of a thread in advancing a group of samples: its cores, and memory of its own.
final class TickWorker {
  /// The cores that this worker advances, by position among the cores in use.
  let cores: Range<Int>
  /// The clusters of coupled cores that it mixes.
  var clusters = 0..<0
  /// The clusters of joined cores that it advances.
  var joined: [Int] = []
  /// The parts of the spike network that it moves, where a team shares them.
  var networkParts: [Int] = []
  /// What the kernels need while they advance a core.
  let scratch: UnsafeMutablePointer<UInt16>
  let adcCodes: UnsafeMutablePointer<UInt8>
  /// The cores that have something to do in this tick.
  let active: UnsafeMutablePointer<Int32>
  private(set) var activeCount = 0
  /// Recorded spikes, by sample.
  let logs: UnsafeMutablePointer<SpikeLog>
  private let capacity: Int
  private let keepsTicks: Bool
  /// How many spikes were recorded by the end of each tick, by sample.
  private(set) var tickEnds: [[Int]] = []

  /// Makes a worker; only one of several needs to know which spikes belong to which tick.
  init(cores: Range<Int>, lanes: Int, capacity: Int, isOneOfSeveral: Bool) {
    (self.cores, self.capacity, keepsTicks) = (cores, capacity, isOneOfSeveral)
    scratch = .allocateAligned(6 * lanes)
    adcCodes = .allocateAligned(lanes)
    active = .allocateAligned(cores.count)
    logs = .allocate(capacity: capacity)
    for s in 0..<capacity { (logs + s).initialize(to: SpikeLog()) }
  }

  deinit {
    for s in 0..<capacity { logs[s].deallocate() }
    scratch.deallocate()
    adcCodes.deallocate()
    active.deallocate()
    logs.deallocate()
  }

  /// Forgets what was recorded.
  func start() {
    for s in 0..<capacity { logs[s].reset() }
    tickEnds = Array(repeating: [], count: keepsTicks ? capacity : 0)
    activeCount = 0
  }

  /// Lists the cores whose byte is set; eight bytes at a time, for most cores may be idle.
  func noteActiveCores(_ attention: UnsafePointer<UInt8>) {
    activeCount = 0
    var c = cores.lowerBound
    while c < cores.upperBound {
      if c & 7 == 0, c + 8 <= cores.upperBound,
        UnsafeRawPointer(attention + c).load(as: UInt64.self) == 0
      {
        c &+= 8
        continue
      }
      if attention[c] != 0 {
        active[activeCount] = Int32(truncatingIfNeeded: c)
        activeCount &+= 1
      }
      c &+= 1
    }
  }

  /// Notes where the tick's spikes end.
  func endTick(_ count: Int) {
    guard keepsTicks else { return }
    for s in 0..<count { tickEnds[s].append(logs[s].count) }
  }
}
