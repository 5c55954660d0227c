extension Message {
  /// Code and detail, if the message is an error.
  package var refusal: (code: String, detail: String)? {
    guard type == "error", let error = try? header.object("error") else { return nil }
    let detail = (try? error.text("detail")) ?? ""
    return ((try? error.text("type", atMost: 64)) ?? "bad_answer", detail)
  }
}
