import HardwareSpec

/// A misfit with what only the report of its network knows: where it sits, and a remedy in numbers.
public struct MisfitEntry: Equatable, Sendable {
  /// The misfit.
  public var misfit: Misfit
  /// Which nodes of which file or network, and for which chip.
  public var place: String
  /// What to try.
  public var remedy: String

  /// Looks a misfit up in the report that lists it.
  public init(_ misfit: Misfit, in report: CompileReport) {
    self.misfit = misfit
    place = report.place(of: misfit)
    remedy = report.remedy(for: misfit) ?? misfit.remedy
  }

  /// The four lines that people see: sentence, place, remedy, and where to read on.
  public var text: String {
    """
    error[\(misfit.code)]: \(misfit.message)
    where: \(place)
    try: \(remedy)
    see: \(Misfit.help(misfit.code))
    """
  }
}

extension MisfitEntry: Encodable {
  private enum Key: String, CodingKey {
    case code, layer, resource, needed, available, over, message, `where`, `try`, see
  }

  /// Writes code, layer, resource, needed and available numbers, sentence, place and remedy.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    let amounts = misfit.amounts
    try container.encode(misfit.code, forKey: .code)
    try container.encode(misfit.layer, forKey: .layer)
    try container.encode(misfit.resource, forKey: .resource)
    try container.encode(amounts?.needed, forKey: .needed)
    try container.encode(amounts?.available, forKey: .available)
    try container.encode(amounts.map { $0.needed - $0.available }, forKey: .over)
    try container.encode(misfit.message, forKey: .message)
    try container.encode(place, forKey: .where)
    try container.encode(remedy, forKey: .try)
    try container.encode(Misfit.help(misfit.code), forKey: .see)
  }
}

extension CompileReport {
  /// For example `nodes 'fc1', 'hidden' of net.nir, for chip 'synapus-1'`.
  func place(of misfit: Misfit) -> String {
    let nodes = nodesOfLayer[misfit.layer] ?? (misfit.layer.isEmpty ? [] : [misfit.layer])
    let whole = file ?? "network '\(network)'"
    let list = nodes.prefix(6).map { "'\($0)'" }.joined(separator: ", ")
    let more = nodes.count > 6 ? " and \(nodes.count - 6) more" : ""
    let part = nodes.isEmpty ? "" : "node\(nodes.count == 1 ? "" : "s") \(list)\(more) of "
    return "\(part)\(whole), for chip '\(chip)'"
  }

  /// A remedy in numbers, where the report's own knowledge gives one.
  func remedy(for misfit: Misfit) -> String? {
    switch misfit {
    case .cores(let needed, _): return largerMesh(needed).map { "--chip \($0), or fewer neurons" }
    case .mapping(.connectedCores(_, let cores, let needed, _)):
      return largerMesh(2 * cores * needed).map { "--chip \($0), or fewer neurons" }
    case .rowPairs(let layer, _, let available, let cores, _):
      return fewerCopies(layer, available, cores)
    case .mapping(.copies(let layer, _, let available)): return fewerCopies(layer, available, 1)
    case .potential(let layer, let parameter, _, _, let allowed):
      guard let scale = scales.first(where: { $0.population == layer }) else { return nil }
      let (low, high) = (
        scale.potential(volts: allowed.lowerBound), scale.potential(volts: allowed.upperBound)
      )
      guard low.isFinite, high.isFinite else { return nil }
      let what = parameter == "v_leak" ? "v_leak and bias together" : parameter
      return "bring \(what) to \(low.inwards(.up)) to \(high.inwards(.down))"
    default: return nil
    }
  }

  /// The copies of the projections onto a layer that its rows suffice for; nil where copies are
  /// not to blame.
  ///
  /// A sender's copies stay together on one core.
  private func fewerCopies(_ layer: String, _ rowPairs: Int, _ cores: Int) -> String? {
    let incoming = fanIn[layer] ?? []
    let senders = incoming.reduce(0) { $0 + $1.senders }
    guard senders > 0, senders <= rowPairs, incoming.contains(where: { $0.copies > 1 }) else {
      return nil
    }
    let own = rowPairs / max(cores, 1)
    let fitting = (1...max(own, 1)).reversed().first { copies in
      let sendersOfCore = own / copies
      return sendersOfCore > 0 && (senders + sendersOfCore - 1) / sendersOfCore <= max(cores, 1)
    }
    guard let copies = fitting else { return nil }
    return incoming.filter { $0.copies > copies }
      .map { "--copies \($0.projection)=\(copies)" }.joined(separator: " ")
  }

  /// A mesh of the same cores that has so many of them; nil where there is none by name.
  private func largerMesh(_ cores: Int) -> String? {
    let base = ["-mesh-", "-chips-"].reduce(chip) { name, mark in
      name.split(separator: mark).first.map(String.init) ?? name
    }
    let side = Int(Double(max(cores, 1)).squareRoot().rounded(.up))
    let rows = (cores + side - 1) / side
    guard ChipLibrary.names.contains(base), side <= 256 else { return nil }
    let name = "\(base)-mesh-\(side)x\(rows)"
    return (try? ChipLibrary.chip(name)) == nil ? nil : name
  }
}

extension PopulationScale {
  /// The network's potential that volts stand for.
  func potential(volts: Double) -> Double { leakPotential + (volts - leakVolts) / voltsPerUnit }
}

extension Double {
  /// The number in three decimal places of its size, rounded towards the inside of a range.
  fileprivate func inwards(_ rule: FloatingPointRoundingRule) -> Double {
    guard self != 0, isFinite, (1e-6..<1e9).contains(magnitude) else { return self }
    var scale = 1.0
    while magnitude * scale < 100 { scale *= 10 }
    return (self * scale).rounded(rule) / scale
  }
}
