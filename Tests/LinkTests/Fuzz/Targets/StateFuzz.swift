import ChipInterface
import HardwareSpec
import Link
import TestSupport

/// The states of checkpoints, as bytes and with their checksum put right; what is understood is
/// checked against an image and applied to it where it fits.
struct StateFuzz: FuzzTarget {
  static let name = "state"
  private static let hashBytes = 64

  private let spec: ChipSpec
  private let image: ChipImage
  private let good: ChipState

  init() throws {
    spec = try ChipLibrary.chip("synapus-1")
    image = try TestImage.make(for: spec)
    let columns = TestImage.hidden + TestImage.labels
    var core = CoreState(slot: 0)
    core.rows = [2, 5].map { pair in
      RowPairState(
        pair: pair, excitatory: .steps(Array(repeating: 3, count: columns)),
        inhibitory: .steps((0..<columns).map { Int16($0) }))
    }
    good = ChipState(imageHash: try image.stateHash(on: spec), cores: [core])
  }

  func seeds() throws -> [[UInt8]] {
    var full = good
    full.cells = [CellState(slot: 0, codes: (0..<120).map { UInt16($0) })]
    full.cores[0].projections = [ProjectionState(position: 1, weights: [-3, 4])]
    full.cores[0].plastic = [
      PlasticState(
        position: 0, exists: [true, false, true], weights: .exact([0.5, -1]), tags: .steps([1, 2]),
        delays: .steps([]))
    ]
    return [good, full, ChipState(imageHash: good.imageHash)].map { $0.encoded() }
  }

  func take(_ bytes: [UInt8]) throws {
    _ = try? ChipState(decoding: bytes)
    let sealed = sealed(bytes)
    let state: ChipState
    do throws(ChipStateFormatError) {
      state = try ChipState(decoding: sealed)
    } catch {
      try FuzzFinding.require(!error.description.isEmpty, "no reason given")
      return
    }
    try FuzzFinding.require(state.encoded() == sealed, "a state is not coded as it was")
    do {
      try state.validate(on: spec, image: image, hash: good.imageHash, takesExact: true)
    } catch { return }
    _ = try? state.applied(to: image, on: spec)
  }

  /// Puts the image's hash, where there is room for one, and the checksum into a state.
  private func sealed(_ input: [UInt8]) -> [UInt8] {
    guard input.count >= 20 + Self.hashBytes else { return input }
    var bytes = input
    if bytes[12] == Self.hashBytes, bytes[13...15] == [0, 0, 0] {
      bytes.replaceSubrange(16..<16 + Self.hashBytes, with: good.imageHash.utf8)
    }
    let end = bytes.count - 4
    let sum = CRC32.checksum(bytes[..<end])
    for i in 0..<4 { bytes[end + i] = UInt8(truncatingIfNeeded: sum >> UInt32(8 * i)) }
    return bytes
  }

  func takeGood() throws {
    let state = try ChipState(decoding: good.encoded())
    try FuzzFinding.require(state == good, "a good state is not understood")
    try state.validate(on: spec, image: image, hash: good.imageHash, takesExact: true)
  }
}
