import ChipInterface
import Foundation
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

  private func bare(_ image: ChipImage, _ blocks: [WeightBlock] = []) throws -> FakeChip {
    let chip = FakeChip(spec)
    try chip.load(image)
    try chip.write(blocks)
    return chip
  }

  private func batch(_ samples: Int) -> Experiment {
    TestImage.experiment(for: spec, samples: samples)
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
    #expect(try worker.recording(slot: 1, batch(40)) == (try bare(image).run(batch(40))))
    #expect(try worker.recording(slot: 1, batch(0)) == (try bare(image).run(batch(0))))
  }

  @Test func writesWeights() throws {
    let worker = try TestWorker()
    try worker.succeed(.load(slot: 1, try TestWorker.load(image, spec)))
    let block = try TestImage.block(for: spec, seed: 5)
    let (fields, _) = try worker.succeed(.write(slot: 1, try TestWorker.write([block])))
    #expect(fields["volatile"] == .flag(true))
    let expected = try bare(image, [block]).run(batch(7))
    #expect(try worker.recording(slot: 1, batch(7)) == expected)
  }

  @Test func readsImagesBack() throws {
    let worker = try TestWorker()
    try worker.succeed(.load(slot: 1, try TestWorker.load(image, spec)))
    let block = try TestImage.block(for: spec, seed: 5)
    try worker.succeed(.write(slot: 1, try TestWorker.write([block])))
    let (_, payload) = try worker.succeed(.readImage(slot: 1))
    let part = try required(payload, "payload")
    let message = try TestWorker.message(
      "image.read.ok", ["payload": .list([part.json])], frames: [part.frame])
    let read = try ImageCoding.decode(message, spec: spec)
    #expect(try bare(read).run(batch(7)) == (try bare(image, [block]).run(batch(7))))
  }

  /// A message whose payload came as an upload in pieces is one frame for the worker.
  @Test func joinsUploads() throws {
    let worker = try TestWorker()
    let payload = Payload(try ImageCoding.encode(image, spec: spec))
    guard case .object(var entry) = payload.json else { throw MissingValue(description: "entry") }
    entry["upload"] = .text("u1")
    var message = try TestWorker.message(
      "image.load", ["payload": .list([.object(entry)])], frames: [])
    let bytes = payload.frame.bytes
    let pieces = stride(from: 0, to: bytes.count, by: 1000).map {
      Frame(bytes[$0..<min($0 + 1000, bytes.count)])
    }
    message.attach(upload: "u1", pieces: pieces)
    try worker.succeed(.load(slot: 1, message))
    #expect(try worker.recording(slot: 1, batch(5)) == (try bare(image).run(batch(5))))
    message.attach(upload: "u1", pieces: Array(pieces.dropLast()))
    #expect(try worker.failure(of: .load(slot: 2, message)).code == .badPayload)
  }

  // MARK: Swapping

  /// Interleaved slots act as chips of their own, whatever is written to the others.
  @Test(arguments: [1, 2, 3] as [UInt64]) func slotsNeverMix(seed: UInt64) throws {
    let worker = try TestWorker()
    var random = SequentialRandom(seed: seed, stream: 1)
    // Slots 0 and 1 have the same image, which is then exchanged without a load.
    let images = try [1, 1, 2, 3].map { try TestImage.make(for: spec, seed: $0) }
    let chips = try images.map { try bare($0) }
    for (slot, image) in images.enumerated() {
      try worker.succeed(.load(slot: slot, try TestWorker.load(image, spec)))
    }
    for step in 0..<60 {
      let slot = Int.random(in: 0..<4, using: &random)
      switch Int.random(in: 0..<4, using: &random) {
      case 0:
        let block = try TestImage.block(for: spec, seed: UInt64(step))
        try worker.succeed(.write(slot: slot, try TestWorker.write([block])))
        try chips[slot].write([block])
      case 1: try worker.succeed(.snapshot(slot: slot))
      default:
        let found = try worker.recording(slot: slot, batch(3))
        #expect(found == (try chips[slot].run(batch(3))), "seed \(seed), step \(step)")
      }
    }
  }

  @Test func checkpointsComeBack() throws {
    let worker = try TestWorker()
    try worker.succeed(.load(slot: 1, try TestWorker.load(image, spec)))
    let block = try TestImage.block(for: spec, seed: 5)
    try worker.succeed(.write(slot: 1, try TestWorker.write([block])))
    let (_, payload) = try worker.succeed(.snapshot(slot: 1))
    let stored = StoredImage(
      hash: "any", bytes: try image.encoded(spec: spec),
      state: try required(payload, "state").frame.bytes)
    let other = try TestWorker()
    try other.succeed(.restore(slot: 9, stored))
    let expected = try bare(image, [block]).run(batch(7))
    #expect(try other.recording(slot: 9, batch(7)) == expected)
    try other.succeed(.restore(slot: 9, StoredImage(hash: "", bytes: stored.bytes, state: nil)))
    #expect(try other.recording(slot: 9, batch(7)) == (try bare(image).run(batch(7))))
  }

  @Test func refusedImagesLeaveTheSlotAlone() throws {
    let worker = try TestWorker()
    try worker.succeed(.load(slot: 1, try TestWorker.load(image, spec)))
    let block = try TestImage.block(for: spec, seed: 5)
    try worker.succeed(.write(slot: 1, try TestWorker.write([block])))
    var bytes = try image.encoded(spec: spec)
    bytes[bytes.count / 2] ^= 1
    let bad = try TestWorker.message("image.load", [:], [WireArray("image", bytes)])
    #expect(try worker.failure(of: .load(slot: 1, bad)).code == .chipRefused)
    #expect(try worker.failure(of: .load(slot: 2, bad)).code == .chipRefused)
    let expected = try bare(image, [block]).run(batch(7))
    #expect(try worker.recording(slot: 1, batch(7)) == expected)
    #expect(throws: WireError.self) { try worker.recording(slot: 2, batch(7)) }
  }

  @Test func forgottenSlotsAreGone() throws {
    let worker = try TestWorker()
    try worker.succeed(.load(slot: 1, try TestWorker.load(image, spec)))
    try worker.succeed(.forget(slot: 1))
    #expect(try worker.failure(of: .readImage(slot: 1)).code == .noImage)
    #expect(try worker.failure(of: .run(slot: 1, try TestWorker.run(batch(1)))).code == .noImage)
  }

  @Test func holdsABoundedNumberOfImages() throws {
    let worker = try TestWorker()
    let load = try TestWorker.load(image, spec)
    for slot in 0..<256 { try worker.succeed(.load(slot: slot, load)) }
    let error = try worker.failure(of: .load(slot: 256, load))
    #expect(error.code == .tooLarge)
    #expect(error.limit == 256)
    try worker.succeed(.forget(slot: 17))
    try worker.succeed(.load(slot: 256, load))
  }
}
