import Emulator
import Fidelity
import HardwareSpec
import Testing

/// The rows of coupled circuits of the fidelity table, for the fastest kernel and the reference.
@Suite struct CompartmentFidelityTests {
  @Test(arguments: [EmulationSettings.Kernel.auto, .reference])
  func boundsHold(kernel: EmulationSettings.Kernel) throws {
    let spec = try ChipLibrary.chip("synapus-1")
    for check in try CompartmentChecks(spec, kernel: kernel).run() {
      print("\(check.name): \(check.quantity) \(check.error) \(check.unit), bound \(check.bound)")
      #expect(check.pass, "\(check.name): \(check.quantity) \(check.error) > \(check.bound)")
    }
  }
}
