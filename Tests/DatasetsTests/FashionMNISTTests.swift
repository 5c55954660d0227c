import Foundation
import Testing

import Datasets

/// Reading IDX and gzip: faults on small files made here, and the real data set where installed.
@Suite struct FashionMNISTTests {
  private static let (pictures, labels) = (
    "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"
  )

  /// Writes two pictures and their labels, changed as asked, and loads them.
  private func load(
    pictures: [UInt8]? = nil, labels: [UInt8]? = nil
  ) throws -> Result<LabelledSamples, DatasetError> {
    var result: Result<LabelledSamples, DatasetError>?
    try Scratch.withFolder { folder in
      let image = (0..<784).map { UInt8($0 % 251) } + [UInt8](repeating: 255, count: 784)
      try Scratch.write(
        pictures ?? Scratch.gzip(Scratch.idx([2, 28, 28], image)), to: "\(folder)/\(Self.pictures)")
      try Scratch.write(
        labels ?? Scratch.gzip(Scratch.idx([2], [9, 0])), to: "\(folder)/\(Self.labels)")
      result = Result { () throws(DatasetError) in
        try FashionMNIST.load(folder: folder, part: "train", count: 2)
      }
    }
    return try #require(result)
  }

  /// The error, with the name of the file cut to its last part.
  private func error(pictures: [UInt8]? = nil, labels: [UInt8]? = nil) throws -> String {
    guard case .failure(let error) = try load(pictures: pictures, labels: labels) else {
      return "none"
    }
    #expect(error.description.contains("apt-get install dataset-fashion-mnist"))
    #expect(error.description.contains("--data PATH"))
    let name = pictures == nil ? Self.labels : Self.pictures
    #expect(error.description.contains(name))
    return error.description
  }

  @Test func picturesArePaddedAndAveraged() throws {
    let samples = try load().get()
    #expect(samples.labels == [9, 0] && samples.featureCount == 256)
    #expect(samples.features(ofSample: 0).prefix(17).allSatisfy { $0 == 0 })
    // Rows 0 and 1, columns 0 and 1 of the file: 0, 1, 28 and 29.
    #expect(samples.features(ofSample: 0).dropFirst(17).first == Float(0 + 1 + 28 + 29) / 1020)
    let second = Array(samples.features(ofSample: 1))
    for row in 0..<16 {
      for column in 0..<16 {
        let isInside = (1...14).contains(row) && (1...14).contains(column)
        #expect(second[16 * row + column] == (isInside ? 1 : 0))
      }
    }
  }

  @Test func faultsOfGzipAreSaid() throws {
    let whole = Scratch.gzip(Scratch.idx([2], [9, 0]))
    for length in [0, 1, 9, 12, whole.count - 8, whole.count - 1] {
      let message = try error(labels: Array(whole[..<length]))
      #expect(message.contains("is no gzip file, or is damaged or cut off"), "\(length)")
    }
    var damaged = whole
    damaged[whole.count - 9] ^= 1
    #expect(try error(labels: damaged).contains("damaged"))
    #expect(try error(labels: Array("not gzip".utf8)).contains("is no gzip file"))
    #expect(try error(labels: whole + [0, 0, 0]).contains("goes on for 3 bytes"))
  }

  @Test func faultsOfIDXAreSaid() throws {
    let magic = Scratch.gzip([0, 0, 9] + Scratch.idx([2], [9, 0]).dropFirst(3))
    #expect(try error(labels: magic).contains("0x00000901 instead of IDX's 0x00000801"))
    let header = Scratch.gzip([0, 0, 8])
    #expect(try error(labels: header).contains("0x00000000 instead"))
    let long = Scratch.gzip(Scratch.idx([2], [9, 0, 0]))
    #expect(try error(labels: long).contains("holds 3 bytes where its header announces 2"))
    let short = Scratch.gzip(Scratch.idx([2], [9]))
    #expect(try error(labels: short).contains("holds 1 bytes"))
    let count = Scratch.gzip(Scratch.idx([3], [9, 0, 0]))
    #expect(try error(labels: count).contains("has shape [3] instead of [2]"))
    let shape = Scratch.gzip(Scratch.idx([2, 784, 1], [UInt8](repeating: 0, count: 1568)))
    #expect(try error(pictures: shape).contains("instead of [2, 28, 28]"))
    let huge = Scratch.gzip(Scratch.idx([.max, .max, .max], []))
    #expect(try error(pictures: huge).contains("instead of [2, 28, 28]"))
    let label = Scratch.gzip(Scratch.idx([2], [9, 10]))
    #expect(try error(labels: label).contains("sample 1 has label 10, but labels go from 0 to 9"))
  }

  @Test func missingFilesAreSaid() {
    let file = "/nowhere/train-labels-idx1-ubyte.gz"
    #expect(throws: DatasetError.fashionMNISTMissing(file: file)) {
      try FashionMNIST.load(folder: "/nowhere")
    }
  }

  /// Sums over all features and counts of pixels above 0.2, from numpy.
  @Test(.enabled(if: FileManager.default.fileExists(atPath: FashionMNIST.defaultFolder)))
  func installedDataAreWhole() throws {
    let data = try FashionMNIST.load()
    let expected = [
      (data.train, 60_000, 3_431_114_169, 5_344_283), (data.test, 10_000, 573_469_082, 897_267),
    ]
    for (samples, count, sum, bright) in expected {
      #expect(samples.count == count)
      #expect(
        (UInt8(0)..<10).allSatisfy { label in
          samples.labels.count { $0 == label } == count / 10
        })
      #expect(samples.features.reduce(0) { $0 + Int(($1 * 1020).rounded()) } == sum)
      let coded = LatencyCoding.pictures().code(samples)
      #expect(coded.cycles.count == bright)
      #expect(coded.cycles.max().map { $0 < 60 * 64 } == true)
    }
  }
}
