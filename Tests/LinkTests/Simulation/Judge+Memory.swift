import Link

/// What the server keeps is bounded, and is nothing when nobody is there.
extension Judge {
  func bound(_ server: ServerState) {}
  func leaks(_ server: ServerState) {}
}
