import ChipInterface
import Emulator
import HardwareSpec
import Link
import TestSupport
import Testing

/// One suite over every chip there is: fake, ideal, emulated, and each of them behind a server.
@Suite struct ChipConformanceTests {
  @Test(arguments: [false, true])
  func fakeChip(exact: Bool) throws {
    let spec = try ChipLibrary.chip("synapus-1")
    #expect(ChipConformance { FakeChip(spec, takesExactWeights: exact) }.failures() == [])
  }

  @Test(arguments: ChipLibrary.analogNames)
  func idealChip(name: String) throws {
    let spec = try ChipLibrary.chip(name)
    #expect(ChipConformance { IdealChip(spec) }.failures() == [])
  }

  @Test(arguments: ChipLibrary.analogNames)
  func emulatedChip(name: String) throws {
    let spec = try ChipLibrary.chip(name)
    let settings = EmulationSettings(mismatch: 0.2, threads: 2)
    #expect(ChipConformance { try EmulatedChip(spec, settings) }.failures() == [])
  }

  /// The state of a chip stays on its server: `RemoteStateTests` has what takes its place.
  @Test(arguments: [false, true], ["fake", "ideal", "emulated"])
  func remoteChip(tcp: Bool, kind: String) throws {
    let spec = try ChipLibrary.chip("synapus-1")
    let server = try RemoteServer(tcp: tcp) {
      switch kind {
      case "fake": return FakeChip(spec)
      case "ideal": return IdealChip(spec)
      default: return try EmulatedChip(spec, EmulationSettings(mismatch: 0.2))
      }
    }
    let conformance = ChipConformance(givesStates: false) {
      try RemoteChip(connecting: server.endpoint)
    }
    #expect(conformance.failures() == [])
  }
}
