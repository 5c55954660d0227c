import ChipInterface
import HardwareSpec

/// Compiles a network that is larger than the chip in parts, where the options ask for it: one
/// image a part, which run one after the other with recorded spikes between them.
struct PartsCompilation {
  /// The passes from a lowered network to an image.
  typealias Passes = (SpikingNetwork, CompileOptions, inout CompileLog) throws(CompilerError) ->
    Compilation

  private let options: CompileOptions

  init(_ options: CompileOptions) { self.options = options }

  /// Compiles the whole, or its parts where too few cores are all that is wrong.
  func compile(
    _ network: SpikingNetwork, _ log: CompileLog, _ passes: Passes
  ) throws(CompilerError) -> Compilation {
    do {
      var whole = log
      return try passes(network, options, &whole)
    } catch {
      guard options.oversize == .parts, case .doesNotFit(let report) = error,
        report.lacksOnlyCores
      else { throw error }
      return try parts(of: network, log, passes)
    }
  }

  private func parts(
    of network: SpikingNetwork, _ log: CompileLog, _ passes: Passes
  ) throws(CompilerError) -> Compilation {
    var parts: [ImageSequence.Part] = []
    var compilations: [Compilation] = []
    for populations in order(PartsCut(options).cut(network), network) {
      let part = NetworkPart(populations, of: network)
      var (own, options) = (log, options)
      if options.readout?.population != part.network.readout { options.readout = nil }
      let compilation = try passes(part.network, options, &own)
      parts.append(.init(image: compilation.image, channels: part.channels))
      compilations.append(compilation)
    }
    let sequence = ImageSequence(
      inputCount: network.inputCount, populations: network.populations.map(\.name), parts: parts)
    try sequence.checked(on: options.spec)
    return Compilation(joining: compilations, sequence, log.report)
  }

  /// The parts with that of the readout last, where no other part hears it.
  private func order(_ parts: [[Int]], _ network: SpikingNetwork) -> [[Int]] {
    let readout = options.readout?.population ?? network.readout
    guard
      let place = parts.firstIndex(where: { part in
        part.contains { network.populations[$0].name == readout }
      })
    else { return parts }
    let names = Set(parts[place].map { network.populations[$0].name })
    let later = Set(parts[(place + 1)...].joined().map { network.populations[$0].name })
    let isHeard = network.projections.contains {
      later.contains($0.target) && names.contains($0.source ?? "")
    }
    if isHeard { return parts }
    return parts[..<place] + parts[(place + 1)...] + [parts[place]]
  }
}

extension CompileReport {
  /// Whether too few cores are all that is wrong.
  fileprivate var lacksOnlyCores: Bool {
    !misfits.isEmpty
      && misfits.allSatisfy {
        if case .cores = $0 { return true }
        return false
      }
  }
}

extension ImageSequence {
  fileprivate func checked(on spec: ChipSpec) throws(CompilerError) {
    do {
      try validate(against: spec)
    } catch {
      throw .brokenInvariants(stage: "parts", [error.description])
    }
  }
}

extension Compilation {
  /// Joins what the parts gave; `start` is the report before any of them.
  fileprivate init(
    joining parts: [Compilation], _ sequence: ImageSequence, _ start: CompileReport
  ) {
    self = parts[parts.count - 1]
    self.sequence = sequence
    let all = Dictionary(
      parts.flatMap(\.scales).map { ($0.population, $0) }, uniquingKeysWith: { a, _ in a })
    scales = sequence.populations.compactMap { all[$0] }
    report = start
    for part in parts { report.join(part.report, start) }
    report.notes.append(.parts(sequence.parts.map { $0.image.io.populations.map(\.name) }))
  }
}

extension CompileReport {
  /// Adds another part, whose first words are those that the whole network began with.
  ///
  /// Parts follow each other on the same cores: of what is in use, the most counts.
  fileprivate mutating func join(_ part: CompileReport, _ start: CompileReport) {
    coresUsed = max(coresUsed, part.coresUsed)
    if let other = part.resources { resources = resources?.most(other) ?? other }
    layers += part.layers
    hops += part.hops
    worstLinkLoad = max(worstLinkLoad, part.worstLinkLoad)
    estimatedLatencyCycles += part.estimatedLatencyCycles
    energy = part.energy.map { energy?.adding($0) ?? $0 }
    events = part.events.map { events?.adding($0) ?? $0 }
    metrics = part.metrics.map { metrics?.adding($0) ?? $0 }
    cores += part.cores
    links += part.links
    approximations += part.approximations.dropFirst(start.approximations.count)
    notes += part.notes.dropFirst(start.notes.count).filter { !notes.contains($0) }
    for dump in part.dumps.dropFirst(start.dumps.count) {
      dumps.append(StageDump(number: dumps.count + 1, name: dump.name, text: dump.text))
    }
  }
}

extension CompileReport.Resources {
  fileprivate func most(_ other: CompileReport.Resources) -> CompileReport.Resources {
    func most(_ a: CompileReport.Usage, _ b: CompileReport.Usage) -> CompileReport.Usage {
      a.used < b.used ? b : a
    }
    func most(_ a: CompileReport.Usage?, _ b: CompileReport.Usage?) -> CompileReport.Usage? {
      guard let a, let b else { return a ?? b }
      return most(a, b)
    }
    return CompileReport.Resources(
      neurons: most(neurons, other.neurons), rows: most(rows, other.rows),
      synapses: most(synapses, other.synapses), axons: most(axons, other.axons),
      cores: most(cores, other.cores), links: most(links, other.links),
      adcChannels: most(adcChannels, other.adcChannels))
  }
}

extension EnergyEstimate {
  fileprivate func adding(_ other: EnergyEstimate) -> EnergyEstimate {
    EnergyEstimate(
      neurons: neurons + other.neurons, synapses: synapses + other.synapses,
      network: network + other.network, readout: readout + other.readout,
      standby: standby + other.standby)
  }
}

extension EventEstimate {
  fileprivate func adding(_ other: EventEstimate) -> EventEstimate {
    EventEstimate(
      isMeasured: isMeasured && other.isMeasured, inputEvents: inputEvents + other.inputEvents,
      spikes: spikes + other.spikes, rowEvents: rowEvents + other.rowEvents,
      synapticEvents: synapticEvents + other.synapticEvents, hops: hops + other.hops)
  }
}

extension StaticMetrics {
  fileprivate func adding(_ other: StaticMetrics) -> StaticMetrics {
    var sum = self
    sum.weightBytes += other.weightBytes
    sum.parameterBytes += other.parameterBytes
    sum.bufferBytes += other.bufferBytes
    sum.weights += other.weights
    sum.zeroWeights += other.zeroWeights
    sum.denseOperations += other.denseOperations
    return sum
  }
}
