import ChipInterface
import HardwareSpec

/// What a network's file cannot say, and what the user wishes.
public struct CompileOptions: Equatable, Sendable {
  /// Where a neuron's potential goes after a spike.
  public enum Reset: String, CaseIterable, Sendable {
    /// To `v_reset` of the file.
    case file
    /// To zero, whatever the file says.
    case zero
    /// Down by the threshold; a chip resets to a potential, so this is approximated.
    case subtract
  }

  /// What shares one weight per step.
  public enum WeightScale: String, CaseIterable, Sendable {
    /// All synapses onto a population.
    case layer
    /// The synapses onto each neuron: gains, and where they end thresholds, take up the scale.
    case neuron
    /// The synapses of each sender: those with large weights drive more row pairs.
    case rowPair = "row-pair"
  }

  /// How weights become whole steps.
  public enum WeightRounding: String, CaseIterable, Sendable {
    /// To the nearest step; the largest weight takes the largest step.
    case nearest
    /// As the least squared error asks: scale and clipping are searched.
    case leastError = "least-error"
  }

  /// What to do with a network that is larger than the chip.
  public enum Oversize: String, CaseIterable, Sendable {
    /// Report it as a misfit.
    case refuse
    /// Join as many chips as it takes by links.
    case chips
    /// Run it in parts, one after the other, with recorded spikes between them.
    case parts
  }

  /// How one projection is put on the chip, where the default does not do.
  public struct Projection: Equatable, Sendable {
    /// The name of the Affine or Linear node.
    public var name: String
    /// Row pairs that each sender drives, 1 to 65,536.
    public var copies: Int
    /// Weight of one stored step in the network's unit; nil spreads the largest weight over all.
    public var weightPerStep: Double?

    /// Asks for copies, and for a scale.
    public init(_ name: String, copies: Int = 1, weightPerStep: Double? = nil) {
      (self.name, self.copies, self.weightPerStep) = (name, copies, weightPerStep)
    }
  }

  /// The chip to compile for.
  public var spec: ChipSpec
  /// Biological seconds of one step of the network.
  public var dt = 1e-3
  /// Whether ``dt`` holds whatever the file says; else it is what a file that does not say it gets.
  public var dtIsGiven = true
  /// Ticks of the chip for one step of the network.
  public var ticksPerStep = 1
  /// Where a neuron's potential goes after a spike.
  public var reset = Reset.file
  /// Wishes for single projections; those that are not listed get one copy and their own scale.
  public var projections: [Projection] = []
  /// Refractory time of neurons that fire, in ticks.
  public var refractoryTicks = 1
  /// How long one sample runs, in ticks.
  public var durationTicks = 100
  /// How samples are coded as spikes, in the words of Datasets; copied to the image.
  public var coding = ""
  /// How a sample is scored; nil takes the last population.
  public var readout: ReadoutRule?
  /// The part of a projection's stored weights that may be clipped, 0 to 1.
  public var maxClip = 0.01
  /// Whether an approximation is a misfit.
  public var strict = false
  /// The seed of partition and placement.
  public var seed: UInt64 = 0
  /// What shares one weight per step.
  public var scale = WeightScale.layer
  /// How weights become whole steps.
  public var rounding = WeightRounding.nearest
  /// Whether synapses of weight zero are kept, so that they can be written later.
  public var keepsZeroWeights = false
  /// Whether the report keeps every stage as text.
  public var keepsDumps = false
  /// What to do with a network that is larger than the chip.
  public var oversize = Oversize.refuse
  /// Parts of the device that do not work, and are avoided.
  public var defects = DefectList.none

  /// What a calibration of the device found; circuits that failed are avoided.
  public var calibration: CalibrationTable?
  /// How often inputs and neurons fire; nil: each as often as is usual.
  public var rates: SpikeRates?
  /// Cores that parts of the network shall have.
  public var prePlacement: PrePlacement?
  /// Is told of every pass as it begins, and of how far it is.
  public var progress = CompileProgress.none

  /// Takes the defaults for a chip.
  public init(_ spec: ChipSpec) { self.spec = spec }

  func projection(_ name: String) -> Projection {
    projections.first { $0.name == name } ?? Projection(name)
  }

  /// Refuses numbers that no compilation can use.
  func check() throws(CompilerError) {
    guard dt > 0, dt.isFinite else {
      throw .option(name: "dt", value: dt, lowest: 0, highest: .infinity)
    }
    try check("ticks-per-step", ticksPerStep, 1...1_000_000)
    try check("duration", durationTicks, 1...Experiment.longestTicks)
    guard (0...1).contains(maxClip) else {
      throw .option(name: "max-clip", value: maxClip, lowest: 0, highest: 1)
    }
    for wish in projections {
      try check("copies of '\(wish.name)'", wish.copies, 1...65_536)
      if let step = wish.weightPerStep, !(step > 0 && step.isFinite) {
        throw .option(
          name: "weight per step of '\(wish.name)'", value: step, lowest: 0, highest: .infinity)
      }
    }
  }

  /// Refuses names that the network does not have.
  func checkNames(_ network: SpikingNetwork) throws(CompilerError) {
    let known = network.projections.map(\.name)
    for wish in projections where !known.contains(wish.name) {
      throw .unknownProjection(wish.name, known: known)
    }
    let populations = network.populations.map(\.name)
    if let readout, !populations.contains(readout.population) {
      throw .unknownPopulation(readout.population, known: populations)
    }
  }

  private func check(
    _ name: String, _ value: Int, _ allowed: ClosedRange<Int>
  ) throws(CompilerError) {
    guard allowed.contains(value) else {
      throw .option(
        name: name, value: Double(value), lowest: Double(allowed.lowerBound),
        highest: Double(allowed.upperBound))
    }
  }
}
