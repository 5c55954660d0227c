import ChipInterface
import Emulator
import HardwareSpec
import Link
import TestSupport
import Testing

/// States stay on the server: what takes the place of `snapshot` and `restore` over the link, and
/// keeps their laws.
@Suite struct RemoteStateTests {
  let spec: ChipSpec

  init() throws { spec = try ChipLibrary.chip("synapus-1") }

  private func server(isDurable: Bool = false) throws -> RemoteServer {
    try RemoteServer(isDurable: isDurable) { [spec] in
      try EmulatedChip(spec, EmulationSettings(mismatch: 0.2))
    }
  }

  private func batch() -> Experiment { TestImage.experiment(for: spec, samples: 5) }

  /// They are refused by name, with an image or without, and change nothing.
  @Test func statesAreRefusedByName() throws {
    let server = try server()
    let chip = try RemoteChip(connecting: server.endpoint)
    func refusal(_ body: () throws -> Void) throws -> String {
      do { try body() } catch ChipError.remote(let code, let detail) {
        return detail.contains("commit") ? code : detail
      }
      return "granted"
    }
    let state = ChipState(imageHash: "")
    #expect(try refusal { _ = try chip.snapshot() } == "not_available")
    #expect(try refusal { try chip.restore(state) } == "not_available")
    try chip.load(TestImage.make(for: spec))
    try chip.write([TestImage.block(for: spec, seed: 2)])
    let before = try chip.run(batch())
    #expect(try refusal { _ = try chip.snapshot() } == "not_available")
    #expect(try refusal { try chip.restore(state) } == "not_available")
    #expect(try chip.run(batch()) == before)
  }

  /// A state becomes an image: the one that is read runs as the chip did, on a chip elsewhere too.
  @Test func theImageThatIsReadIsTheState() throws {
    let server = try server()
    let chip = try RemoteChip(connecting: server.endpoint)
    let image = try TestImage.make(for: spec)
    try chip.load(image)
    #expect(try chip.readImage() == image)
    let plain = try chip.run(batch())
    #expect(try chip.readImage() == image, "a run without learning changed the chip")
    try chip.write([TestImage.block(for: spec, seed: 2)])
    let expected = try chip.run(batch())
    let written = try chip.readImage()
    // A load forgets what was written, and brings it back.
    try chip.load(image)
    #expect(try chip.run(batch()) == plain)
    try chip.load(written)
    #expect(try chip.run(batch()) == expected)
    let other = try EmulatedChip(spec, EmulationSettings(mismatch: 0.2))
    try other.load(written)
    #expect(try other.run(batch()) == expected)
  }

  /// What was committed runs on as if nothing was, over a restart of the server.
  @Test func whatWasCommittedRunsOn() throws {
    let server = try server(isDurable: true)
    let chip = try RemoteChip(connecting: server.endpoint)
    try chip.load(TestImage.make(for: spec))
    try chip.write([TestImage.block(for: spec, seed: 2)])
    let expected = try chip.run(batch())
    let image = try chip.readImage()
    #expect(try chip.commit() == 1)
    try server.restart(atOnce: true)
    #expect(try chip.run(batch()) == expected)
    #expect(try chip.readImage() == image)
  }
}
