import Foundation

/// Loads the handwritten digits that scikit-learn ships: 1,797 pictures of 8 x 8 pixels.
///
/// Pixels go from 0 to 16 and come as features in 0...1. Every third picture is kept to test on.
/// Source: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning
/// Repository 1998 (the test part), as `sklearn/datasets/data/digits.csv.gz`.
public enum Digits {
  /// Pixels of one picture.
  public static let pixelCount = 64
  /// Bytes that the unpacked file may have.
  private static let largestFile = 1 << 22
  /// The file inside of a folder of Python packages.
  private static let file = "sklearn/datasets/data/digits.csv.gz"

  /// Where the file usually lies: the first that is there of the repository's Python environment and
  /// Debian's package python3-sklearn; nil when none is.
  public static var installedFile: String? {
    let folders = environments + ["/usr/lib/python3/dist-packages"]
    return folders.map { "\($0)/\(file)" }.first { FileManager.default.fileExists(atPath: $0) }
  }

  /// Folders of packages in `.venv`, in the order of their names.
  private static var environments: [String] {
    let library = ".venv/lib"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: library)) ?? []
    return names.sorted().map { "\(library)/\($0)/site-packages" }
  }

  /// Loads the digits from a file, by default the installed one.
  ///
  /// - Throws: ``DatasetError``, naming the file and what to do.
  public static func load(file path: String? = nil) throws(DatasetError) -> DividedSamples {
    guard let path = path ?? installedFile else {
      throw .digitsMissing(file: "/usr/lib/python3/dist-packages/\(file)")
    }
    let all = try read(path)
    let (train, test) = (all.indices.filter { $0 % 3 != 2 }, all.indices.filter { $0 % 3 == 2 })
    return DividedSamples(train: samples(all, train), test: samples(all, test))
  }

  private struct Picture {
    var pixels: [Float]
    var label: UInt8
  }

  private static func unpacked(_ path: String) throws(DatasetError) -> [UInt8] {
    do {
      return try GzipFile.read(path, limit: largestFile)
    } catch {
      if case .cannotOpen(_, ENOENT) = error { throw .digitsMissing(file: path) }
      if case .cannotOpen = error { throw error }
      throw .digitsDamaged(file: path)
    }
  }

  /// Lines of 64 pixels and a label.
  private static func read(_ path: String) throws(DatasetError) -> [Picture] {
    let bytes = try unpacked(path)
    var pictures: [Picture] = []
    for (number, line) in bytes.split(separator: UInt8(ascii: "\n")).enumerated() {
      let values = line.split(separator: UInt8(ascii: ",")).compactMap {
        Int(String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespaces))
      }
      guard values.count == pixelCount + 1, values.dropLast().allSatisfy((0...16).contains),
        let label = values.last, (0...9).contains(label)
      else { throw .badDigits(file: path, line: number + 1) }
      pictures.append(
        Picture(pixels: values.dropLast().map { Float($0) / 16 }, label: UInt8(label)))
    }
    guard !pictures.isEmpty else { throw .badDigits(file: path, line: 1) }
    return pictures
  }

  private static func samples(_ pictures: [Picture], _ chosen: [Int]) -> LabelledSamples {
    LabelledSamples(
      name: "digits", classes: (0...9).map(String.init), featureCount: pixelCount,
      features: chosen.flatMap { pictures[$0].pixels }, labels: chosen.map { pictures[$0].label })
  }
}
