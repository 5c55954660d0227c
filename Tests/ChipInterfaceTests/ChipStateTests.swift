import ChipInterface
import HardwareSpec
import Testing

/// The bytes of a state: all states come back, and no bytes do harm.
@Suite struct ChipStateTests {
  private struct Generator {
    var random: SequentialRandom

    mutating func integer(_ range: ClosedRange<Int>) -> Int {
      Int.random(in: range, using: &random)
    }

    mutating func numbers(_ count: Int, _ range: ClosedRange<Int>) -> StoredNumbers {
      if integer(0...4) == 0 {
        return .exact((0..<count).map { _ in Double(bitPattern: random.next() >> 2) })
      }
      return .steps((0..<count).map { _ in Int16(integer(range)) })
    }

    mutating func state() -> ChipState {
      var state = ChipState(imageHash: ContentHash.hexadecimal(of: [UInt8(integer(0...255))]))
      for slot in 0..<integer(0...3) {
        state.cells.append(
          CellState(slot: slot, codes: (0..<8 * integer(0...4)).map { UInt16($0 * 77) }))
      }
      for slot in 0..<integer(0...4) { state.cores.append(core(slot)) }
      return state
    }

    private mutating func core(_ slot: Int) -> CoreState {
      var core = CoreState(slot: 3 * slot)
      for pair in 0..<integer(0...3) {
        let columns = integer(0...9)
        core.rows.append(
          RowPairState(
            pair: pair, excitatory: numbers(columns, 0...255),
            inhibitory: integer(0...1) == 0
              ? .steps(Array(repeating: 0, count: columns)) : numbers(columns, 0...255)))
      }
      for position in 0..<integer(0...2) {
        let weights = (0..<integer(0...9)).map { _ in Int16(integer(-256...255)) }
        core.projections.append(ProjectionState(position: position, weights: weights))
      }
      for position in 0..<integer(0...2) {
        let exists = (0..<integer(0...40)).map { _ in Bool.random(using: &random) }
        let count = exists.count { $0 }
        core.plastic.append(
          PlasticState(
            position: position, exists: exists, weights: numbers(count, -256...255),
            tags: numbers(integer(0...1) * count, -32_768...32_767),
            delays: numbers(integer(0...1) * count, 0...255)))
      }
      return core
    }
  }

  @Test func statesComeBack() throws {
    for seed in 0..<400 as Range<UInt64> {
      var generator = Generator(random: SequentialRandom(seed: seed, stream: 172))
      let state = generator.state()
      let bytes = state.encoded()
      #expect(try ChipState(decoding: bytes) == state, "seed \(seed)")
      #expect(try ChipState(decoding: bytes).encoded() == bytes, "seed \(seed)")
    }
  }

  /// An untouched chip's state is its image's name and little else.
  @Test func initialStatesAreSmall() {
    let state = ChipState(imageHash: ContentHash.hexadecimal(of: [1]))
    #expect(state.isInitial)
    #expect(state.encoded().count == 92)
  }

  /// Every changed byte and every shorter text is refused.
  @Test func damageIsFound() throws {
    for seed in 0..<20 as Range<UInt64> {
      var generator = Generator(random: SequentialRandom(seed: seed, stream: 173))
      let bytes = generator.state().encoded()
      for place in bytes.indices {
        var damaged = bytes
        damaged[place] ^= UInt8(generator.integer(1...255))
        #expect(throws: ChipStateFormatError.self, "seed \(seed), byte \(place)") {
          try ChipState(decoding: damaged)
        }
      }
      for length in stride(from: 0, to: bytes.count, by: 7) {
        #expect(throws: ChipStateFormatError.self) {
          try ChipState(decoding: Array(bytes[..<length]))
        }
      }
    }
  }

  /// Bytes of ill will have a right checksum; they are decoded or refused, and cost little.
  @Test func hostileBytesDoNoHarm() throws {
    var (taken, refused) = (0, 0)
    for seed in 0..<3000 as Range<UInt64> {
      var generator = Generator(random: SequentialRandom(seed: seed, stream: 174))
      var bytes = Array(generator.state().encoded().dropLast(4))
      for _ in 0..<generator.integer(1...3) {
        switch generator.integer(0...3) {
        case 0: bytes[generator.integer(10...bytes.count - 1)] = UInt8(generator.integer(0...255))
        case 1: bytes.removeLast(generator.integer(0...min(20, bytes.count - 20)))
        case 2:
          // A count of 2³¹ or 2³² − 1, or the halves of one of 2⁶³.
          let place = generator.integer(10...bytes.count - 8)
          let count: [UInt8] = [
            [0, 0, 0, 0x80], [0xFF, 0xFF, 0xFF, 0xFF], [0, 0, 0, 0, 0, 0, 0, 0x80],
          ][generator.integer(0...2)]
          bytes.replaceSubrange(place..<place + count.count, with: count)
        default: bytes.append(UInt8(generator.integer(0...255)))
        }
      }
      let sum = CRC32.checksum(bytes)
      bytes += (0..<4).map { UInt8(truncatingIfNeeded: sum >> UInt32(8 * $0)) }
      do throws(ChipStateFormatError) {
        let state = try ChipState(decoding: bytes)
        taken += 1
        #expect(try ChipState(decoding: state.encoded()).encoded() == state.encoded())
      } catch { refused += 1 }
    }
    #expect(taken > 100 && refused > 1000, "\(taken) taken, \(refused) refused")
  }

  @Test func errorsSayWhatIsWrong() throws {
    let good = ChipState(imageHash: "x").encoded()
    var newer = good
    newer[8] = 9
    #expect(throws: ChipStateFormatError.unknownVersion(found: 9, known: 1...1)) {
      try ChipState(decoding: newer)
    }
    #expect(throws: ChipStateFormatError.notAState) { try ChipState(decoding: []) }
    #expect(throws: ChipStateFormatError.corrupted) {
      try ChipState(decoding: good + [0])
    }
  }
}
