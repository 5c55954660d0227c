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

  /// The device that the recording names, with its seeds and effects; other flags hold as given.
  func makeChip(_ spec: ChipSpec, options: ChipOptions) throws -> any InspectableChip {
    var options = options
    options.ideal = origin.kind == "ideal"
    if !options.ideal {
      let effects = origin.effects.isEmpty ? "none" : origin.effects.joined(separator: ",")
      guard let list = EffectList(argument: effects) else {
        throw Failure(
          .recordingFile,
          "the recording was made with the effects '\(effects)', which are not "
            + "all known", at: path)
      }
      (options.chipSeed, options.seed) = (origin.chipSeed, origin.trialSeed)
      (options.mismatch, options.effects) = (origin.mismatch, list)
    }
    guard let chip = try options.makeChip(usual: spec) as? any InspectableChip else {
      throw Failure(.diagnosis, "the chip does not show its events", at: path)
    }
    return chip
  }
}
