/// Is a node that keeps the shape of its data: every parameter has one value an element.
protocol NIRElementwise: NIRParameters {
  /// All parameters under their names in files, time constants first.
  static var fields: [(name: String, path: WritableKeyPath<Self, NIRTensor>)] { get }

  /// The case of ``NIRNode`` for this type.
  var node: NIRNode { get }
}

extension NIRElementwise {
  var shape: [Int] { self[keyPath: Self.fields[0].path].shape }
  var shapeRule: NIRShapeRule { .kept(shape) }

  /// v_reset stays out where it is zero for all neurons: versions of nir before 1.0.5 refuse
  /// every file that has it, and all later ones take zero for granted.
  var stored: [NIRStoredValue] {
    Self.fields
      .map { NIRStoredValue($0.name, self[keyPath: $0.path]) }
      .filter { $0.name != "v_reset" || $0.hasNonzero }
      .sorted { $0.name < $1.name }
  }

  /// The node with its parameters repeated over a shape, by the rule of numpy: axes are matched
  /// from the last one, and an axis that is missing or of length 1 is repeated.
  func broadcast(to shape: [Int]) -> NIRNode? {
    var wider = self
    for (_, path) in Self.fields {
      guard let tensor = self[keyPath: path].broadcast(to: shape) else { return nil }
      wider[keyPath: path] = tensor
    }
    return wider.node
  }
}

/// Is a population of neurons: every parameter has one value a neuron.
protocol NIRPopulation: NIRElementwise {}

extension NIRPopulation {
  func check(node: String) throws(NIRError) {
    for (name, path) in Self.fields {
      let tensor = self[keyPath: path]
      guard tensor.shape == shape else {
        throw .parameterShape(
          node: node, parameter: name, shape: tensor.shape, expected: shape)
      }
      guard !name.hasPrefix("tau") || tensor.values.allSatisfy({ $0 > 0 }) else {
        throw .notPositive(node: node, parameter: name)
      }
    }
  }
}

extension NIRI: NIRPopulation {
  static let typeName = "I"
  static var fields: [(name: String, path: WritableKeyPath<NIRI, NIRTensor>)] { [("r", \.r)] }
  var node: NIRNode { .i(self) }

  init(reading reader: NIRNodeReader) throws(NIRError) {
    self.init(r: try reader.elements(["r"])[0])
  }
}

extension NIRIF: NIRPopulation {
  static let typeName = "IF"
  static var fields: [(name: String, path: WritableKeyPath<NIRIF, NIRTensor>)] {
    [("r", \.r), ("v_threshold", \.vThreshold), ("v_reset", \.vReset)]
  }
  var node: NIRNode { .if(self) }

  init(reading reader: NIRNodeReader) throws(NIRError) {
    let values = try reader.elements(["r", "v_threshold"], defaults: [("v_reset", 0)])
    self.init(r: values[0], vThreshold: values[1], vReset: values[2])
  }
}

extension NIRLIF: NIRPopulation {
  static let typeName = "LIF"
  static var fields: [(name: String, path: WritableKeyPath<NIRLIF, NIRTensor>)] {
    [
      ("tau", \.tau), ("r", \.r), ("v_leak", \.vLeak), ("v_threshold", \.vThreshold),
      ("v_reset", \.vReset),
    ]
  }
  var node: NIRNode { .lif(self) }

  init(reading reader: NIRNodeReader) throws(NIRError) {
    let values = try reader.elements(
      ["tau", "r", "v_leak", "v_threshold"], defaults: [("v_reset", 0)])
    self.init(
      tau: values[0], r: values[1], vLeak: values[2], vThreshold: values[3], vReset: values[4])
  }
}

extension NIRLI: NIRPopulation {
  static let typeName = "LI"
  static var fields: [(name: String, path: WritableKeyPath<NIRLI, NIRTensor>)] {
    [("tau", \.tau), ("r", \.r), ("v_leak", \.vLeak)]
  }
  var node: NIRNode { .li(self) }

  init(reading reader: NIRNodeReader) throws(NIRError) {
    let values = try reader.elements(["tau", "r", "v_leak"])
    self.init(tau: values[0], r: values[1], vLeak: values[2])
  }
}

extension NIRCubaLIF: NIRPopulation {
  static let typeName = "CubaLIF"
  static var fields: [(name: String, path: WritableKeyPath<NIRCubaLIF, NIRTensor>)] {
    [
      ("tau_syn", \.tauSyn), ("tau_mem", \.tauMem), ("r", \.r), ("v_leak", \.vLeak),
      ("v_threshold", \.vThreshold), ("v_reset", \.vReset), ("w_in", \.wIn),
    ]
  }
  var node: NIRNode { .cubaLIF(self) }

  init(reading reader: NIRNodeReader) throws(NIRError) {
    let values = try reader.elements(
      ["tau_syn", "tau_mem", "r", "v_leak", "v_threshold"],
      defaults: [("v_reset", 0), ("w_in", 1)])
    self.init(
      tauSyn: values[0], tauMem: values[1], r: values[2], vLeak: values[3],
      vThreshold: values[4], vReset: values[5], wIn: values[6])
  }
}

extension NIRCubaLI: NIRPopulation {
  static let typeName = "CubaLI"
  static var fields: [(name: String, path: WritableKeyPath<NIRCubaLI, NIRTensor>)] {
    [
      ("tau_syn", \.tauSyn), ("tau_mem", \.tauMem), ("r", \.r), ("v_leak", \.vLeak),
      ("w_in", \.wIn),
    ]
  }
  var node: NIRNode { .cubaLI(self) }

  init(reading reader: NIRNodeReader) throws(NIRError) {
    let values = try reader.elements(
      ["tau_syn", "tau_mem", "r", "v_leak"], defaults: [("w_in", 1)])
    self.init(
      tauSyn: values[0], tauMem: values[1], r: values[2], vLeak: values[3], wIn: values[4])
  }
}
