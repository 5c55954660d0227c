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
  let payload: Payload?

  /// Describes work.
  init(_ kind: Kind, _ fields: JSONObject = [:], payload: Payload? = nil) {
    (self.kind, self.fields, self.payload) = (kind, fields, payload)
  }
}

/// What came of work: the answer, and the parts of its result.
struct WorkResult {
  let answer: Message
  let parts: [ResultPart]
}
