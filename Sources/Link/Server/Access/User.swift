/// What somebody may do on a server.
package enum Right: String, CaseIterable, Sendable {
  /// To look: greetings, status, events.
  case view
  /// To use chips.
  case run
  /// To calibrate them.
  case calibrate
  /// To break leases, reset chips and stop the server.
  case administer
}

/// A set of rights under a name, as key files give it.
package enum Role: String, CaseIterable, Sendable {
  case viewer, runner, calibrator, admin

  /// The rights of the role; each has those of the one before.
  package var rights: Set<Right> {
    switch self {
    case .viewer: return [.view]
    case .runner: return [.view, .run]
    case .calibrator: return [.view, .run, .calibrate]
    case .admin: return Set(Right.allCases)
    }
  }
}

/// Somebody whom the server knows, by key or by being on this machine.
package struct User: Equatable, Sendable {
  /// The name; what counts and shares are kept by.
  package var name: String
  /// What they may do.
  package var role: Role
  /// The chips on which they may do it; nil: all.
  package var chips: Set<String>?

  /// Makes a user.
  package init(_ name: String, _ role: Role, chips: Set<String>? = nil) {
    (self.name, self.role, self.chips) = (name, role, chips)
  }

  /// Everybody, on a server without keys.
  package static let local = User("local", .admin)

  /// Whether the user may do something, on that chip where one is meant.
  package func may(_ right: Right, on chip: String? = nil) -> Bool {
    role.rights.contains(right) && (chip.map { chips?.contains($0) ?? true } ?? true)
  }
}
