import Emulator
import Fidelity
import HardwareSpec
import Testing

/// The rows of the fidelity table that concern full circuits, for every kernel and the reference.
@Suite struct CircuitFidelityTests {
  @Test(
    arguments: EmulatedChip.availableKernels.filter { $0 != "auto" }, ["synapus-1", "bss2-like"])
  func boundsHold(kernel: String, chip: String) throws {
    let spec = try ChipLibrary.chip(chip)
    let kernel = try #require(EmulationSettings.Kernel(rawValue: kernel))
    let checks = try CircuitChecks(spec, kernel: kernel).run()
    #expect(checks.count >= 12)
    for check in checks {
      print("\(chip): \(check.name): \(check.quantity) \(check.error) \(check.unit)")
      #expect(
        check.pass, "\(chip): \(check.name): \(check.quantity) \(check.error) > \(check.bound)")
    }
  }
}
