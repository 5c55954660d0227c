/// Is a NIR node of type Scale: y = s x, element by element.
public struct NIRScale: Equatable, Sendable {
  /// s, one value an element.
  public var scale: NIRTensor

  /// Takes one factor an element.
  public init(scale: NIRTensor) { self.scale = scale }
}

/// Is a NIR node of type Delay: y(t) = x(t − τ), element by element.
public struct NIRDelay: Equatable, Sendable {
  /// τ, one value an element, in the file's own unit of time; from 0.
  public var delay: NIRTensor

  /// Takes one delay an element.
  public init(delay: NIRTensor) { self.delay = delay }
}

/// Is a NIR node of type Threshold: 1 where x lies above the threshold, otherwise 0.
public struct NIRThreshold: Equatable, Sendable {
  /// The threshold, one value an element.
  public var threshold: NIRTensor

  /// Takes one threshold an element.
  public init(threshold: NIRTensor) { self.threshold = threshold }
}

extension NIRScale: NIRElementwise {
  static let typeName = "Scale"
  static var fields: [(name: String, path: WritableKeyPath<NIRScale, NIRTensor>)] {
    [("scale", \.scale)]
  }
  var node: NIRNode { .scale(self) }

  init(reading reader: NIRNodeReader) throws(NIRError) {
    self.init(scale: try reader.elements(["scale"])[0])
  }
}

extension NIRDelay: NIRElementwise {
  static let typeName = "Delay"
  static var fields: [(name: String, path: WritableKeyPath<NIRDelay, NIRTensor>)] {
    [("delay", \.delay)]
  }
  var node: NIRNode { .delay(self) }

  init(reading reader: NIRNodeReader) throws(NIRError) {
    self.init(delay: try reader.elements(["delay"])[0])
  }

  func check(node: String) throws(NIRError) {
    guard let index = delay.values.firstIndex(where: { $0 < 0 }) else { return }
    throw .wrongType(
      node: node, parameter: "delay", found: "\(delay.values[index]) at index \(index)",
      expected: "from 0")
  }
}

extension NIRThreshold: NIRElementwise {
  static let typeName = "Threshold"
  static var fields: [(name: String, path: WritableKeyPath<NIRThreshold, NIRTensor>)] {
    [("threshold", \.threshold)]
  }
  var node: NIRNode { .threshold(self) }

  init(reading reader: NIRNodeReader) throws(NIRError) {
    self.init(threshold: try reader.elements(["threshold"])[0])
  }
}
