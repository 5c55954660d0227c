import Emulator
import Fidelity
import HardwareSpec
import Testing

@Suite struct DebugCompartments {
  @Test func debug() throws {
    let spec = try ChipLibrary.chip("synapus-1")
    try CompartmentChecks(spec, kernel: .auto).debug()
  }
}
