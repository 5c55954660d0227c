import HardwareSpec
import Link
import Synchronization
import TestSupport
import Testing

/// Payloads that came before their message, in pieces.
@Suite struct UploadTests {
  private func upload() throws -> Message {
    try Message(frames: GoldenTests.golden("image.load-upload").frames, excess: 0, payloadLimit: 0)
  }

  private var whole: [UInt8] { Payload([WireArray("image", GoldenMessages.image)]).frame.bytes }

  @Test func uploadsAreAttached() throws {
    var message = try upload()
    #expect(message.missingUploads.map(\.name) == ["u1"])
    #expect(message.missingUploads.map(\.bytes) == [whole.count])
    #expect(throws: WireError.self) { try message.array("image", UInt8.self) }
    message.attach(upload: "another", pieces: [Frame(whole)])
    #expect(!message.missingUploads.isEmpty)
    message.attach(upload: "u1", pieces: [Frame(whole)])
    #expect(message.missingUploads.isEmpty)
    try message.verifyChecksums()
    #expect(try message.array("image", UInt8.self) == GoldenMessages.image)
  }

  @Test func checksumsGoOverPieces() throws {
    for size in 1...whole.count {
      var message = try upload()
      let pieces = stride(from: 0, to: whole.count, by: size).map {
        Frame(Array(whole[$0..<min($0 + size, whole.count)]))
      }
      message.attach(upload: "u1", pieces: pieces)
      try message.verifyChecksums()
      guard pieces.count > 1 else { continue }
      message.attach(upload: "u1", pieces: pieces.reversed())
      #expect(throws: WireError.self, "pieces of \(size) in another order") {
        try message.verifyChecksums()
      }
      // Arrays are read from one piece of memory only; what joins them comes after.
      #expect(throws: WireError.self) { try message.array("image", UInt8.self) }
    }
  }

  @Test func missingUploadsHaveNoChecksum() throws {
    let message = try upload()
    #expect(throws: WireError.self) { try message.verifyChecksums() }
  }

  @Test func uploadsStandForNoFrame() throws {
    var frames = try GoldenTests.golden("image.load-upload").frames
    frames.append(Frame(whole))
    #expect(throws: MalformedMessage.self) {
      try Message(frames: frames, excess: 0, payloadLimit: 1 << 20)
    }
  }

  // MARK: Borrowed memory

  @Test func framesOfFramesKeepThemAlive() throws {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 64, alignment: 8)
    defer { memory.deallocate() }
    for i in memory.indices { memory[i] = UInt8(i) }
    let counter = Released()
    var chunks: [Frame] = []
    do {
      let whole = Frame(borrowing: memory) { counter.add() }
      chunks = stride(from: 0, to: 64, by: 16).map { Frame($0..<$0 + 16, of: whole) }
    }
    #expect(counter.count == 0)
    #expect(chunks.flatMap(\.bytes) == (0..<64).map { UInt8($0) })
    let part = Frame(4..<8, of: chunks[2])
    while let chunk = chunks.popLast() {
      #expect(counter.count == 0)
      #expect(chunk.count == 16)
    }
    #expect(part.bytes == [36, 37, 38, 39])
    #expect(counter.count == 0)
  }

  @Test func memoryIsReleasedOnce() {
    let counter = Released()
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 8, alignment: 8)
    defer { memory.deallocate() }
    do {
      let whole = Frame(borrowing: memory) { counter.add() }
      let parts = [Frame(0..<4, of: whole), Frame(4..<8, of: whole)]
      #expect(parts.map(\.count) == [4, 4])
    }
    #expect(counter.count == 1)
  }

  @Test func messagesKeepWhatTheyBorrow() throws {
    let counter = Released()
    let bytes = whole
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 8)
    defer { memory.deallocate() }
    memory.copyBytes(from: bytes)
    do {
      var message = try upload()
      message.attach(upload: "u1", pieces: [Frame(borrowing: memory) { counter.add() }])
      let copy = message
      message.attach(upload: "u1", pieces: [Frame(bytes)])
      #expect(counter.count == 0)
      #expect(try copy.array("image", UInt8.self) == GoldenMessages.image)
    }
    #expect(counter.count == 1)
  }

  /// Counts how often memory was given back.
  private final class Released: Sendable {
    private let calls = Mutex(0)
    var count: Int { calls.withLock { $0 } }
    func add() { calls.withLock { $0 += 1 } }
  }
}
