import Foundation
import Testing

import Compiler
import HardwareSpec
import Recordings
import TestSupport

/// Networks of weights and rectifiers in arrays: what is read, and what it computes.
@Suite struct RateNetworkTests {
  private static func floats(_ shape: [Int], _ values: [Float]) -> NPYArray {
    NPYArray(shape: shape, values: .float32(values))
  }

  private static func network(_ entries: [(String, NPYArray)]) throws -> RateNetwork {
    try RateNetworkFile(
      NPZFile(entries.map { NPZFile.Entry($0.0, $0.1) }), name: "net", file: "net.npz"
    ).network
  }

  private static func kinds(_ kinds: [String]) -> (String, NPYArray) {
    ("layers", NPYArray(.text(kinds)))
  }

  private static func fault(_ entries: [(String, NPYArray)]) throws -> ConversionFault {
    do {
      let network = try network(entries)
      _ = try network.outputs(for: [])
    } catch CompilerError.conversion(let fault) {
      return fault
    }
    throw MissingValue(description: "a fault")
  }

  /// By hand: relu([[1, -1], [2, 0]] x + [0, -1]), then [1, 1].
  @Test func denseLayersAdd() throws {
    let network = try Self.network([
      Self.kinds(["Linear", "ReLU", "Linear"]),
      ("0.weight", Self.floats([2, 2], [1, -1, 2, 0])), ("0.bias", Self.floats([2], [0, -1])),
      ("2.weight", Self.floats([1, 2], [1, 1])),
    ])
    #expect(try network.outputs(for: [1, 3]) == [1])
    #expect(try network.outputs(for: [3, 1]) == [7])
  }

  /// (x − mean) / √(variance + ε) · weight + bias behind the weights, by hand.
  @Test func batchNormalisationIsFolded() throws {
    let network = try Self.network([
      Self.kinds(["Linear", "BatchNorm1d", "Dropout", "Softmax"]),
      ("0.weight", Self.floats([1, 1], [2])), ("0.bias", Self.floats([1], [1])),
      ("1.running_mean", Self.floats([1], [3])), ("1.running_var", Self.floats([1], [4])),
      ("1.eps", NPYArray(shape: [], values: .float64([0]))),
      ("1.weight", Self.floats([1], [6])), ("1.bias", Self.floats([1], [0.5])),
    ])
    // 2 · 5 + 1 = 11; (11 − 3) / 2 · 6 + 0.5.
    #expect(try network.outputs(for: [5]) == [24.5])
  }

  @Test(arguments: [(2, 2, 0), (3, 2, 1), (3, 3, 0), (2, 1, 1)])
  func maximaAreExact(size: Int, stride: Int, padding: Int) throws {
    var random = SequentialRandom(seed: 7, stream: 1)
    let (channels, side) = (2, 7)
    let places = (side + 2 * padding - size) / stride + 1
    let inputs = (0..<channels * side * side).map { _ in max(random.normal(), 0) }
    let identity = (0..<places * places * channels).flatMap { row in
      (0..<places * places * channels).map { Float($0 == row ? 1 : 0) }
    }
    let count = places * places * channels
    let network = try Self.network([
      Self.kinds(["MaxPool2d", "Flatten", "Linear"]),
      ("input_shape", NPYArray(.int64([2, 7, 7]))),
      ("0.kernel_size", NPYArray(.int64([Int64(size)]))),
      ("0.stride", NPYArray(.int64([Int64(stride)]))),
      ("0.padding", NPYArray(.int64([Int64(padding)]))),
      ("2.weight", Self.floats([count, count], identity)),
    ])
    var expected: [Double] = []
    for channel in 0..<channels {
      for row in 0..<places {
        for column in 0..<places {
          var largest = 0.0
          for y in 0..<size {
            for x in 0..<size {
              let (y, x) = (row * stride - padding + y, column * stride - padding + x)
              guard (0..<side).contains(y), (0..<side).contains(x) else { continue }
              largest = max(largest, inputs[(channel * side + y) * side + x])
            }
          }
          expected.append(largest)
        }
      }
    }
    let found = try network.outputs(for: inputs)
    #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-12 })
  }

  /// A rectifier and a maximum may change places.
  @Test func maximumBeforeItsRectifierIsTaken() throws {
    let network = try Self.network([
      Self.kinds(["Conv2d", "MaxPool2d", "ReLU", "Linear"]),
      ("input_shape", NPYArray(.int64([1, 2, 2]))),
      ("0.weight", Self.floats([1, 1, 1, 1], [-1])), ("0.bias", Self.floats([1], [2])),
      ("1.kernel_size", NPYArray(.int64([2, 2]))), ("3.weight", Self.floats([1, 1], [10])),
    ])
    #expect(try network.outputs(for: [5, 1, 0.5, 3]) == [15])
    #expect(try network.outputs(for: [5, 4, 3, 3]) == [0])
  }

  /// numpy: `scipy.signal.correlate2d` by hand on 3 x 3, with a stride of 2 and zeros around.
  @Test func convolutionIsACorrelation() throws {
    let network = try Self.network([
      Self.kinds(["Conv2d", "AvgPool2d"]), ("input_shape", NPYArray(.int64([1, 3, 3]))),
      ("0.weight", Self.floats([1, 1, 2, 2], [1, 2, 3, 4])), ("0.bias", Self.floats([1], [0.5])),
      ("0.stride", NPYArray(.int64([2]))), ("0.padding", NPYArray(.int64([1]))),
      ("1.kernel_size", NPYArray(.int64([2]))),
    ])
    // Windows of [[0, 0], [0, 1]], [[0, 0], [2, 3]], [[0, 4], [0, 7]] and [[5, 6], [8, 9]].
    let sums = [4.0, 6 + 12, 8 + 28, 5 + 12 + 24 + 36].map { $0 + 0.5 }
    let found = try network.outputs(for: (1...9).map(Double.init))
    #expect(found == [sums.reduce(0, +) / 4])
  }

  // MARK: Faults

  @Test func faultsNameTheArray() throws {
    let weight = ("0.weight", Self.floats([1, 2], [1, 1]))
    #expect(
      try Self.fault([weight]).message
        == "array 'layers' of net.npz is missing; it must be the kinds of the layers, one text each,"
        + " such as 'Linear', 'ReLU'")
    #expect(
      try Self.fault([Self.kinds(["Linear"])]).message
        == "array '0.weight' of net.npz is missing; it must be a matrix [out, in]")
    #expect(
      try Self.fault([Self.kinds(["Linear"]), ("0.weight", Self.floats([2], [1, 1]))]).message
        == "array '0.weight' of net.npz is float32 of shape [2]; it must be finite numbers of 2"
        + " axes, at most \(1 << 26)")
    #expect(
      try Self.fault([Self.kinds(["Linear"]), weight, ("0.bias", Self.floats([2], [1, 1]))])
        .message
        == "array '0.bias' of net.npz is float32 of shape [2]; it must be 1 finite numbers")
    #expect(
      try Self.fault([Self.kinds(["Linear"]), ("0.weight", Self.floats([1, 1], [.nan]))]).code
        == "E0370")
    #expect(try Self.fault([Self.kinds(["Tanh"])]).code == "E0372")
    #expect(try Self.fault([Self.kinds(["Softmax", "Linear"]), weight]).code == "E0370")
  }

  @Test func faultsNameTheLayer() throws {
    let dense = ("0.weight", Self.floats([2, 2], [1, 0, 0, 1]))
    #expect(
      try Self.fault([
        Self.kinds(["Linear", "ReLU", "Linear"]), dense,
        ("2.weight", Self.floats([1, 3], [1, 1, 1])),
      ]).message == "layer '2.Linear' is given shape [2]; it must be 3 values")
    #expect(
      try Self.fault([
        Self.kinds(["Linear", "ReLU", "BatchNorm1d", "Linear"]), dense,
        ("2.running_mean", Self.floats([2], [0, 0])), ("2.running_var", Self.floats([2], [1, 1])),
        ("3.weight", Self.floats([1, 2], [1, 1])),
      ]).code == "E0374")
    #expect(
      try Self.fault([
        Self.kinds(["Linear", "Softmax", "Linear"]), dense,
        ("2.weight", Self.floats([1, 2], [1, 1])),
      ]).message
        == "softmax '1.Softmax' stands within the network; it can be left out at the output only")
    #expect(
      try Self.fault([
        Self.kinds(["Conv2d"]),
        ("0.weight", Self.floats([1, 1, 3, 3], Array(repeating: 1, count: 9))),
        ("input_shape", NPYArray(.int64([1, 2, 2]))),
      ]).code == "E0373")
    #expect(
      try Self.fault([
        Self.kinds(["Conv2d"]), ("0.weight", Self.floats([1, 1, 1, 1], [1])),
        ("input_shape", NPYArray(.int64([1, .max, .max]))),
      ]).code == "E0370")
    #expect(
      try Self.fault([
        Self.kinds(["Conv2d", "MaxPool2d", "Linear"]),
        ("0.weight", Self.floats([1, 1, 1, 1], [1])), ("input_shape", NPYArray(.int64([1, 2, 2]))),
        ("1.kernel_size", NPYArray(.int64([2]))), ("2.weight", Self.floats([1, 1], [1])),
      ]).code == "E0375")
  }

  @Test func everyFaultIsExplained() {
    for number in 370...379 { #expect(ErrorCatalog.explain("E0\(number)") != nil) }
  }

  /// numpy writes transposed arrays column by column.
  @Test func columnMajorArraysAreRead() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("synapus-npz-\(UInt64.random(in: 0 ... .max))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    // numpy.savez_compressed(f, a=numpy.arange(6, dtype='f4').reshape(2, 3).T)
    let data = try required(
      Data(base64Encoded: Self.transposed, options: .ignoreUnknownCharacters), "base64 text")
    let path = folder.appendingPathComponent("t.npz").path
    try data.write(to: URL(fileURLWithPath: path))
    let array = try required(try NPZFile(reading: path)["a"], "array a")
    #expect(array == NPYArray(shape: [3, 2], values: .float32([0, 3, 1, 4, 2, 5])))
  }

  private static let transposed = """
    UEsDBC0AAAAIAAAAIQAaVe5p//////////8FABQAYS5ucHkBABAAmAAAAAAAAABUAAAAAAAAAJvsF+obEMnIUMZQrZ\
    6SWpxcpG6loG6TZqKuo6Cell9UUpSYF59flJIKEg8pKk0FChdnJBakArkaxjoKRpo6CrUK5AMuBjBosAcSDkAExA1A\
    vMABAFBLAQItAy0AAAAIAAAAIQAaVe5pVAAAAJgAAAAFAAAAAAAAAAAAAACAAQAAAABhLm5weVBLBQYAAAAAAQABAD\
    MAAACLAAAAAAA=
    """
}
