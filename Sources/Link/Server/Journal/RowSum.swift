/// The checksum that each row of the journal carries: CRC-32C of its table and its fields.
///
/// SQLite's own check proves the structure of a file, not what stands in a row. Rows are summed
/// with the texts that they refer to, so that a damaged reference shows too.
struct RowSum {
  private var sum: UInt32 = 0

  /// Begins the sum of a row of a table.
  init(_ table: String) { add(table) }

  /// Adds a text with its length.
  mutating func add(_ text: String) { add(Array(text.utf8)) }

  /// Adds bytes with their number.
  mutating func add(_ bytes: [UInt8]) {
    add(bytes.count)
    bytes.withUnsafeBytes { sum = CRC32C.checksum($0, after: sum) }
  }

  /// Adds a number.
  mutating func add(_ number: Int) {
    withUnsafeBytes(of: number.littleEndian) { sum = CRC32C.checksum($0, after: sum) }
  }

  /// The sum as SQLite holds it.
  var value: Int { Int(sum) }

  static func session(_ digest: String, user: String, client: String) -> Int {
    var sum = RowSum("session")
    for text in [digest, user, client] { sum.add(text) }
    return sum.value
  }

  /// Rows of a time when `every` was not kept have the sum of one in which it is empty.
  static func image(
    _ session: String, chip: String, name: String, blob: String, every: Int?
  ) -> Int {
    var sum = RowSum("image")
    for text in [session, chip, name, blob] { sum.add(text) }
    if let every { sum.add(every) }
    return sum.value
  }

  static func checkpoint(
    _ session: String, chip: String, name: String, number: Int, blob: String
  ) -> Int {
    var sum = RowSum("checkpoint")
    for text in [session, chip, name, blob] { sum.add(text) }
    sum.add(number)
    return sum.value
  }

  static func answer(
    _ session: String, place: Int, id: String, fingerprint: Int, header: [UInt8]
  ) -> Int {
    var sum = RowSum("answer")
    sum.add(session)
    sum.add(place)
    sum.add(id)
    sum.add(fingerprint)
    sum.add(header)
    return sum.value
  }

  static func epoch(_ chip: String, below: Int) -> Int {
    var sum = RowSum("epoch")
    sum.add(chip)
    sum.add(below)
    return sum.value
  }

  static func calibration(_ place: Int, chip: String, user: String, blob: String) -> Int {
    var sum = RowSum("calibration")
    sum.add(place)
    for text in [chip, user, blob] { sum.add(text) }
    return sum.value
  }
}
