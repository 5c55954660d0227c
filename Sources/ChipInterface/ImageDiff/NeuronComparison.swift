import HardwareSpec

/// Compares the circuits of populations that both images have, neuron by neuron, in the units of
/// the nominal chip.
struct NeuronComparison {
  private let a, b: DesignView
  private let limit: Int

  init(_ a: DesignView, _ b: DesignView, limit: Int) {
    (self.a, self.b, self.limit) = (a, b, limit)
  }

  var differences: [DesignDifference] {
    var known: Set<String> = []
    return a.image.io.populations.flatMap { population -> [DesignDifference] in
      guard known.insert(population.name).inserted, let one = a.circuits[population.name],
        let two = b.circuits[population.name]
      else { return [] }
      return compare(population.name, one, two)
    }
  }

  private func compare(
    _ name: String, _ one: [[CircuitOnChip]], _ two: [[CircuitOnChip]]
  ) -> [DesignDifference] {
    var found: [String: [DesignDifference.Part]] = [:]
    var order: [String] = []
    for (number, (first, second)) in zip(one, two).enumerated() {
      for (aspect, before, after) in changes(first, second) {
        if found[aspect] == nil { order.append(aspect) }
        found[aspect, default: []].append(
          .init(number: number, receiver: nil, first: before, second: after))
      }
    }
    return order.map { aspect in
      let parts = found[aspect] ?? []
      return DesignDifference(
        owner: name, aspect: aspect, count: parts.count, largestSteps: nil, target: nil,
        parts: Array(parts.prefix(limit)))
    }
  }

  /// What differs of one neuron, which may have several circuits.
  private func changes(
    _ first: [CircuitOnChip], _ second: [CircuitOnChip]
  ) -> [(aspect: String, first: String, second: String)] {
    var found: [(String, String, String)] = []
    if first.count != second.count {
      found.append(("circuits", "\(first.count)", "\(second.count)"))
    }
    for (member, (one, two)) in zip(first, second).enumerated() {
      guard let before = a.settings(one), let after = b.settings(two), before != after else {
        continue
      }
      let (parameters, others) = (before.parameters(on: a.spec), after.parameters(on: b.spec))
      for (parameter, other) in zip(parameters, others) where parameter != other {
        let name = member == 0 ? parameter.name : "\(parameter.name) (circuit \(member + 1))"
        found.append((name, parameter.text, other.text))
      }
    }
    return found
  }
}

extension DesignView {
  fileprivate func settings(_ circuit: CircuitOnChip) -> CircuitSettings? {
    guard let slot = image.slot(of: circuit.core),
      image.cores[slot].circuits.indices.contains(circuit.column)
    else { return nil }
    return image.cores[slot].circuits[circuit.column]
  }
}

/// A parameter of a circuit by name: its code, and its value on the nominal chip.
private struct ShownParameter: Equatable {
  var name: String
  var code: Int
  var text: String

  static func == (a: ShownParameter, b: ShownParameter) -> Bool {
    (a.name, a.code, a.text) == (b.name, b.code, b.text)
  }
}

extension CircuitSettings {
  fileprivate func parameters(on spec: ChipSpec) -> [ShownParameter] {
    let nominal = NominalCircuit(self, on: spec)
    func make(_ name: String, _ code: UInt16, _ value: Double, _ unit: String) -> ShownParameter {
      ShownParameter(
        name: name, code: Int(code), text: "\(BriefNumber.text(value)) \(unit) (code \(code))")
    }
    return [
      make("leak", leak, nominal.leak, "V"), make("reset", reset, nominal.reset, "V"),
      make("threshold", threshold, nominal.threshold, "V"),
      make("membrane time", membraneTime, nominal.membraneTicks, "ticks"),
      make("excitatory time", excitatoryTime, nominal.excitatoryTicks, "ticks"),
      make("inhibitory time", inhibitoryTime, nominal.inhibitoryTicks, "ticks"),
      make("excitatory gain", excitatoryGain, 1e3 * nominal.excitatoryGain, "mV a step"),
      make("inhibitory gain", inhibitoryGain, 1e3 * nominal.inhibitoryGain, "mV a step"),
      ShownParameter(
        name: "refractory time", code: Int(refractoryCount), text: "\(refractoryCount) ticks"),
      ShownParameter(name: "comparator", code: fires ? 1 : 0, text: fires ? "on" : "off"),
      ShownParameter(name: "options", code: 0, text: options.text),
    ]
  }
}

extension CircuitOptions {
  fileprivate var text: String {
    let parts = Self.parts.compactMap { part, names in
      codes(of: part).map { codes in
        part.rawValue + zip(names, codes).map { " \($0) \($1)" }.joined()
      }
    }
    return parts.isEmpty ? "none" : parts.joined(separator: ", ")
  }
}
