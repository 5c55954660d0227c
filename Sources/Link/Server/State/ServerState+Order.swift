extension ServerState {
  /// Why a request cannot be done that comes after another one; nil when it can.
  ///
  /// A connection that breaks may lose a request and deliver the one behind it: a run must not be
  /// done with the weights of the batch before.
  func gap(before after: String?, _ session: Int) -> WireError? {
    guard let after else { return nil }
    switch sessions[session]?.memory.find(after) {
    case nil:
      return WireError(
        .unknownRequest, "the request '\(after)', which must come before, is not known",
        field: "after")
    case .underWay?: return nil
    case .answered(let answer)?:
      guard answer.refusal != nil else { return nil }
      return WireError(
        .cancelled, "the request '\(after)', which must come before, was refused", field: "after")
    }
  }
}
