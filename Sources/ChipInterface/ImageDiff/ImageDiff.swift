import HardwareSpec

/// What differs between two images, in the words of the network.
///
/// Synapses are compared by projection, sender and receiver, neurons by population and number, and
/// routes by sender, wherever on the chip they lie; that they lie elsewhere is said separately.
/// Core, row and column stand only where no population and no projection covers a part.
public struct ImageDiff: Equatable, Sendable {
  /// The network as a whole: name, duration, readout, which populations and projections there are.
  public private(set) var network: [ImageDifference]
  /// Parameters of neurons.
  public private(set) var populations: [DesignDifference]
  /// Synapses.
  public private(set) var projections: [DesignDifference]
  /// Who drives the rows of which sender, and after which delay.
  public private(set) var routes: [DesignDifference]
  /// What lies elsewhere on the chip.
  public private(set) var placement: [ImageDifference]
  /// What no word of the network covers.
  public private(set) var chip: [ImageDifference]

  /// Whether the images are equal.
  public var isEmpty: Bool {
    network.isEmpty && populations.isEmpty && projections.isEmpty && routes.isEmpty
      && placement.isEmpty && chip.isEmpty
  }

  /// Compares two images, which may be of different chips; of each aspect the first `limit` parts
  /// are listed.
  public init(
    _ first: ChipImage, _ second: ChipImage, on spec: ChipSpec, _ other: ChipSpec? = nil,
    limit: Int = 10
  ) {
    let (a, b) = (DesignView(first, spec), DesignView(second, other ?? spec))
    network = Self.network(first, second)
    populations = NeuronComparison(a, b, limit: limit).differences
    projections = SynapseComparison(a, b, limit: limit).differences
    let routing = RouteComparison(a, b, limit: limit)
    routes = routing.differences
    placement = PlacementComparison(a, b).differences + routing.hops
    chip = ChipComparison(a, b).differences
    if isEmpty, first != second {
      chip = [.value(what: "the order of parts", first: "one", second: "another")]
    }
  }

  private static func network(_ first: ChipImage, _ second: ChipImage) -> [ImageDifference] {
    let (a, b) = (first.io, second.io)
    typealias Difference = ImageDifference
    return Difference.between("chip", first.chipName, second.chipName)
      + Difference.between("spec hash", first.specHash, second.specHash)
      + Difference.between("network", a.network, b.network)
      + Difference.between("duration", a.durationTicks, b.durationTicks)
      + Difference.between("dt", a.dt, b.dt) + Difference.between("coding", a.coding, b.coding)
      + Difference.between("readout population", a.readout.population, b.readout.population)
      + Difference.between(
        "readout measure", a.readout.measure.rawValue, b.readout.measure.rawValue)
      + Difference.between("inputs", first.inputRoutes.count, second.inputRoutes.count)
      + Difference.matching(
        a.populations, b.populations, \.name, { "population '\($0.name)'" },
        { Difference.between("neurons of population '\($0.name)'", $0.count, $1.count) })
      + Difference.matching(
        a.projections, b.projections, \.name, { "projection '\($0.name)'" }, projections)
  }

  private static func projections(_ a: ProjectionMap, _ b: ProjectionMap) -> [ImageDifference] {
    let what = "projection '\(a.name)'"
    typealias Difference = ImageDifference
    return Difference.between("\(what) source", a.source ?? "inputs", b.source ?? "inputs")
      + Difference.between("\(what) target", a.target, b.target)
      + Difference.between("\(what) senders", a.sourceCount, b.sourceCount)
      + Difference.between("\(what) receivers", a.targetCount, b.targetCount)
      + Difference.between("\(what) copies", a.copies, b.copies)
      + Difference.between("\(what) weight per step", a.weightPerStep, b.weightPerStep)
      + (a.senderCopies == b.senderCopies
        ? [] : [.value(what: "\(what) copies of each sender", first: "some", second: "others")])
      + (a.receiverScales == b.receiverScales
        ? [] : [.value(what: "\(what) scales of receivers", first: "some", second: "others")])
  }
}

extension ImageDiff {
  /// All that differs, line by line; parts are indented below what they are parts of.
  public var lines: [String] {
    var lines = network.map(\.description)
    lines += projections.flatMap { difference in
      let most = difference.largestSteps.map { ", largest by \($0) \($0 == 1 ? "step" : "steps")" }
      return Self.lines(
        difference,
        "projection '\(difference.owner)': \(difference.count) "
          + (difference.count == 1 ? "synapse" : "synapses") + " \(difference.aspect)"
          + (most ?? "")
      ) {
        "sender \($0.number) -> neuron \($0.receiver ?? 0) of '\(difference.target ?? "")'"
      }
    }
    lines += populations.flatMap { difference in
      Self.lines(
        difference,
        "population '\(difference.owner)': \(difference.aspect) of \(difference.count) "
          + (difference.count == 1 ? "neuron" : "neurons")
      ) { "neuron \($0.number)" }
    }
    lines += routes.flatMap { difference in
      Self.lines(
        difference,
        "projection '\(difference.owner)': \(difference.aspect) of \(difference.count) "
          + (difference.count == 1 ? "sender" : "senders")
      ) { "sender \($0.number)" }
    }
    lines += placement.map { "placement: \($0.description)" }
    return lines + chip.map(\.description)
  }

  private static func lines(
    _ difference: DesignDifference, _ head: String, _ name: (DesignDifference.Part) -> String
  ) -> [String] {
    let more = difference.count - difference.parts.count
    return [head]
      + difference.parts.map { "  \(name($0)): \($0.first) -> \($0.second)" }
      + (more > 0 && !difference.parts.isEmpty ? ["  and \(more) more"] : [])
  }
}
