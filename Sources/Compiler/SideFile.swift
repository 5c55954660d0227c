import ChipInterface
import HardwareSpec
import Yams

/// What a network's NIR file cannot say, read from `NAME.synapus.yaml` beside `NAME.nir`.
///
/// Keys that are absent leave the options as they are; what the command line says goes first.
public struct SideFile: Equatable, Sendable {
  /// The end of a side file's name.
  public static let suffix = ".synapus.yaml"
  /// The largest side file that is read, in bytes.
  public static let largestBytes = FileGuard.sideFile.largestBytes

  /// Biological seconds of one step of the network.
  public var dt: Double?
  /// Ticks of the chip for one step of the network, and how long one sample runs, in ticks.
  public var ticksPerStep, durationTicks: Int?
  /// Where a neuron's potential goes after a spike.
  public var reset: CompileOptions.Reset?
  /// Refractory time of neurons that fire, in ticks.
  public var refractoryTicks: Int?
  /// What shares one weight per step, and how weights become whole steps.
  public var scale: CompileOptions.WeightScale?
  /// How weights become whole steps.
  public var rounding: CompileOptions.WeightRounding?
  /// The part of a projection's stored weights that may be clipped, 0 to 1.
  public var maxClip: Double?
  /// How samples are coded as spikes.
  public var coding: String?
  /// How a sample is scored.
  public var readout: ReadoutRule?
  /// Wishes for single projections.
  public var projections: [CompileOptions.Projection] = []

  /// Parses a side file; docs/compiling.md describes it.
  ///
  /// - Throws: ``CompilerError/faultyFile(_:_:)`` with all faults, each with its line.
  public init(yaml: String, file: String) throws(CompilerError) {
    do {
      if let fault = FileGuard.sideFile.fault(in: yaml) {
        throw SpecError.faults(file: file, [fault])
      }
      let faults = FaultList(of: "the side file")
      self.init(reading: try YAMLDocument.root(of: yaml, file: file), faults)
      try faults.throwAny(file: file)
    } catch SpecError.faults(let file, let faults) {
      throw .faultyFile(file, faults)
    } catch {
      throw .faultyFile(file, [.init(line: 1, message: "\(error)")])
    }
  }

  private init(reading root: Node, _ faults: FaultList) {
    let file = SectionReader(
      root, path: "",
      keys: [
        "format", "dt", "ticks_per_step", "duration_ticks", "reset", "refractory_ticks", "scale",
        "rounding", "max_clip", "coding", "readout", "projections",
      ], faults)
    _ = file.word("format", allowed: ["synapus-network/1"])
    dt = file.ifPresent("dt") { file.number($0, 1e-12...1e3) }
    ticksPerStep = file.ifPresent("ticks_per_step") { file.integer($0, 1...1_000_000) }
    durationTicks = file.ifPresent("duration_ticks") {
      file.integer($0, 1...Experiment.longestTicks)
    }
    reset = file.choice("reset")
    refractoryTicks = file.ifPresent("refractory_ticks") { file.integer($0, 1...65_535) }
    scale = file.choice("scale")
    rounding = file.choice("rounding")
    maxClip = file.ifPresent("max_clip") { file.number($0, 0...1) }
    coding = file.ifPresent("coding") { file.text($0, "a text", where: { _ in true }) }
    readout = file.ifPresent("readout") {
      ReadoutRule(reading: file.section($0, keys: ["population", "measure"]))
    }
    projections = file.sections("projections", keys: ["name", "copies", "weight_per_step"])
      .map { CompileOptions.Projection(reading: $0) }
  }

  /// Sets every option that the file gives.
  public func apply(to options: inout CompileOptions) {
    (options.dt, options.dtIsGiven) = (dt ?? options.dt, options.dtIsGiven || dt != nil)
    options.ticksPerStep = ticksPerStep ?? options.ticksPerStep
    options.durationTicks = durationTicks ?? options.durationTicks
    options.reset = reset ?? options.reset
    options.refractoryTicks = refractoryTicks ?? options.refractoryTicks
    options.scale = scale ?? options.scale
    options.rounding = rounding ?? options.rounding
    options.maxClip = maxClip ?? options.maxClip
    options.coding = coding ?? options.coding
    options.readout = readout ?? options.readout
    options.projections += projections
  }
}

extension SectionReader {
  fileprivate func ifPresent<Value>(_ key: String, _ read: (String) -> Value) -> Value? {
    has(key) ? read(key) : nil
  }

  /// One of the words of a choice; nil where the key is missing.
  fileprivate func choice<Choice: CaseIterable & RawRepresentable<String>>(
    _ key: String
  ) -> Choice? {
    ifPresent(key) { Choice(rawValue: word($0, allowed: Choice.allCases.map(\.rawValue))) }
      .flatMap { $0 }
  }
}

extension ReadoutRule {
  fileprivate init(reading section: SectionReader) {
    let measures = Measure.allCases.map(\.rawValue)
    self.init(
      population: section.text("population", "a population's name", where: { !$0.isEmpty }),
      measure: Measure(rawValue: section.word("measure", allowed: measures)) ?? .mostSpikes)
  }
}

extension CompileOptions.Projection {
  fileprivate init(reading section: SectionReader) {
    self.init(
      section.text("name", "a projection's name", where: { !$0.isEmpty }),
      copies: section.integer("copies", 1...65_536, absent: 1),
      weightPerStep: section.has("weight_per_step")
        ? section.number("weight_per_step", 1e-30...1e30) : nil)
  }
}
