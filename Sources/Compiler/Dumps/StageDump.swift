import ChipInterface
import HardwareSpec

/// What one pass made, as text for people.
public struct StageDump: Equatable, Sendable {
  /// The number of the pass, from 1, and its name.
  public let number: Int
  /// The pass that made the stage.
  public let name: String
  /// The stage: one line a part, in an order that does not change from run to run.
  public let text: String

  /// The name of the file that `--dump` writes.
  public var fileName: String { "\(number)-\(name).txt" }
}

extension CompileLog {
  /// Keeps the text of a stage, where it was asked for.
  mutating func dump(_ stage: some Stage) {
    if keepsDumps { addDump(type(of: stage).stageName, stage.dump) }
  }

  /// Keeps the text twin of the image.
  mutating func dump(_ image: ChipImage, on spec: ChipSpec) {
    if keepsDumps { addDump("emit", (try? ChipImageText.write(image, spec: spec)) ?? "") }
  }
}
