import ArgumentParser
import HardwareSpec

extension ChipSpec {
  /// Refuses a digital chip where a command works with membranes in volts, mismatch or an ADC.
  func requireAnalog(for what: String) throws {
    guard digital != nil else { return }
    throw ValidationError(
      "\(what) is for analog chips and \(name) is digital; try --chip synapus-1.")
  }
}
