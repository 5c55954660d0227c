import ChipInterface

// The server keeps the state of each session's image, over swaps, checkpoints and restarts.
extension RemoteChip {
  /// Not possible over the link: use ``commit()``, and ``readImage()`` for the weights.
  public func snapshot() throws(ChipError) -> ChipState { throw Self.noStates }

  /// Not possible over the link.
  public func restore(_ state: ChipState) throws(ChipError) { throw Self.noStates }

  private static let noStates = ChipError.remote(
    code: WireError.Code.notAvailable.rawValue,
    detail: "the state of a chip stays on its server; commit it there, or read the image")
}
