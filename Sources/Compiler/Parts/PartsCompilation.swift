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
        report.coresNeeded != nil
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
      var own = log
      let compilation = try passes(part.network, options.of(part), &own)
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

extension CompileOptions {
  /// The options of one part: what names other parts is left out.
  fileprivate func of(_ part: NetworkPart) -> CompileOptions {
    var options = self
    let names = Set(part.network.populations.map(\.name))
    if let readout, !names.contains(readout.population) { options.readout = nil }
    options.prePlacement?.places.removeAll { !names.contains($0.population) }
    options.rates?.inputs = part.channels.flatMap { channels in
      let known: [Double]? =
        switch channels.origin {
        case .inputs: rates?.inputs
        case .population(let name): rates?.populations[name]
        }
      return (channels.firstSender..<channels.firstSender + channels.count).map { sender in
        known.flatMap { sender < $0.count ? $0[sender] : nil } ?? SpikeRates.usual
      }
    }
    return options
  }
}
