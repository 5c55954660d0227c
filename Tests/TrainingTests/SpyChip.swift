import ChipInterface

/// Passes everything on to a chip, remembers what it was asked, and can be made to lie.
final class SpyChip: Chip {
  private(set) var sampleNumbers: [UInt64] = []
  private(set) var writtenPairs: [Set<Int>] = []
  var answer: (Recording) -> Recording = { $0 }
  private let chip: any Chip

  init(_ chip: any Chip) { self.chip = chip }

  var info: ChipInfo { chip.info }

  func load(_ image: ChipImage) throws(ChipError) { try chip.load(image) }

  func write(_ weights: [WeightBlock]) throws(ChipError) {
    writtenPairs.append(
      Set(weights.flatMap { $0.firstPair..<$0.firstPair + $0.pairCount }))
    try chip.write(weights)
  }

  func snapshot() throws(ChipError) -> ChipState { try chip.snapshot() }

  func restore(_ state: ChipState) throws(ChipError) { try chip.restore(state) }

  func run(
    _ experiment: Experiment, cancellation: Cancellation?
  ) throws(ChipError) -> Recording {
    sampleNumbers += experiment.sampleNumbers
    return answer(try chip.run(experiment, cancellation: cancellation))
  }
}
