import HardwareSpec

/// Settings as the header lines of a rule: what is read back is the same.
extension RuleSettings {
  /// The lines of what is in use, key and value.
  public var headerLines: [(key: String, value: String)] {
    let traces = [("x1", x1), ("x2", x2), ("y1", y1), ("y2", y2), ("y3", y3)]
    var lines = [(key: "epoch", value: "\(epochTicks)")]
    for case (let key, let trace?) in traces { lines.append((key, trace.text)) }
    if tracesFromEvents { lines.append(("traces", "graded")) }
    if burstTicks > 0 { lines.append(("burst", "\(burstTicks)")) }
    if reward.timeConstant > 0 { lines.append(("reward", "tau \(reward.timeConstant.text)")) }
    if error.timeConstant > 0 || error.ownSpike != 0 || error.subtractsMembrane {
      lines.append(("error", errorText))
    }
    if let membrane { lines.append(("membrane", membrane.text)) }
    if let tagCarry { lines.append(("tag-carry", "\(tagCarry)")) }
    if let rewiring { lines.append(("rewiring", rewiring.text)) }
    return lines
  }

  private var errorText: String {
    "tau \(error.timeConstant.text)" + (error.ownSpike == 0 ? "" : ", own-spike \(error.ownSpike)")
      + (error.subtractsMembrane ? ", minus-membrane" : "")
  }
}

extension TraceSettings {
  fileprivate var text: String {
    "impulse \(impulse.text), tau \(timeConstant.text)"
      + (trigger == .spikes ? "" : ", \(trigger.rawValue)")
  }
}

extension Rewiring {
  fileprivate var text: String {
    "every \(everyEpochs), group \(groupPairs), synapses \(synapsesPerGroup),"
      + " keep-from \(keepsFrom), new \(initialWeight)"
  }
}

extension MembraneShape {
  fileprivate var text: String {
    switch self {
    case .triangle(let width, let height):
      return "triangle width \(width.text) height \(height.text)"
    case .sigmoidDerivative(let slope, let height):
      return "sigmoid-derivative slope \(slope.text) height \(height.text)"
    case .fastSigmoidDerivative(let slope, let height):
      return "fast-sigmoid-derivative slope \(slope.text) height \(height.text)"
    case .sigmoid(let slope, let height):
      return "sigmoid slope \(slope.text) height \(height.text)"
    case .linear: return "linear"
    }
  }
}

extension Double {
  /// The shortest digits that read back to the number; no exponent within a rule's ranges.
  fileprivate var text: String {
    self == rounded() && abs(self) < 1e15 ? "\(Int(self))" : "\(self)"
  }
}
