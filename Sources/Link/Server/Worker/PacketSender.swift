import CZeroMQShim

/// One side's way out: packets over a socket, and their bulk in shared memory.
///
/// A packet is `head, body, bulk`. Bulk above a few kilobytes goes into a buffer of the pool, and a
/// body that is too large for the socket goes behind it there.
final class PacketSender {
  /// The most bytes of bulk, and of a body, that travel in the packet itself.
  static let inlineBulk = 16 << 10
  static let inlineBody = 40 << 10
  /// Packets that wait for room before the other side counts as stuck.
  private static let mostWaiting = 64

  private let socket: Int32
  private let waits: Bool
  private var pool: BufferPool
  private let small = UnsafeMutableRawBufferPointer.allocate(byteCount: inlineBulk, alignment: 64)
  private var waiting: [(bytes: [UInt8], descriptor: Int32?)] = []

  /// Sends by a socket that stays the caller's; without room it waits, or keeps packets for later.
  init(socket: Int32, waits: Bool, bound: Int) {
    (self.socket, self.waits, pool) = (socket, waits, BufferPool(bound: bound))
  }

  deinit {
    small.deallocate()
    for packet in waiting { packet.descriptor.map(synapus_wake_close) }
  }

  /// Memory for the bulk of the packet that is sent next.
  struct Bulk {
    fileprivate let room: BufferPool.Room?
    /// The memory to fill.
    let memory: UnsafeMutableRawBufferPointer
  }

  /// Takes room for so many bytes of bulk; `send` or `drop` must follow.
  func bulk(_ count: Int) throws(PacketFault) -> Bulk {
    guard count > Self.inlineBulk else {
      return Bulk(room: nil, memory: .init(rebasing: small[..<count]))
    }
    let room = try take(count)
    return Bulk(room: room, memory: .init(rebasing: room.buffer.memory[..<count]))
  }

  private func take(_ count: Int) throws(PacketFault) -> BufferPool.Room {
    let room = try pool.take(count)
    for number in room.retired { retire(number) }
    return room
  }

  /// Gives room back unsent.
  func drop(_ bulk: Bulk) {
    guard let room = bulk.room else { return }
    guard let descriptor = room.descriptor else { return room.buffer.giveBack() }
    // The other side must hear of the buffer before it is used again.
    var head = PacketHead(kind: .introduced)
    head.introduce(room.buffer.number, capacity: room.buffer.capacity, isNew: true)
    dispatch(head.bytes(body: 0, bulk: 0), descriptor)
  }

  /// Sends a packet.
  func send(
    _ kind: PacketKind, _ body: PacketWriter, bulk: Bulk? = nil
  ) throws(PacketFault) {
    var (room, body) = (bulk?.room, body.bytes)
    let count = bulk?.memory.count ?? 0
    var head = PacketHead(kind: kind)
    let bodyCount = body.count
    if bodyCount > Self.inlineBody {
      room = try moved(bulk, body)
      head.isLong = true
      body = []
    }
    if let room {
      head.introduce(
        room.buffer.number, capacity: room.buffer.capacity, isNew: room.descriptor != nil)
    }
    var packet = head.bytes(body: bodyCount, bulk: count)
    packet += body
    if let bulk, room == nil { packet += bulk.memory }
    dispatch(packet, room?.descriptor)
  }

  /// Bulk and a large body together in a buffer of their own.
  private func moved(_ bulk: Bulk?, _ body: [UInt8]) throws(PacketFault) -> BufferPool.Room {
    let count = bulk?.memory.count ?? 0
    let room: BufferPool.Room
    do throws(PacketFault) {
      room = try take(count + body.count)
    } catch {
      bulk.map(drop)
      throw error
    }
    if let bulk {
      room.buffer.memory.copyMemory(from: UnsafeRawBufferPointer(bulk.memory))
      drop(bulk)
    }
    UnsafeMutableRawBufferPointer(rebasing: room.buffer.memory[count...]).copyBytes(from: body)
    return room
  }

  private func retire(_ number: Int) {
    var head = PacketHead(kind: .retired)
    head.introduce(number, capacity: 0, isNew: false)
    dispatch(head.bytes(body: 0, bulk: 0), nil)
  }

  // MARK: The socket

  private func dispatch(_ packet: [UInt8], _ descriptor: Int32?) {
    if !waiting.isEmpty { _ = flush() }
    if !waiting.isEmpty || !post(packet, descriptor) { waiting.append((packet, descriptor)) }
  }

  /// Sends what found no room before; whether the other side takes packets at all.
  func flush() -> Bool {
    while let (packet, descriptor) = waiting.first, post(packet, descriptor) {
      waiting.removeFirst()
    }
    return waiting.count <= Self.mostWaiting
  }

  /// Sends a packet; false when there is no room.
  ///
  /// When the other side is gone it is lost: the receiver finds that out.
  private func post(_ packet: [UInt8], _ descriptor: Int32?) -> Bool {
    var descriptors = [descriptor ?? -1]
    let status = packet.withUnsafeBytes { bytes in
      synapus_packet_send(
        socket, bytes.baseAddress, bytes.count, &descriptors, descriptor == nil ? 0 : 1,
        waits ? 1 : 0)
    }
    guard status != 0 else { return false }
    descriptor.map(synapus_wake_close)
    return true
  }
}

/// What a packet is about.
enum PacketKind: UInt8 {
  case configure, order, cancel, refuse
  case report, farewell
  case introduced, retired
}

/// The fixed part of a packet: 24 bytes.
struct PacketHead {
  static let size = 24
  private static let mark: UInt8 = 0x53

  var kind: PacketKind
  /// Whether the body lies behind the bulk in the buffer.
  var isLong = false
  private(set) var buffer: Int?
  private(set) var capacity = 0
  private(set) var isNew = false
  private(set) var bodyCount = 0
  private(set) var bulkCount = 0

  init(kind: PacketKind) { self.kind = kind }

  mutating func introduce(_ number: Int, capacity: Int, isNew: Bool) {
    (buffer, self.capacity, self.isNew) = (number, capacity, isNew)
  }

  func bytes(body: Int, bulk: Int) -> [UInt8] {
    let flags: UInt8 = (buffer == nil ? 0 : 1) | (isNew ? 2 : 0) | (isLong ? 4 : 0)
    var writer = PacketWriter()
    writer.byte(Self.mark)
    writer.byte(kind.rawValue)
    writer.byte(flags)
    writer.byte(0)
    writer.word(UInt32(truncatingIfNeeded: buffer ?? 0))
    writer.bits(UInt64(bulk))
    writer.word(UInt32(truncatingIfNeeded: body))
    writer.word(0)
    return writer.bytes
  }

  init(_ reader: inout PacketReader) throws(PacketFault) {
    let mark = try reader.byte()
    guard mark == Self.mark else { throw .unknown(kind: Int(mark)) }
    let number = try reader.byte()
    guard let kind = PacketKind(rawValue: number) else { throw .unknown(kind: Int(number)) }
    self.kind = kind
    let flags = try reader.byte()
    _ = try reader.byte()
    let place = Int(try reader.word())
    if flags & 1 != 0 { buffer = place }
    (isNew, isLong) = (flags & 2 != 0, flags & 4 != 0)
    let bulk = try reader.bits()
    guard bulk <= UInt64(WorkerLimits.sharedBytes) else {
      throw .outOfRange(what: "bytes of bulk:", found: Int(clamping: bulk))
    }
    (bulkCount, bodyCount) = (Int(bulk), Int(try reader.word()))
    _ = try reader.word()
  }
}

extension PacketWriter {
  fileprivate mutating func word(_ value: UInt32) {
    for shift in stride(from: UInt32(0), to: 32, by: 8) {
      byte(UInt8(truncatingIfNeeded: value >> shift))
    }
  }
}

extension PacketReader {
  fileprivate mutating func word() throws(PacketFault) -> UInt32 {
    var value: UInt32 = 0
    for shift in stride(from: UInt32(0), to: 32, by: 8) { value |= UInt32(try byte()) << shift }
    return value
  }
}
