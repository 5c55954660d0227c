import Emulator
import Fidelity
import HardwareSpec
import Testing

/// The rows of coupled circuits of the fidelity table, for every kernel and the reference.
@Suite struct CompartmentFidelityTests {
  @Test(arguments: EmulatedChip.availableKernels.filter { $0 != "auto" })
  func boundsHold(kernel: String) throws {
    let spec = try ChipLibrary.chip("synapus-1")
    let kernel = try #require(EmulationSettings.Kernel(rawValue: kernel))
    for check in try CompartmentChecks(spec, kernel: kernel).run() {
      print("\(check.name): \(check.quantity) \(check.error) \(check.unit), bound \(check.bound)")
      #expect(check.pass, "\(check.name): \(check.quantity) \(check.error) > \(check.bound)")
    }
  }
}
