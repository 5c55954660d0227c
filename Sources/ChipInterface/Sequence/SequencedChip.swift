import HardwareSpec

/// Runs sequences of images on a chip that takes one image at a time.
///
/// To its user it is one larger chip: recordings hold all populations, counters and energies are
/// sums, and the hardware time is that of all parts one after the other. Loading one image makes it
/// the chip itself.
public final class SequencedChip: Chip {
  private let chip: any Chip
  private var sequence: ImageSequence?

  /// Makes a runner on a chip.
  public init(_ chip: any Chip) { self.chip = chip }

  /// What the chip is that runs the parts.
  public var info: ChipInfo { chip.info }

  /// Puts one image on the chip itself.
  public func load(_ image: ChipImage) throws(ChipError) {
    try chip.load(image)
    sequence = nil
  }

  /// Takes a sequence, after checking it; its images are loaded when they run.
  public func load(_ sequence: ImageSequence) throws(ChipError) {
    try sequence.validate(against: info.spec)
    self.sequence = sequence
  }

  /// Overwrites weights of a single image; parts come and go, and have none to overwrite.
  public func write(_ weights: [WeightBlock]) throws(ChipError) {
    guard sequence == nil else { throw .notInSequence(what: "overwrite weights") }
    try chip.write(weights)
  }

  /// What is on the chip beyond a single image.
  public func snapshot() throws(ChipError) -> ChipState {
    guard sequence == nil else { throw .notInSequence(what: "take a snapshot") }
    return try chip.snapshot()
  }

  /// Puts back what a snapshot took from a chip with the same single image.
  public func restore(_ state: ChipState) throws(ChipError) {
    guard sequence == nil else { throw .notInSequence(what: "restore a snapshot") }
    try chip.restore(state)
  }

  /// Runs a mini-batch through all parts.
  public func run(
    _ experiment: Experiment, cancellation: Cancellation?
  ) throws(ChipError) -> Recording {
    guard let sequence else { return try chip.run(experiment, cancellation: cancellation) }
    try experiment.requireSequence()
    try experiment.validate(on: info.spec, image: sequence.overview(info.spec))
    var playback = SequencePlayback(sequence, experiment)
    for number in sequence.parts.indices {
      try chip.load(sequence.parts[number].image)
      let part = playback.experiment(ofPart: number)
      playback.take(try chip.run(part, cancellation: cancellation), ofPart: number)
    }
    return playback.recording
  }
}

extension ImageSequence {
  /// An image of all inputs and populations and of no core, to check experiments against.
  fileprivate func overview(_ spec: ChipSpec) -> ChipImage {
    ChipImage(
      chipName: spec.name, specHash: spec.hash, cores: [],
      inputRoutes: Array(repeating: [], count: inputCount), spikeRoutes: [], io: io)
  }
}

extension Experiment {
  /// Refuses what names a core: cores are others in every part.
  fileprivate func requireSequence() throws(ChipError) {
    let asked: [(String, Bool)] = [
      ("trace membranes", !recorded.tracedCircuits.isEmpty),
      ("use the fast ADC", recorded.fastADC != nil),
      ("read correlation sensors", !recorded.sensedCores.isEmpty),
      ("look at queues", !recorded.probedCores.isEmpty),
      ("read registers", !recorded.registers.isEmpty), ("take graded events", !graded.isEmpty),
      ("take recorded draws", draws != nil),
    ]
    if let (what, _) = asked.first(where: \.1) { throw .notInSequence(what: what) }
  }
}
