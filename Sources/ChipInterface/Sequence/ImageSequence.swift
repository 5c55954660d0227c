import HardwareSpec

/// A network that is larger than its chip, in parts that run on it one after the other.
///
/// Spikes that a part fires are recorded, and played to later parts at their own times. A part
/// hears only the network's inputs and earlier parts, so recurrent populations share a part.
public struct ImageSequence: Equatable, Sendable {
  /// Where the events of some input channels come from.
  public enum Origin: Equatable, Sendable {
    /// The network's own inputs.
    case inputs
    /// A population of an earlier part.
    case population(String)
  }

  /// Neighbouring input channels of a part, and the senders that they stand for.
  public struct Channels: Equatable, Sendable {
    /// What sends.
    public var origin: Origin
    /// The first input of the network, or neuron of the population; and how many follow.
    public var firstSender, count: Int

    /// Makes a range; it begins where the one before it ends.
    public init(_ origin: Origin, firstSender: Int, count: Int) {
      (self.origin, self.firstSender, self.count) = (origin, firstSender, count)
    }
  }

  /// One part.
  public struct Part: Equatable, Sendable {
    /// What is loaded onto the chip.
    public var image: ChipImage
    /// Where the events of the image's input channels come from, channel 0 first.
    public var channels: [Channels]

    /// Makes a part.
    public init(image: ChipImage, channels: [Channels]) {
      (self.image, self.channels) = (image, channels)
    }
  }

  /// Input channels of the whole network.
  public var inputCount: Int
  /// All populations in the order in which recordings number their units.
  public var populations: [String]
  /// The parts in the order in which they run; the last one holds the readout.
  public var parts: [Part]

  /// Makes a sequence.
  public init(inputCount: Int, populations: [String], parts: [Part]) {
    (self.inputCount, self.populations, self.parts) = (inputCount, populations, parts)
  }

  /// What inputs and outputs of the whole mean; ranges and blocks are those of each one's part.
  public var io: ImageIO {
    let all = Dictionary(
      parts.flatMap(\.image.io.populations).map { ($0.name, $0) }, uniquingKeysWith: { a, _ in a })
    let last = parts.last?.image.io
    return ImageIO(
      network: last?.network ?? "", populations: populations.compactMap { all[$0] },
      projections: parts.flatMap(\.image.io.projections), durationTicks: last?.durationTicks ?? 1,
      dt: last?.dt ?? 0, coding: last?.coding ?? "",
      readout: last?.readout ?? ReadoutRule(population: "", measure: .mostSpikes))
  }
}

extension ImageSequence {
  /// Proves that every part fits the chip, and that each hears only inputs and earlier parts.
  public func validate(against spec: ChipSpec) throws(ChipError) {
    var faults: [ImageFault] = []
    var known: [String: Int] = [:]
    for (number, part) in parts.enumerated() {
      try part.image.validate(against: spec)
      if part.channels.reduce(0, { $0 + $1.count }) != part.image.inputRoutes.count {
        faults.append(.description(what: "the number of channels of part", name: "\(number)"))
      }
      for channels in part.channels where !fits(channels, known) {
        faults.append(.description(what: "the origin of channels of part", name: "\(number)"))
      }
      if part.image.io.durationTicks != parts[0].image.io.durationTicks {
        faults.append(.description(what: "the duration of part", name: "\(number)"))
      }
      for population in part.image.io.populations {
        if known.updateValue(population.count, forKey: population.name) != nil {
          faults.append(
            .description(what: "a population that two parts have,", name: population.name))
        }
      }
    }
    if populations.count != known.count || Set(populations) != Set(known.keys) || parts.isEmpty {
      faults.append(.description(what: "the list of populations of", name: io.network))
    }
    guard faults.isEmpty else { throw .invalidImage(Array(faults.prefix(20))) }
  }

  private func fits(_ channels: Channels, _ earlier: [String: Int]) -> Bool {
    let senders =
      switch channels.origin {
      case .inputs: inputCount
      case .population(let name): earlier[name] ?? 0
      }
    return channels.firstSender >= 0 && channels.count >= 0
      && channels.firstSender <= senders - channels.count
  }
}
