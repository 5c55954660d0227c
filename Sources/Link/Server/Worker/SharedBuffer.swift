import CZeroMQShim

/// Memory that the two sides of a channel share; one side makes and fills it, the other reads it.
///
/// The first word says whether it is lent: the reader clears it when it needs the bytes no longer,
/// from any thread, and the maker finds it free when it looks for room. So nobody is woken.
final class SharedBuffer: @unchecked Sendable {
  private static let headerBytes = 64
  private static let smallest = 1 << 16
  /// Larger buffers give their pages back as soon as nobody reads them.
  private static let largestKept = 32 << 20

  /// The maker's name for it.
  let number: Int
  private let base: UnsafeMutableRawPointer
  private let size: Int

  /// Maps memory by its descriptor, which stays the caller's.
  init(number: Int, mapping descriptor: Int32) throws(PacketFault) {
    var size = 0
    guard let base = synapus_memory_map(descriptor, &size) else {
      throw .system(call: "mmap", synapus_last_error())
    }
    (self.number, self.base, self.size) = (number, base, size)
    guard size > Self.headerBytes else { throw .badBuffer(number: number) }
  }

  deinit { synapus_memory_unmap(base, size) }

  /// Makes memory for so many bytes, and the descriptor by which others map it.
  static func make(
    number: Int, capacity: Int
  ) throws(PacketFault) -> (SharedBuffer, descriptor: Int32) {
    let descriptor = synapus_memory_create(size(for: capacity))
    guard descriptor >= 0 else { throw .system(call: "memfd_create", synapus_last_error()) }
    do throws(PacketFault) {
      return (try SharedBuffer(number: number, mapping: descriptor), descriptor)
    } catch {
      synapus_wake_close(descriptor)
      throw error
    }
  }

  /// Bytes that are mapped for so many of content: rounded up by an eighth at most where they are
  /// many, so that buffers serve again.
  static func size(for capacity: Int) -> Int {
    let needed = capacity + headerBytes
    var grain = smallest
    while 16 * grain <= needed { grain *= 2 }
    return (needed + grain - 1) / grain * grain
  }

  /// Bytes that it holds.
  var capacity: Int { size - Self.headerBytes }

  /// Its bytes.
  var memory: UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(start: base + Self.headerBytes, count: capacity)
  }

  /// Whether the other side reads it.
  var isLent: Bool { synapus_word_load(base) != 0 }

  /// Lends it to the other side.
  func lend() { synapus_word_store(base, 1) }

  /// Says that it is read no longer.
  func giveBack() {
    if size > Self.largestKept { synapus_memory_empty(base + Self.headerBytes, capacity) }
    synapus_word_store(base, 0)
  }
}

/// A lent buffer as its reader has it; gives it back when the last frame of it has gone.
final class BufferLoan: Sendable {
  private let buffer: SharedBuffer

  init(_ buffer: SharedBuffer) { self.buffer = buffer }

  deinit { buffer.giveBack() }

  var memory: UnsafeMutableRawBufferPointer { buffer.memory }

  /// A stretch of it, which must lie inside, as a frame.
  func frame(_ range: Range<Int>) -> Frame {
    Frame(borrowing: UnsafeMutableRawBufferPointer(rebasing: buffer.memory[range])) { [self] in
      withExtendedLifetime(self) {}
    }
  }
}

/// The buffers that one side made: used again when they have come back, dropped when too many are
/// unused.
struct BufferPool {
  /// Bytes of unused buffers that are kept.
  private static let keptBytes = 32 << 20

  private let bound: Int
  // The one that was used last stands at the end.
  private var buffers: [SharedBuffer] = []
  private var made = 0

  /// A pool of at most so many bytes.
  init(bound: Int) { self.bound = bound }

  /// A buffer to fill.
  struct Room {
    var buffer: SharedBuffer
    /// The descriptor of a buffer that the other side does not know yet; the sender closes it.
    var descriptor: Int32?
    /// Buffers that the other side must forget.
    var retired: [Int]
  }

  /// Bytes of all buffers, lent or not.
  var bytes: Int { buffers.reduce(0) { $0 + $1.capacity } }

  /// Finds or makes room for so many bytes; it is lent from now on.
  mutating func take(_ count: Int) throws(PacketFault) -> Room {
    let largest = max(4 * count, SharedBuffer.size(for: 0))
    if let place = buffers.lastIndex(where: {
      $0.capacity >= count && $0.capacity <= largest && !$0.isLent
    }) {
      let buffer = buffers.remove(at: place)
      buffers.append(buffer)
      buffer.lend()
      return Room(buffer: buffer, descriptor: nil, retired: trim(to: Self.keptBytes))
    }
    let size = SharedBuffer.size(for: count)
    var retired = trim(to: Self.keptBytes)
    if bytes + size > bound { retired += trim(to: 0) }
    guard bytes + size <= bound else { throw .noMemory(bytes: count, bound: bound) }
    let (buffer, descriptor) = try SharedBuffer.make(number: made, capacity: count)
    made += 1
    buffer.lend()
    buffers.append(buffer)
    return Room(buffer: buffer, descriptor: descriptor, retired: retired)
  }

  /// Drops unused buffers above so many bytes, those first that were not used for longest.
  private mutating func trim(to kept: Int) -> [Int] {
    var unused = buffers.reduce(0) { $0 + ($1.isLent ? 0 : $1.capacity) }
    guard unused > kept else { return [] }
    var retired: [Int] = []
    buffers.removeAll { buffer in
      guard unused > kept, !buffer.isLent else { return false }
      unused -= buffer.capacity
      retired.append(buffer.number)
      return true
    }
    return retired
  }
}
