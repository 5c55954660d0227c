import Datasets
import Foundation
import Testing

@Suite struct DigitsTests {
  private func error(_ bytes: [UInt8]) throws -> String {
    var message = ""
    try Scratch.withFolder { folder in
      let path = "\(folder)/digits.csv.gz"
      try Scratch.write(bytes, to: path)
      do {
        _ = try Digits.load(file: path)
      } catch let error as DatasetError {
        message = error.description
      }
    }
    return message
  }

  private func line(_ pixel: Int, _ label: Int) -> String {
    Array(repeating: "\(pixel)", count: 64).joined(separator: ",") + ",\(label)\n"
  }

  @Test func everyThirdPictureIsForTheTest() throws {
    let text = (0..<7).map { line($0, $0) }.joined()
    try Scratch.withFolder { folder in
      let path = "\(folder)/digits.csv.gz"
      try Scratch.write(Scratch.gzip(Array(text.utf8)), to: path)
      let digits = try Digits.load(file: path)
      #expect(digits.train.labels == [0, 1, 3, 4, 6])
      #expect(digits.test.labels == [2, 5])
      #expect(digits.test.features(ofSample: 1).allSatisfy { $0 == 5.0 / 16 })
    }
  }

  @Test func faultsAreSaid() throws {
    let bad = [line(17, 3), line(3, 10), "1,2,3\n", line(3, 3).replacing("3,3,3", with: "3,x,3")]
    for text in bad {
      let message = try error(Scratch.gzip(Array((line(1, 1) + text).utf8)))
      #expect(message.contains("line 2 is not 64 pixels"), "\(text)")
    }
    #expect(try error(Scratch.gzip([])).contains("line 1"))
    #expect(try error(Array("not gzip".utf8)).contains("no gzip file of digits"))
    #expect(throws: DatasetError.digitsMissing(file: "/nowhere/digits.csv.gz")) {
      try Digits.load(file: "/nowhere/digits.csv.gz")
    }
  }

  /// Counts of the published file, from numpy: 1,797 pictures, pixels that sum to 561,718.
  @Test(.enabled(if: Digits.installedFile != nil))
  func installedDataAreWhole() throws {
    let digits = try Digits.load()
    #expect(digits.train.count == 1198)
    #expect(digits.test.count == 599)
    let sum = (digits.train.features + digits.test.features).reduce(0) { $0 + Int($1 * 16) }
    #expect(sum == 561_718)
  }
}
