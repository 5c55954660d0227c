import Recordings

/// A network that was read from an npz file, and what of the file was left out.
public struct RateNetworkFile: Equatable, Sendable {
  /// How files of networks end.
  public static let fileSuffix = ".npz"
  /// The most layers of a file.
  static let mostLayers = 10_000

  /// The network.
  public var network: RateNetwork
  /// Arrays that no layer has.
  public var notes: [ConversionNote]

  /// Reads a file in the layout of docs/ann-npz.md.
  ///
  /// - Throws: ``CompilerError/conversion(_:)`` naming the array.
  public init(
    _ archive: NPZFile, name: String, file: String
  ) throws(CompilerError) {
    do throws(ConversionFault) {
      var reader = RateNetworkReader(archive, file: file)
      network = try reader.network(name: name)
      notes = reader.arrays.unasked.map { .ignored(array: $0) }
    } catch {
      throw .conversion(error)
    }
  }
}

/// Reads layer after layer; the kinds and parameters are those of torch's modules.
private struct RateNetworkReader {
  var arrays: RateNetworkArrays

  init(_ archive: NPZFile, file: String) { arrays = RateNetworkArrays(archive, file: file) }

  private static let known = [
    "Linear", "Conv2d", "AvgPool2d", "MaxPool2d", "BatchNorm1d", "BatchNorm2d", "ReLU", "Flatten",
    "Softmax", "LogSoftmax", "Dropout", "Identity",
  ]

  mutating func network(name: String) throws(ConversionFault) -> RateNetwork {
    let expected = "the kinds of the layers, one text each, such as 'Linear', 'ReLU'"
    let kinds = try arrays.texts("layers", expected: expected)
    guard !kinds.isEmpty, kinds.count <= RateNetworkFile.mostLayers else {
      throw arrays.wrong("layers", expected)
    }
    let shape = try arrays.shape("input_shape") ?? []
    var layers: [RateLayer] = []
    for (index, kind) in kinds.enumerated() {
      layers.append(RateLayer("\(index).\(kind)", try operation(kind, "\(index)")))
    }
    return RateNetwork(name: name, inputShape: shape, layers: layers)
  }

  private mutating func operation(
    _ kind: String, _ key: String
  ) throws(ConversionFault) -> RateLayer.Operation {
    switch kind {
    case "Linear": return .dense(try dense(key))
    case "Conv2d": return .convolution(try convolution(key))
    case "AvgPool2d": return .averagePool(try pool(key))
    case "MaxPool2d": return .maxPool(try pool(key))
    case "BatchNorm1d", "BatchNorm2d": return try normalisation(key)
    case "ReLU": return .rectifier
    case "Flatten": return .flatten
    case "Softmax", "LogSoftmax": return .softmax
    case "Dropout", "Identity": return .identity
    default:
      throw .kind(layer: key, found: String(kind.prefix(40)), known: Self.known)
    }
  }

  private mutating func weights(
    _ key: String, axes: Int, _ expected: String
  ) throws(ConversionFault) -> (shape: [Int], values: [Double]) {
    let name = key + ".weight"
    guard let found = try arrays.numbers(name, axes: axes), !found.shape.contains(0) else {
      throw arrays.wrong(name, expected)
    }
    return found
  }

  private mutating func dense(_ key: String) throws(ConversionFault) -> RateDense {
    let (shape, values) = try weights(key, axes: 2, "a matrix [out, in]")
    return RateDense(
      inputs: shape[1], outputs: shape[0], weights: values,
      bias: try arrays.vector(key + ".bias", count: shape[0])
        ?? Array(repeating: 0, count: shape[0]))
  }

  private mutating func convolution(_ key: String) throws(ConversionFault) -> RateConvolution {
    let (shape, values) = try weights(key, axes: 4, "a kernel [out, in / groups, height, width]")
    let groups = try arrays.pair(key + ".groups", in: 1...shape[0], default: [1, 1])[0]
    guard shape[0] % groups == 0 else {
      throw arrays.wrong(key + ".groups", "a divisor of \(shape[0]) channels")
    }
    let dilation = try arrays.pair(key + ".dilation", in: 1...Self.longest, default: [1, 1])
    let window = try window(key, size: Array(shape.suffix(2)), stride: [1, 1], dilation: dilation)
    var convolution = RateConvolution(
      window, groups: groups, inputs: shape[1] * groups, outputs: shape[0], weights: values,
      bias: try arrays.vector(key + ".bias", count: shape[0])
        ?? Array(repeating: 0, count: shape[0]))
    convolution.dilation = dilation
    return convolution
  }

  private mutating func pool(_ key: String) throws(ConversionFault) -> RateWindow {
    let size = try arrays.pair(key + ".kernel_size", in: 1...Self.longest, default: nil)
    for option in ["ceil_mode", "return_indices"] {
      guard try arrays.number("\(key).\(option)", default: 0) == 0 else {
        throw arrays.wrong("\(key).\(option)", "0: the option is not converted")
      }
    }
    guard try arrays.number(key + ".count_include_pad", default: 1) == 1 else {
      throw arrays.wrong(key + ".count_include_pad", "1: the option is not converted")
    }
    let dilation = try arrays.pair(key + ".dilation", in: 1...1, default: [1, 1])
    return try window(key, size: size, stride: size, dilation: dilation)
  }

  /// The longest kernel, stride and padding.
  private static let longest = 65_536

  private mutating func window(
    _ key: String, size: [Int], stride usual: [Int], dilation: [Int]
  ) throws(ConversionFault) -> RateWindow {
    let stride = try arrays.pair(key + ".stride", in: 1...Self.longest, default: usual)
    if let stated = arrays.text(key + ".padding") {
      guard ["same", "valid"].contains(stated), stated == "valid" || stride == [1, 1] else {
        throw arrays.wrong(key + ".padding", "numbers, 'valid', or 'same' with a stride of 1")
      }
      let all = stated == "same" ? zip(size, dilation).map { ($0 - 1) * $1 } : [0, 0]
      let before = all.map { $0 / 2 }
      return RateWindow(
        size: size, stride: stride, before: before, behind: zip(all, before).map(-))
    }
    let padding = try arrays.pair(key + ".padding", in: 0...Self.longest, default: [0, 0])
    return RateWindow(size: size, stride: stride, before: padding, behind: padding)
  }

  private mutating func normalisation(
    _ key: String
  ) throws(ConversionFault) -> RateLayer.Operation {
    arrays.skip(key + ".num_batches_tracked")
    guard let mean = try arrays.numbers(key + ".running_mean", axes: 1)?.values, !mean.isEmpty
    else {
      throw arrays.wrong(key + ".running_mean", "one number a channel")
    }
    let count = mean.count
    guard let variance = try arrays.vector(key + ".running_var", count: count),
      variance.allSatisfy({ $0 >= 0 })
    else { throw arrays.wrong(key + ".running_var", "\(count) numbers from 0") }
    let epsilon = try arrays.number(key + ".eps", default: 1e-5)
    guard variance.allSatisfy({ $0 + epsilon > 0 }) else {
      throw arrays.wrong(key + ".eps", "above 0")
    }
    let one = Array(repeating: 1.0, count: count)
    let weight = try arrays.vector(key + ".weight", count: count) ?? one
    let bias = try arrays.vector(key + ".bias", count: count) ?? one.map { _ in 0 }
    let factors = zip(weight, variance).map { $0 / ($1 + epsilon).squareRoot() }
    return .normalisation(
      factors: factors, shifts: (0..<count).map { bias[$0] - mean[$0] * factors[$0] })
  }
}
