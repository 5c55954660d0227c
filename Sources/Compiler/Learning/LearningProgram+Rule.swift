import ChipInterface
import FirmwareModels

extension LearningProgram {
  /// The program of an assembled rule, as an image carries it.
  public init(_ rule: AssembledRule) {
    let settings = rule.settings
    self.init(name: rule.name, words: rule.words, epochTicks: settings.epochTicks)
    (x1, x2) = (settings.x1 ?? .off, settings.x2 ?? .off)
    (y1, y2, y3) = (settings.y1 ?? .off, settings.y2 ?? .off, settings.y3 ?? .off)
    (tracesFromEvents, burstTicks) = (settings.tracesFromEvents, settings.burstTicks)
    (reward, error) = (settings.reward, settings.error)
    membraneTable = rule.membraneTable
    (tagCarry, rewiring) = (settings.tagCarry, settings.rewiring)
  }
}
