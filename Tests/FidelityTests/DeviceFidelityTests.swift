import Fidelity
import HardwareSpec
import Testing

/// The rows of the fidelity table that concern the drawn devices.
@Suite struct DeviceFidelityTests {
  private func judge(_ checks: [FidelityCheck]) {
    for check in checks {
      print("\(check.name): \(check.quantity) \(check.error) \(check.unit), bound \(check.bound)")
      #expect(check.pass, "\(check.name): \(check.quantity) \(check.error) > \(check.bound)")
    }
  }

  @Test(arguments: ["bss2-like", "bss1-like"])
  func measuredBiases(name: String) throws {
    let checks = try #require(MeasuredDeviceChecks(ChipLibrary.chip(name)))
    judge(checks.run())
  }

  @Test func chipsWithoutMeasuredBiasesHaveNoSuchChecks() throws {
    #expect(MeasuredDeviceChecks(try ChipLibrary.chip("synapus-1")) == nil)
  }

  @Test(arguments: ["bss2-like", "bss1-like", "dynapse2-like"])
  func synapses(name: String) throws {
    let checks = SynapseDrawChecks(try ChipLibrary.chip(name)).run()
    #expect(!checks.isEmpty)
    judge(checks)
  }

  @Test func publishedNumbers() throws { judge(try PublishedChipChecks().run()) }

  @Test func uniformMismatch() throws {
    judge(DeviceChecks(try ChipLibrary.chip("synapus-1")).run())
  }
}
