import Fidelity
import HardwareSpec
import Testing

/// The energy rows of the fidelity table.
@Suite struct EnergyFidelityTests {
  @Test func bss2LikeCostsWhatWasPublished() throws {
    let checks = try EnergyChecks(ChipLibrary.chip("bss2-like")).run()
    #expect(checks.count == 3)
    for check in checks {
      print("\(check.name): \(check.quantity) \(check.error) \(check.unit), bound \(check.bound)")
      #expect(check.pass, "\(check.quantity): \(check.error) > \(check.bound)")
    }
  }

  @Test func aChipWithoutEnergiesFails() throws {
    var spec = try ChipLibrary.chip("bss2-like")
    spec.energy = nil
    #expect(try !EnergyChecks(spec).run()[0].pass)
  }
}
