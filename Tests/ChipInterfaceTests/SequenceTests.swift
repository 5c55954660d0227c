import ChipInterface
import HardwareSpec
import Testing

@Suite("Sequences of images") struct SequenceTests {
  /// Two small images; the second hears the network's inputs and the first one's first population.
  private func sequence(_ spec: ChipSpec) throws -> ImageSequence {
    var images: [ChipImage] = []
    for number in 0..<2 {
      var image = ChipImage.singleCore(
        spec, circuits: Array(repeating: circuit, count: 4), inputs: 3 + number,
        weights: (0..<4 * (3 + number)).map { Int8($0 - 5) }, durationTicks: 30)
      image.io.populations[0].name = "p\(number)"
      image.io.projections[0].target = "p\(number)"
      image.io.readout.population = "p\(number)"
      images.append(image)
    }
    return ImageSequence(
      inputCount: 3, populations: ["p1", "p0"],
      parts: [
        .init(image: images[0], channels: [.init(.inputs, firstSender: 0, count: 3)]),
        .init(
          image: images[1],
          channels: [
            .init(.inputs, firstSender: 1, count: 1),
            .init(.population("p0"), firstSender: 1, count: 3),
          ]),
      ])
  }

  private let circuit = CircuitSettings(
    leak: 10, reset: 10, threshold: 30, membraneTime: 5, excitatoryTime: 5, inhibitoryTime: 5,
    excitatoryGain: 5, inhibitoryGain: 5, refractoryCount: 1, fires: true)

  @Test func binaryAndTextGiveBackTheSequence() throws {
    let spec = try smallChip()
    let sequence = try sequence(spec)
    let bytes = try sequence.encoded(spec: spec)
    let again = try ImageSequence(decoding: bytes, spec: spec)
    #expect(again == sequence)
    #expect(try again.encoded(spec: spec) == bytes)
    let text = try ImageSequenceText.write(sequence, spec: spec)
    #expect(try ImageSequenceText.parse(text, spec: spec) == sequence)
    #expect(sequence.io.populations.map(\.name) == ["p1", "p0"])
    #expect(sequence.io.readout.population == "p1")
  }

  @Test func everyChangedByteAndEveryTruncationIsRefused() throws {
    let spec = try smallChip()
    let bytes = try sequence(spec).encoded(spec: spec)
    for position in bytes.indices {
      var damaged = bytes
      damaged[position] ^= 1 << UInt8(position % 8)
      #expect(throws: ImageFormatError.self, "byte \(position)") {
        try ImageSequence(decoding: damaged, spec: spec)
      }
      #expect(throws: ImageFormatError.self, "length \(position)") {
        try ImageSequence(decoding: Array(bytes[..<position]), spec: spec)
      }
    }
    #expect(throws: ImageFormatError.self) {
      try ImageSequence(decoding: bytes + [0], spec: spec)
    }
  }

  @Test func contradictionsAreNamed() throws {
    let spec = try smallChip()
    let good = try sequence(spec)
    func faults(_ change: (inout ImageSequence) -> Void) -> [ImageFault] {
      var sequence = good
      change(&sequence)
      do {
        try sequence.validate(against: spec)
      } catch .invalidImage(let faults) { return faults } catch {}
      return []
    }
    let origin = [ImageFault.description(what: "the origin of channels of part", name: "1")]
    #expect(faults { _ in }.isEmpty)
    #expect(faults { $0.parts[1].channels[1].firstSender = 2 } == origin)
    #expect(faults { $0.parts[1].channels[1].origin = .population("p1") } == origin)
    #expect(faults { $0.parts[1].channels[0].firstSender = -1 } == origin)
    #expect(
      faults { $0.parts[1].channels[1].count = 2 }
        == [.description(what: "the number of channels of part", name: "1")])
    #expect(faults { $0.parts.swapAt(0, 1) }.contains { "\($0)".contains("origin") })
    #expect(
      faults { $0.populations = ["p0"] }
        == [.description(what: "the list of populations of", name: "single core")])
    #expect(
      faults { $0.parts[1].image.io.durationTicks = 31 }
        == [.description(what: "the duration of part", name: "1")])
    #expect(!faults { $0.parts = [] }.isEmpty)
  }
}
