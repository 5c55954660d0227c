import ChipInterface
import HardwareSpec
import Link
import TestSupport
import Testing

/// A worker does what the chip would do.
@Suite struct WorkerLinkTests {
  private let spec: ChipSpec
  private let image: ChipImage

  init() throws {
    spec = try ChipLibrary.chip("synapus-1")
    image = try TestImage.make(for: spec)
  }

  private func bare(_ image: ChipImage) throws -> FakeChip {
    let chip = FakeChip(spec)
    try chip.load(image)
    return chip
  }

  @Test func tellsItsChip() throws {
    let worker = try TestWorker()
    #expect(worker.info == FakeChip(spec).info)
    #expect(worker.link.processID == nil)
  }

  @Test func runsAsTheChipAlone() throws {
    let worker = try TestWorker()
    let (fields, _) = try worker.succeed(.load(slot: 1, try TestWorker.load(image, spec)))
    let bytes = try image.encoded(spec: spec)
    #expect(fields["image"] == .text(ContentHash.hexadecimal(of: bytes)))
    let batch = TestImage.experiment(for: spec, samples: 40)
    #expect(try worker.recording(slot: 1, batch) == (try bare(image).run(batch)))
  }

  @Test func writesWeights() throws {
    let worker = try TestWorker()
    try worker.succeed(.load(slot: 1, try TestWorker.load(image, spec)))
    let block = try TestImage.block(for: spec, seed: 5)
    let (fields, _) = try worker.succeed(.write(slot: 1, try TestWorker.write([block])))
    #expect(fields["volatile"] == .flag(true))
    let chip = try bare(image)
    try chip.write([block])
    let batch = TestImage.experiment(for: spec, samples: 7)
    #expect(try worker.recording(slot: 1, batch) == (try chip.run(batch)))
  }
}
