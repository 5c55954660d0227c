/// A message of the server: the answer to a request, or one of several.
package struct Reply: Sendable {
  /// What is said.
  package enum Body: Sendable {
    /// The message's type, its fields and its payload.
    case message(type: String, JSONObject, Payload?)
    /// Why there is no answer.
    case failure(WireError)
  }

  /// The request's id; nil when it could not be read, then it is sent as an empty text.
  package var id: String?
  /// What is said.
  package var body: Body

  /// Makes a message.
  package init(id: String?, _ body: Body) { (self.id, self.body) = (id, body) }

  /// The answer to a request that was granted.
  package static func ok(
    _ request: Request, _ fields: JSONObject = [:], _ payload: Payload? = nil
  ) -> Reply {
    Reply(id: request.id, .message(type: request.message.type + ".ok", fields, payload))
  }

  /// The error, if it is one.
  package var error: WireError? {
    if case .failure(let error) = body { return error }
    return nil
  }

  /// The frames to send.
  package var frames: [Frame] {
    let id = JSONValue.text(self.id ?? "")
    switch body {
    case .message(let type, let fields, let payload):
      var header: JSONObject = ["type": .text(type), "id": id]
      header.merge(fields)
      return Message.frames(header: header, payload: payload)
    case .failure(let error):
      let header: JSONObject = [
        "type": .text("error"), "id": id, "error": error.json(requestID: self.id),
      ]
      return Message.frames(header: header, payload: nil)
    }
  }
}
