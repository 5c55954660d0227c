import ChipInterface

/// Work to be asked for, under whatever session, lease and id it will be.
struct WorkRequest {
  /// What is asked; the protocol's names.
  enum Kind: String {
    case load = "image.load"
    case read = "image.read"
    case commit = "image.commit"
    case write = "weights.write"
    case run
  }

  let kind: Kind
  let fields: JSONObject
  /// The payload, packed when it is asked for.
  let arrays: [WireArray]

  /// Describes work.
  init(_ kind: Kind, _ fields: JSONObject = [:], _ arrays: [WireArray] = []) {
    (self.kind, self.fields, self.arrays) = (kind, fields, arrays)
  }
}

/// What came of work: the answer, and the parts of its result.
struct WorkResult {
  let answer: Message
  let parts: [ResultPart]
}
