/// Is a population of neurons: every parameter has one value a neuron.
protocol NIRPopulation: NIRParameters {
  /// All parameters under their names in files, time constants first.
  static var fields: [(name: String, path: WritableKeyPath<Self, NIRTensor>)] { get }

  /// The case of ``NIRNode`` for this type.
  var node: NIRNode { get }
}

extension NIRPopulation {
  var shape: [Int] { self[keyPath: Self.fields[0].path].shape }
  var inputShape: [Int] { shape }
  var outputShape: [Int] { shape }

  /// v_reset stays out where it is zero for all neurons: versions of nir before 1.0.5 refuse
  /// every file that has it, and all later ones take zero for granted.
  var stored: [(name: String, tensor: NIRTensor)] {
    Self.fields
      .map { (name: $0.name, tensor: self[keyPath: $0.path]) }
      .filter { $0.name != "v_reset" || $0.tensor.values.contains { $0 != 0 } }
      .sorted { $0.name < $1.name }
  }

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

  func broadcast(to shape: [Int]) -> NIRNode? {
    guard self.shape.isEmpty else { return nil }
    var population = self
    for (_, path) in Self.fields {
      let tensor = self[keyPath: path]
      population[keyPath: path] = NIRTensor(
        repeating: tensor.values[0], shape: shape, elementType: tensor.elementType)
    }
    return population.node
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
    let values = try reader.neurons(
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
    let values = try reader.neurons(["tau", "r", "v_leak"])
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
    let values = try reader.neurons(
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
    let values = try reader.neurons(
      ["tau_syn", "tau_mem", "r", "v_leak"], defaults: [("w_in", 1)])
    self.init(
      tauSyn: values[0], tauMem: values[1], r: values[2], vLeak: values[3], wIn: values[4])
  }
}
