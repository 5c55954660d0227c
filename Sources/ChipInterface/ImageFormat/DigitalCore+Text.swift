import HardwareSpec

/// Digital cores in the text form: a line a neuron, a line an axon.
extension DigitalCore {
  func lines() -> [String] {
    switch self {
    case .currentBased(let core): return core.lines()
    case .crossbar(let core): return core.lines()
    }
  }
}

extension CurrentBasedCore {
  fileprivate func lines() -> [String] {
    let fields = CurrentBasedNeuron.fields
    return ["  current-based" + ChipImageText.text(self, Self.fields, besides: .plain)]
      + neurons.enumerated().map {
        "  neuron \($0)" + ChipImageText.text($1, fields, besides: .plain)
      }
      + projections.flatMap { $0.lines() }
  }
}

extension DigitalProjection {
  fileprivate func lines() -> [String] {
    var head = "  synapses" + ChipImageText.text(self, Self.fields, besides: .plain)
    head += " axons \(axonCount)"
    if !delays.isEmpty { head += " delayed" }
    if !tags.isEmpty { head += " tagged" }
    return [head]
      + (0..<axonCount).map { axon in
        "    axon \(axon) ->"
          + (Int(starts[axon])..<Int(starts[axon + 1])).map { " " + synapse($0) }.joined()
      }
  }

  /// `target:weight`, and `:delay` and `:tag` where the projection has them.
  private func synapse(_ i: Int) -> String {
    "\(targets[i]):\(weights[i])" + (delays.isEmpty ? "" : ":\(delays[i])")
      + (tags.isEmpty ? "" : ":\(tags[i])")
  }
}

extension CrossbarCore {
  fileprivate func lines() -> [String] {
    let fields = CrossbarNeuron.fields
    return ["  crossbar" + ChipImageText.text(self, Self.fields, besides: .plain)]
      + neurons.enumerated().map {
        "  neuron \($0)" + ChipImageText.text($1, fields, besides: .plain)
      }
      + zip(axonTypes, synapses).enumerated().map { axon, row in
        "  axon \(axon) type \(row.0) ->" + row.1.map { " \($0)" }.joined()
      }
  }
}

/// Learning rules, blocks and feedback in the text form.
extension LearningProgram {
  func lines() -> [String] {
    var lines = [
      "rule \(ChipImageText.quoted(name))" + ChipImageText.text(self, Self.fields, besides: .plain),
      "  words" + words.map { " " + ChipImageText.hexadecimal($0.rawValue) }.joined(),
    ]
    if !membraneTable.isEmpty {
      lines.append("  membrane" + membraneTable.map { " \($0)" }.joined())
    }
    if let rewiring {
      lines.append("  rewiring" + ChipImageText.text(rewiring, Rewiring.fields, besides: .plain))
    }
    return lines
  }
}

extension PlasticBlock {
  func lines() -> [String] {
    ["  learns" + ChipImageText.text(self, Self.fields, besides: .plain)]
      + (membraneCentres.isEmpty
        ? [] : ["    centres" + membraneCentres.map { " \($0)" }.joined()])
  }
}

extension FeedbackProjection {
  func lines() -> [String] {
    func places(_ circuits: [CircuitOnChip]) -> String {
      circuits.map { " \($0.core.index).\($0.column)" }.joined()
    }
    let rows = targets.indices.map { target in
      "  to \(targets[target].core.index).\(targets[target].column)"
        + weights[target * sources.count..<(target + 1) * sources.count].map { " \($0)" }.joined()
    }
    return ["feedback shift \(shift) from" + places(sources)] + rows
  }
}

extension ChipImageText {
  fileprivate static func hexadecimal(_ word: UInt32) -> String {
    let digits = String(word, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }
}
