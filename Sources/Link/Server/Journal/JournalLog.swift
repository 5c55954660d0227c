import Foundation

/// The log of a journal (`journal.sqlite-wal`) as a server that was killed left it.
///
/// SQLite takes a log up to the first frame whose checksum is wrong, as after a power cut in the
/// middle of a transaction. A frame that was damaged later would end it as well, and all that was
/// committed after it would be lost without a word; so it is looked for here. What cannot be told
/// from a power cut is damage in the very last transaction.
///
/// The format is that of sqlite.org/fileformat2.html, section 4.
struct JournalLog {
  private let bytes: Data
  private let pageSize: Int
  private let isBigEndian: Bool

  private static let (headerSize, frameHeaderSize) = (32, 24)
  private static let smallestPage = 512
  private static let magic: UInt32 = 0x377F_0682

  /// Reads a log; a missing or empty one is fine.
  init(path: String) throws {
    bytes = (try? Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)) ?? Data()
    pageSize = bytes.count >= Self.headerSize ? Int(Self.word(bytes, 8)) : 0
    isBigEndian = bytes.count >= Self.headerSize && Self.word(bytes, 0) & 1 == 1
  }

  private static func word(_ bytes: Data, _ offset: Int, big: Bool = true) -> UInt32 {
    let start = bytes.startIndex + offset
    return (0..<4).reduce(0) { word, i in
      word | UInt32(bytes[start + i]) << UInt32(big ? 24 - 8 * i : 8 * i)
    }
  }

  /// Throws where something committed stands behind a damaged frame.
  func check() throws {
    // A log that was just begun has no frame yet, and perhaps half of its header.
    guard bytes.count >= Self.headerSize + Self.frameHeaderSize + Self.smallestPage else { return }
    try checkHeader()
    var sum = checksum(0..<24, after: Sum(0, 0))
    var frame = 0
    while let next = frameSum(frame, after: sum), next == storedSum(frame), hasSalt(frame) {
      (sum, frame) = (next, frame + 1)
    }
    // From here on SQLite reads nothing; is there a commit that another transaction follows?
    var before = [frameSum(frame, after: sum), storedSum(frame)]
    var isCommit = commits(frame)
    while let stored = storedSum(frame + 1), hasSalt(frame + 1) {
      let follows = before.contains { $0 != nil && frameSum(frame + 1, after: $0) == stored }
      guard !(isCommit && follows) else {
        throw JournalFault.damaged("frame \(frame) of its log or one before it")
      }
      (before, isCommit, frame) = ([stored], commits(frame + 1), frame + 1)
    }
  }

  private func checkHeader() throws {
    guard Self.word(bytes, 0) & ~1 == Self.magic,
      (Self.smallestPage...65_536).contains(pageSize), pageSize % 8 == 0,
      checksum(0..<24, after: Sum(0, 0)) == sum(at: 24)
    else { throw JournalFault.damaged("the header of its log") }
  }

  // MARK: Frames

  private func offset(_ frame: Int) -> Int {
    Self.headerSize + frame * (Self.frameHeaderSize + pageSize)
  }

  private func isThere(_ frame: Int) -> Bool { offset(frame + 1) <= bytes.count }

  /// Whether the frame is of this run of the log, and not left over from the one before.
  private func hasSalt(_ frame: Int) -> Bool {
    guard isThere(frame) else { return false }
    return (0..<8).allSatisfy {
      bytes[bytes.startIndex + offset(frame) + 8 + $0] == bytes[bytes.startIndex + 16 + $0]
    }
  }

  private func commits(_ frame: Int) -> Bool {
    isThere(frame) && Self.word(bytes, offset(frame) + 4) != 0
  }

  // MARK: Checksums

  private typealias Sum = SIMD2<UInt32>

  private func sum(at offset: Int) -> Sum {
    Sum(Self.word(bytes, offset), Self.word(bytes, offset + 4))
  }

  private func storedSum(_ frame: Int) -> Sum? {
    isThere(frame) ? sum(at: offset(frame) + 16) : nil
  }

  private func frameSum(_ frame: Int, after sum: Sum?) -> Sum? {
    guard let sum, isThere(frame) else { return nil }
    let start = offset(frame)
    let header = checksum(start..<start + 8, after: sum)
    let page = start + Self.frameHeaderSize
    return checksum(page..<page + pageSize, after: header)
  }

  private func checksum(_ range: Range<Int>, after sum: Sum) -> Sum {
    bytes.withUnsafeBytes { bytes in
      var (first, second) = (sum[0], sum[1])
      for offset in stride(from: range.lowerBound, to: range.upperBound, by: 8) {
        let a = bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
        let b = bytes.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self)
        first &+= (isBigEndian ? a.bigEndian : a.littleEndian) &+ second
        second &+= (isBigEndian ? b.bigEndian : b.littleEndian) &+ first
      }
      return Sum(first, second)
    }
  }
}
