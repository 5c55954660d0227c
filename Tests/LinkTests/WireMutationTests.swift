import HardwareSpec
import Link
import TestSupport
import Testing

/// Messages that were cut short or changed on the way: understood or refused, never a trap.
@Suite struct WireMutationTests {
  let spec: ChipSpec

  init() throws { spec = try ChipLibrary.chip("synapus-1") }

  /// Reads frames in every way that a server or a client reads them.
  ///
  /// - Returns: Whether they are a message.
  @discardableResult private func read(_ frames: [Frame]) -> Bool {
    let message: Message
    do {
      message = try Message(frames: frames, excess: 0, payloadLimit: 1 << 20)
    } catch { return false }
    _ = try? message.verifyChecksums()
    for channel in [Channel.control, .run] { _ = try? Request(message, on: channel) }
    _ = try? ExperimentCoding.decode(message, spec: spec)
    _ = try? WeightCoding.decode(message, spec: spec)
    _ = try? RecordingCoding.decode(message)
    _ = try? ServerDescription(message)
    _ = try? ChipCoding.decode(message)
    _ = message.refusal
    return true
  }

  @Test(arguments: GoldenTests.all.map(\.name)) func prefixesAreRefused(name: String) throws {
    let golden = try GoldenTests.golden(name)
    let file = golden.file
    for count in 0..<file.count {
      let frames = GoldenMessage.frames(file: file.prefix(count))
      #expect(!read(frames), "the first \(count) bytes were taken for a message")
    }
    // Most events have no id, and are no messages that a server would read.
    #expect(read(golden.frames) || golden.kind == .event)
  }

  /// Bytes changed, put in, taken out, and frames exchanged; from seeds.
  @Test(arguments: 0..<40) func changesAreSurvived(seed: Int) throws {
    var random = SequentialRandom(seed: UInt64(seed), stream: 21)
    for golden in GoldenTests.all {
      for _ in 0..<5 {
        var frames = golden.frames
        let place = Int.random(in: 0..<frames.count, using: &random)
        var bytes = frames[place].bytes
        for _ in 0..<Int.random(in: 1...3, using: &random) { change(&bytes, &random) }
        frames[place] = Frame(bytes)
        if Int.random(in: 0..<8, using: &random) == 0 { frames.shuffle(using: &random) }
        if Int.random(in: 0..<8, using: &random) == 0 { frames.append(frames[place]) }
        read(frames)
      }
    }
  }

  private func change(_ bytes: inout [UInt8], _ random: inout SequentialRandom) {
    let place = Int.random(in: 0...bytes.count, using: &random)
    switch Int.random(in: 0..<5, using: &random) {
    case 0: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
    case 1 where place < bytes.count: bytes.remove(at: place)
    case 2 where place < bytes.count: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
    case 3: bytes.insert(contentsOf: Array("9223372036854775808".utf8), at: place)
    default: bytes.insert(contentsOf: bytes.prefix(place), at: place)
    }
  }
}
