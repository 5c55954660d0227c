import CZeroMQShim

/// One side's way in: packets from a socket, and the other side's buffers by their numbers.
final class PacketReceiver {
  private static let largestPacket =
    PacketHead.size + PacketSender.inlineBody
    + PacketSender.inlineBulk
  /// Buffers that the other side may have introduced at a time.
  private static let mostBuffers = 16_384

  private let socket: Int32
  private var buffers: [Int: SharedBuffer] = [:]
  private let space = UnsafeMutableRawBufferPointer.allocate(
    byteCount: largestPacket, alignment: 64)

  /// Receives from a socket that stays the caller's.
  init(socket: Int32) { self.socket = socket }

  deinit { space.deallocate() }

  /// The other side's buffers.
  var bufferCount: Int { buffers.count }

  /// A packet as it came; valid until the next one is received.
  struct Packet {
    let kind: PacketKind
    var body: PacketReader
    let bulk: ReceivedBulk
  }

  /// What came.
  enum Arrival {
    case packet(Packet)
    /// Nothing yet.
    case nothing
    /// The other side is gone.
    case end
  }

  /// Receives a packet, waiting for one where asked.
  func receive(waits: Bool) throws(PacketFault) -> Arrival {
    while true {
      var descriptors = [Int32](repeating: -1, count: 16)
      var count: Int32 = 0
      let size = synapus_packet_receive(
        socket, space.baseAddress, space.count, &descriptors, &count, waits ? 1 : 0)
      let taken = descriptors[..<Int(count)]
      defer { for descriptor in taken { synapus_wake_close(descriptor) } }
      guard size > 0 else {
        if size == 0 { return .end }
        if synapus_last_error() == synapus_error_again() { return .nothing }
        throw .system(call: "recvmsg", synapus_last_error())
      }
      let bytes = UnsafeRawBufferPointer(rebasing: space[..<size])
      if let packet = try understand(bytes, taken.first) { return .packet(packet) }
    }
  }

  /// Takes a packet apart; nil when it was about buffers alone.
  private func understand(
    _ bytes: UnsafeRawBufferPointer, _ descriptor: Int32?
  ) throws(PacketFault) -> Packet? {
    guard bytes.count >= PacketHead.size else { throw .short }
    var reader = PacketReader(UnsafeRawBufferPointer(rebasing: bytes[..<PacketHead.size]))
    let head = try PacketHead(&reader)
    if head.kind == .retired {
      if let number = head.buffer { buffers[number] = nil }
      return nil
    }
    let loan = try loan(head, descriptor)
    guard head.kind != .introduced else { return nil }
    return try packet(head, UnsafeRawBufferPointer(rebasing: bytes[PacketHead.size...]), loan)
  }

  /// The buffer that a packet brings or names; given back when nobody takes anything of it.
  private func loan(
    _ head: PacketHead, _ descriptor: Int32?
  ) throws(PacketFault) -> BufferLoan? {
    guard let number = head.buffer else { return nil }
    if head.isNew {
      guard let descriptor, buffers[number] == nil, buffers.count < Self.mostBuffers else {
        throw .badBuffer(number: number)
      }
      buffers[number] = try SharedBuffer(number: number, mapping: descriptor)
    }
    guard let buffer = buffers[number] else { throw .noBuffer(number: number) }
    guard buffer.isLent else { throw .badBuffer(number: number) }
    return BufferLoan(buffer)
  }

  private func packet(
    _ head: PacketHead, _ rest: UnsafeRawBufferPointer, _ loan: BufferLoan?
  ) throws(PacketFault) -> Packet {
    let inBuffer = head.bulkCount + (head.isLong ? head.bodyCount : 0)
    if let loan {
      guard inBuffer <= loan.memory.count, rest.count == (head.isLong ? 0 : head.bodyCount) else {
        throw .badBuffer(number: head.buffer ?? 0)
      }
      let memory = UnsafeRawBufferPointer(loan.memory)
      let body = head.isLong ? memory[head.bulkCount..<inBuffer] : rest[...]
      return Packet(
        kind: head.kind, body: PacketReader(UnsafeRawBufferPointer(rebasing: body)),
        bulk: ReceivedBulk(memory: .init(rebasing: memory[..<head.bulkCount]), loan: loan))
    }
    guard !head.isLong, rest.count == head.bodyCount + head.bulkCount else { throw .short }
    return Packet(
      kind: head.kind,
      body: PacketReader(UnsafeRawBufferPointer(rebasing: rest[..<head.bodyCount])),
      bulk: ReceivedBulk(memory: .init(rebasing: rest[head.bodyCount...]), loan: nil))
  }
}

/// The bulk of a received packet.
struct ReceivedBulk {
  fileprivate let memory: UnsafeRawBufferPointer
  fileprivate let loan: BufferLoan?

  /// A stretch of it, as `PacketWriter.stretch` wrote it, as a frame: in place where it is shared.
  func frame(_ body: inout PacketReader) throws(PacketFault) -> Frame {
    let range = try stretch(&body)
    if let loan { return loan.frame(range) }
    return Frame(memory[range])
  }

  /// The same as bytes.
  func bytes(_ body: inout PacketReader) throws(PacketFault) -> [UInt8] {
    Array(memory[try stretch(&body)])
  }

  private func stretch(_ body: inout PacketReader) throws(PacketFault) -> Range<Int> {
    let offset = try body.number("an offset of", in: 0...memory.count)
    let count = try body.number("a size of", in: 0...memory.count - offset)
    return offset..<offset + count
  }
}

/// Where the pieces of a packet's bulk lie.
struct BulkLayout {
  private(set) var stretches: [Range<Int>] = []
  /// Bytes of all.
  private(set) var count = 0

  /// Adds a piece; each begins at a multiple of 64.
  mutating func add(_ size: Int) {
    let start = (count + 63) & ~63
    stretches.append(start..<start + size)
    count = start + size
  }
}

extension PacketWriter {
  mutating func stretch(_ range: Range<Int>) {
    number(range.lowerBound)
    number(range.count)
  }
}
