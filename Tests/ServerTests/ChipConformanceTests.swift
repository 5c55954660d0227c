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

  @Test(arguments: ["ipc", "tcp"], ["fake", "ideal", "emulated"])
  func remoteChip(transport: String, kind: String) throws {
    let spec = try ChipLibrary.chip("synapus-1")
    let chip: any Chip =
      switch kind {
      case "fake": FakeChip(spec)
      case "ideal": IdealChip(spec)
      default: try EmulatedChip(spec, EmulationSettings(mismatch: 0.2))
      }
    let endpoint = transport == "tcp" ? "tcp://127.0.0.1:0" : "ipc://" + TestServer.freshPath()
    let server = try ChipServer(chip: chip, endpoint: endpoint)
    try server.start()
    defer { server.stop() }
    // To come: the state of a remote chip.
    let conformance = ChipConformance(givesStates: false) {
      try RemoteChip(connecting: server.endpoint)
    }
    #expect(conformance.failures() == [])
  }

  /// The same device here and behind a server: every bit of every recording is the same.
  @Test func emulationIsTheSameOverTheLink() throws {
    let spec = try ChipLibrary.chip("synapus-1")
    let settings = EmulationSettings(chipSeed: 3, trialSeed: 4, mismatch: 0.2)
    let local = try EmulatedChip(spec, settings)
    let server = try ChipServer(
      chip: EmulatedChip(spec, settings), endpoint: "ipc://" + TestServer.freshPath())
    try server.start()
    defer { server.stop() }
    let remote = try RemoteChip(connecting: server.endpoint)
    for chip in [local, remote] as [any Chip] { try chip.load(TestImage.make(for: spec)) }
    for seed in UInt64(1)...5 {
      let block = try TestImage.block(for: spec, seed: seed)
      for chip in [local, remote] as [any Chip] { try chip.write([block]) }
      let experiment = TestImage.experiment(for: spec, samples: 20, seed: seed)
      #expect(try remote.run(experiment) == local.run(experiment), "seed \(seed)")
    }
  }
}
