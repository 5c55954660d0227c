import ChipInterface
import Emulator
import HardwareSpec
import Recordings

/// The chip that made a recording, made again.
struct RecordedRun {
  private let origin: RecordingOrigin
  private let path: String

  init(_ file: RecordingFile, at path: String) { (origin, self.path) = (file.origin, path) }

  /// Refuses an image, a chip file or flags that are not those of the recorded run.
  func check(image file: ImageFile, at imagePath: String, options: ChipOptions) throws {
    guard file.spec.hash == origin.specHash else {
      throw Failure(
        .imageOfAnotherChip,
        "the recording was made on chip '\(origin.chip)' by another chip file than that of the "
          + "image's chip '\(file.spec.name)'", at: path, try: "--chip with that chip's file")
    }
    guard try file.image.contentHash(spec: file.spec) == origin.imageHash else {
      throw Failure(
        .recordingFile, "the recording was made with another image than \(imagePath)", at: path,
        try: "the image of the run")
    }
    let others: [(flag: String, differs: Bool)] = [
      ("--chip-seed", options.chipSeed.map { $0 != origin.chipSeed } ?? false),
      ("--seed", options.seed.map { $0 != origin.trialSeed } ?? false),
      ("--mismatch", options.mismatch != nil && options.mismatch != origin.mismatch),
      ("--effects", options.effects.map { $0.effects.list != origin.effects } ?? false),
      ("--ideal", options.ideal && origin.kind != "ideal"),
    ]
    if let other = others.first(where: \.differs) {
      throw Failure(
        .usage, "\(other.flag) is not what the recording was made with", at: path,
        try: "leave \(other.flag) out: the recording says it")
    }
  }

  /// The device that the recording names, with its seeds and effects.
  func makeChip(_ spec: ChipSpec, options: ChipOptions) throws -> any InspectableChip {
    if origin.kind == "ideal" { return IdealChip(spec) }
    var effects: Effects = []
    for name in origin.effects {
      guard let known = Effects.names.first(where: { $0.name == name }) else {
        throw Failure(
          .recordingFile, "the recording was made with the effect '\(name)', which is not known",
          at: path)
      }
      effects.insert(known.effect)
    }
    let chip = try EmulatedChip(
      spec,
      EmulationSettings(
        chipSeed: origin.chipSeed, trialSeed: origin.trialSeed, mismatch: origin.mismatch,
        effects: effects, threads: 1, kernel: options.kernel ?? .auto))
    Console.say(chip.info.introduction)
    return chip
  }
}
