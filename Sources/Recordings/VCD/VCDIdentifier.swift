/// The short name of a variable in a VCD file: base 94 over the printable characters.
struct VCDIdentifier: Equatable, Sendable {
  let bytes: [UInt8]

  /// The identifier of the n-th variable: one character for the first 94, then two, and so on.
  init(_ number: Int) {
    var (rest, bytes): (Int, [UInt8]) = (number, [])
    repeat {
      bytes.append(UInt8(33 + rest % 94))
      rest = rest / 94 - 1
    } while rest >= 0
    self.bytes = bytes
  }
}
