import Fidelity
import HardwareSpec
import Testing

/// The spike network against its judge, and the judge against M/D/1.
@Suite struct NetworkFidelityTests {
  @Test func boundsHold() throws {
    for check in NetworkChecks(try ChipLibrary.chip("synapus-1")).run() {
      print("\(check.name): \(check.quantity) \(check.error) \(check.unit), bound \(check.bound)")
      #expect(check.pass, "\(check.name): \(check.quantity) \(check.error) > \(check.bound)")
    }
  }
}
