import ChipInterface
import HardwareSpec
import Link
import TestSupport

/// Chip images of small chips, analog and digital, as bytes and with their checksums put right.
///
/// Whatever is understood must be valid, and coded again to the same bytes.
struct ImageFuzz: FuzzTarget {
  static let name = "image"
  private let specs: [ChipSpec]
  private let hashes: [String]
  private let (wide, good): (ChipSpec, [UInt8])

  init() throws {
    specs = try ["synapus-1", "loihi", "truenorth"].map(Self.small)
    hashes = specs.map(\.hash)
    wide = try ChipLibrary.chip("synapus-1")
    good = try TestImage.make(for: wide).encoded(spec: wide)
  }

  /// A chip with few parts, so that its images are small.
  private static func small(_ name: String) throws -> ChipSpec {
    var spec = try ChipLibrary.chip(name)
    (spec.geometry.meshColumns, spec.geometry.meshRows) = (2, 2)
    (spec.geometry.circuitsPerCore, spec.geometry.synapseRowsPerCore) = (16, 10)
    spec.geometry.circuitsPerBlock = 16
    return spec
  }

  func seeds() throws -> [[UInt8]] { [good] }

  func take(_ bytes: [UInt8]) throws {
    let header = try? ChipImageHeader(decoding: bytes)
    // The section names the chip; where it does not, the analog one is as good as another.
    let named = specs.firstIndex { Self.names($0.name, in: bytes) } ?? 0
    if header != nil { _ = try? ChipImage(decoding: bytes, spec: specs[named]) }
    try take(Self.sealed(bytes, specs[named].name, hashes[named]), specs[named])
  }

  private static func names(_ name: String, in bytes: [UInt8]) -> Bool {
    let (name, head) = (Array(name.utf8), Array(bytes.prefix(400)))
    return head.indices.contains { head[$0...].starts(with: name) }
  }

  private func take(_ bytes: [UInt8], _ spec: ChipSpec) throws {
    let image: ChipImage
    do throws(ImageFormatError) {
      image = try ChipImage(decoding: bytes, spec: spec)
    } catch {
      try FuzzFinding.require(!error.description.isEmpty, "no reason given")
      return
    }
    do throws(ChipError) {
      try image.validate(against: spec)
    } catch { throw FuzzFinding("an image was understood that is not valid: \(error)") }
    let again = try? image.encoded(spec: spec)
    try FuzzFinding.require(again == bytes, "an image is not coded as it was")
  }

  /// Puts the chip's name and hash, and all checksums, into what looks like an image.
  static func sealed(_ input: [UInt8], _ name: String, _ hash: String) -> [UInt8] {
    var bytes = input
    func number(_ at: Int) -> Int { (0..<4).reduce(0) { $0 | Int(bytes[at + $1]) << (8 * $1) } }
    func put(_ value: Int, _ at: Int) {
      for i in 0..<4 { bytes[at + i] = UInt8(truncatingIfNeeded: value >> (8 * i)) }
    }
    guard bytes.count >= 40, case let count = number(12), (1...(bytes.count - 20) / 12) ~= count
    else { return bytes }
    let start = 20 + 12 * count
    // The name of the chip is another in each input, so the section is made anew.
    let old = min(number(20), bytes.count - start)
    func text(_ text: [UInt8]) -> [UInt8] {
      (0..<4).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) } + text
    }
    let section = text(Array(name.utf8)) + text(Array(hash.utf8))
    bytes.replaceSubrange(start..<start + old, with: section)
    put(section.count, 20)
    var offset = start
    for entry in 0..<count {
      let length = number(20 + 12 * entry)
      guard length <= bytes.count - offset else { break }
      put(Int(CRC32.checksum(bytes[offset..<offset + length])), 24 + 12 * entry)
      offset += length
    }
    put(Int(CRC32.checksum(bytes[..<(start - 4)])), start - 4)
    return bytes
  }

  func takeGood() throws {
    let image = try ChipImage(decoding: good, spec: wide)
    try FuzzFinding.require(image.inputRoutes.count == TestImage.inputs, "a good image is lost")
  }
}
