/// Reads the parameters of one node from its group in a file, and notes what it changed.
///
/// A class, because the initialisers of all node types share the notes.
final class NIRNodeReader {
  let name: String
  private let path: String
  private let document: HDF5Document
  private let limits: NIRLimits
  private(set) var notes: [NIRReadNote] = []
  private var unread: Set<String>

  init(name: String, path: String, document: HDF5Document, limits: NIRLimits) {
    (self.name, self.path, self.document, self.limits) = (name, path, document, limits)
    unread = Set(document.members(of: path)).subtracting(["type", "metadata"])
  }

  /// Notes for every object of the group that nobody asked for, in the order of names.
  var ignored: [NIRReadNote] {
    document.members(of: path).filter(unread.contains).map { .ignored(object: "\(path)/\($0)") }
  }

  /// The parameter as it stands in the file; nil where the file does not have it.
  private func stored(_ parameter: String) throws(NIRError) -> NIRTensor? {
    unread.remove(parameter)
    let object = "\(path)/\(parameter)"
    let found: HDF5Array?
    do {
      found = try document.array(at: object)
    } catch {
      throw .refusedParameter(
        node: name, parameter: parameter, reason: error.refusal?.reason ?? "is unreadable")
    }
    guard let array = found else {
      guard document.object(at: object) == nil else {
        throw wrongType(parameter, found: "a group", "numbers")
      }
      return nil
    }
    guard let tensor = NIRTensor(array) else {
      throw wrongType(parameter, found: "of type \(array.values.typeName)", "numbers")
    }
    return tensor
  }

  private func wrongType(_ parameter: String, found: String, _ expected: String) -> NIRError {
    .wrongType(node: name, parameter: parameter, found: found, expected: expected)
  }

  /// Takes off leading axes of length 1 until `axes` are left: exporters keep batch and time.
  private func squeeze(_ tensor: NIRTensor, _ parameter: String, axes: Int) -> NIRTensor {
    var shape = tensor.shape[...]
    while shape.count > axes, shape.first == 1 { shape = shape.dropFirst() }
    guard shape.count < tensor.shape.count else { return tensor }
    let squeezed = Array(shape)
    notes.append(
      .squeezed(node: name, parameter: parameter, from: tensor.shape, to: squeezed))
    return tensor.reshaped(squeezed)
  }

  /// A parameter that must be there, without leading axes of length 1 beyond `axes`.
  func tensor(_ parameter: String, keepingAxes axes: Int) throws(NIRError) -> NIRTensor {
    guard let tensor = try stored(parameter) else {
      throw .missingParameter(node: name, parameter: parameter)
    }
    return squeeze(tensor, parameter, axes: axes)
  }

  /// A parameter that must be a matrix [out, in].
  func matrix(_ parameter: String) throws(NIRError) -> NIRTensor {
    let matrix = try tensor(parameter, keepingAxes: 2)
    guard matrix.shape.count == 2 else {
      throw .notAMatrix(node: name, parameter: parameter, shape: matrix.shape)
    }
    return matrix
  }

  /// The shape of an Input or Output, which a file stores as integers.
  func shape(_ parameter: String) throws(NIRError) -> [Int] {
    guard let shape = try optionalShape(parameter, count: nil) else {
      throw .missingParameter(node: name, parameter: parameter)
    }
    return shape
  }

  /// A shape of `count` axes, or of any number of them; nil where the file does not have it.
  func optionalShape(_ parameter: String, count: Int?) throws(NIRError) -> [Int]? {
    guard let stored = try stored(parameter) else { return nil }
    var lengths = try integers(in: stored, parameter)
    if let count { lengths = Array(lengths.drop { $0 == 1 && lengths.count > count }) }
    try checkSize(of: lengths)
    guard count == nil || lengths.count == count else {
      throw wrongType(parameter, found: "\(lengths)", "\(count ?? 0) integers")
    }
    return lengths
  }

  /// `count` integers, or one that counts for all of them.
  func integers(_ parameter: String, count: Int) throws(NIRError) -> [Int] {
    guard let stored = try stored(parameter) else {
      throw .missingParameter(node: name, parameter: parameter)
    }
    return try integers(in: stored, parameter, count: count)
  }

  private func integers(
    in tensor: NIRTensor, _ parameter: String, count: Int
  ) throws(NIRError) -> [Int] {
    let values = try integers(in: tensor, parameter)
    if values.count == 1 { return [Int](repeating: values[0], count: count) }
    guard values.count == count else {
      throw wrongType(parameter, found: "\(values.count) numbers", "\(count) integers, or one")
    }
    return values
  }

  private func integers(in tensor: NIRTensor, _ parameter: String) throws(NIRError) -> [Int] {
    guard tensor.elementType == .int64, tensor.shape.count <= 1, tensor.values.count <= 64 else {
      throw wrongType(parameter, found: "\(tensor.elementType) \(tensor.shape)", "integers")
    }
    return tensor.values.map { Int($0) }
  }

  /// Padding: integers, or one of the words "same" and "valid".
  func padding(_ parameter: String, count: Int) throws(NIRError) -> NIRPadding {
    let object = try? document.array(at: "\(path)/\(parameter)")
    guard let text = object?.text else {
      return .explicit(try integers(parameter, count: count))
    }
    unread.remove(parameter)
    switch text {
    case "same": return .same
    case "valid": return .valid
    default:
      throw wrongType(
        parameter, found: "\"\(text.prefix(40))\"", "integers, \"same\" or \"valid\"")
    }
  }

  private func checkSize(of shape: [Int]) throws(NIRError) {
    guard !shape.isEmpty, let count = shape.valueCount, count <= limits.values else {
      throw .badShape(node: name, shape: shape, allowed: limits.values)
    }
  }

  /// Parameters of one shape: those that must be there, then those with a default value.
  ///
  /// A single value among arrays counts for every element. If all are single values they stay so,
  /// until the neighbours tell the shape; so do leading axes of length 1.
  func elements(
    _ required: [String], defaults: [(parameter: String, value: Double)] = []
  ) throws(NIRError) -> [NIRTensor] {
    var tensors: [NIRTensor] = []
    for parameter in required { tensors.append(try tensor(parameter, keepingAxes: .max)) }
    let given = tensors
    var missing: Set<String> = []
    for (parameter, value) in defaults {
      if let tensor = try stored(parameter) {
        tensors.append(tensor)
      } else {
        notes.append(.defaulted(node: name, parameter: parameter, value: value))
        missing.insert(parameter)
        tensors.append(
          NIRTensor(repeating: value, shape: [], elementType: given[given.count - 1].elementType))
      }
    }
    let shape = tensors.first { !$0.shape.isEmpty }?.shape ?? []
    return zip(required + defaults.map(\.parameter), tensors).map { parameter, tensor in
      guard tensor.shape.isEmpty, !shape.isEmpty else { return tensor }
      if !missing.contains(parameter) {
        notes.append(.repeated(node: name, parameter: parameter, shape: shape))
      }
      return NIRTensor(
        repeating: tensor.values[0], shape: shape, elementType: tensor.elementType)
    }
  }
}

extension HDF5Error {
  fileprivate var refusal: HDF5Refusal? {
    guard case .refused(_, let refusal) = self else { return nil }
    return refusal
  }
}
