import HardwareSpec

extension ChipLibrary {
  /// The built-in chips with analog cores.
  package static let analogNames = names.filter { (try? chip($0))?.digital == nil }
}
