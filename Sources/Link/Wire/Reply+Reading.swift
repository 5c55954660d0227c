extension Reply {
  /// The header, as it is sent and kept.
  var headerBytes: [UInt8] { frames[1].bytes }

  /// Reads a reply that was sent; without the frame of its payload it has none.
  package init?(headerBytes: [UInt8], payload frame: Frame? = nil) {
    guard case .object(var header)? = try? JSONReader.parse(headerBytes),
      let type = try? header.text("type"), let id = try? header.text("id")
    else { return nil }
    guard type != "error" else {
      self.init(id: id, .failure(WireError(reading: try? header.object("error"))))
      return
    }
    var payload: Payload?
    if let frame, case .list(let entries)? = header["payload"], let entry = entries.first {
      payload = Payload(frame: frame, json: entry)
    }
    for key in ["type", "id", "payload"] { header[key] = nil }
    self.init(id: id, .message(type: type, header, payload))
  }
}

extension WireError {
  /// Reads an error that was sent.
  fileprivate init(reading json: JSONObject?) {
    let code = (try? json?.text("type")).flatMap(Code.init(rawValue:))
    let detail = (try? json?.text("detail")) ?? "the request had failed"
    self.init(code ?? .lost, detail, field: try? json?.text("field"))
    let whole = Int.min...Int.max
    limit = try? json?.integer("limit", whole)
    actual = try? json?.integer("actual", whole)
    retryAfter = try? json?.integer("retry_after_ms", whole)
  }
}
