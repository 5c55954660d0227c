import ChipInterface
import NIR

/// Reads single objects of a recording or spike file, and says what they must be.
struct SpikeFileReader {
  let file: String
  private let document: HDF5Document

  init(reading file: String) throws(RecordingError) {
    self.file = file
    let limits = HDF5Limits(bytes: 4 << 30, objects: 10_000, depth: 4, seconds: 120)
    do throws(HDF5Error) {
      document = try HDF5Document(reading: file, limits: limits)
    } catch {
      throw RecordingError(error, file: file)
    }
  }

  func wrong(_ object: String, _ expected: String) -> RecordingError {
    .wrongObject(file: file, object: object, expected: expected)
  }

  /// The dataset at a path; nil where the file has none.
  func array(_ path: String) throws(RecordingError) -> HDF5Array? {
    do throws(HDF5Error) {
      return try document.array(at: path)
    } catch {
      throw RecordingError(error, file: file)
    }
  }

  /// The attribute of an object; nil where it has none.
  func attribute(_ name: String, of path: String = "/") throws(RecordingError) -> HDF5Array? {
    do throws(HDF5Error) {
      return try document.attribute(name, of: path)
    } catch {
      throw RecordingError(error, file: file)
    }
  }

  func text(_ name: String) throws(RecordingError) -> String {
    guard let text = try attribute(name)?.text else { throw wrong("/@" + name, "a string") }
    return text
  }

  func number(_ name: String, of path: String = "/") throws(RecordingError) -> Double {
    guard let numbers = try attribute(name, of: path)?.numbers, numbers.count == 1,
      numbers[0].isFinite
    else { throw wrong(path + "@" + name, "a number") }
    return numbers[0]
  }

  func integer(
    _ name: String, of path: String = "/", in range: ClosedRange<Int64> = 0...Int64.max
  ) throws(RecordingError) -> Int64 {
    guard let integers = try attribute(name, of: path)?.integers, integers.count == 1,
      range.contains(integers[0])
    else {
      throw wrong(
        "\(path)@\(name)", "an integer from \(range.lowerBound) to \(range.upperBound)")
    }
    return integers[0]
  }

  /// A vector of integers with `count` entries (nil: any number); nil where it is missing.
  func integers(_ path: String, count: Int? = nil) throws(RecordingError) -> [Int64]? {
    guard let array = try array(path) else { return nil }
    guard let integers = array.integers, array.shape.count == 1 else {
      throw wrong(path, "a vector of integers")
    }
    try check(path, integers.count, count)
    return integers
  }

  func check(_ path: String, _ count: Int, _ expected: Int?) throws(RecordingError) {
    guard let expected, count != expected else { return }
    throw .countMismatch(file: file, object: path, count: count, expected: expected)
  }

  /// The unit of every spike, as lists of one axis.
  func units() throws(RecordingError) -> HDF5Lists<Int64> {
    let path = "/spikes/units"
    guard let array = try array(path), array.shape.count == 1,
      case .int64Lists(let lists) = array.values
    else { throw wrong(path, "one list of integers a sample") }
    return lists
  }

  /// The clock cycle of every spike, where the file states them, in lists as long as `offsets`.
  func cycles(offsets: [Int]) throws(RecordingError) -> [Int64]? {
    guard let array = try array("/spikes/cycles") else { return nil }
    guard case .int64Lists(let lists) = array.values, array.shape.count == 1 else {
      throw wrong("/spikes/cycles", "one list of integers a sample")
    }
    try check("/spikes/cycles", lists.offsets, offsets)
    return lists.elements
  }

  /// The time of every spike in seconds, in lists as long as `offsets`.
  func seconds(offsets: [Int]) throws(RecordingError) -> [Double] {
    guard let array = try array("/spikes/times"), array.shape.count == 1,
      case .float64Lists(let lists) = array.values
    else { throw wrong("/spikes/times", "one list of floats a sample") }
    try check("/spikes/times", lists.offsets, offsets)
    return lists.elements
  }

  /// Checks that there are as many samples, and in each as many spikes, as units say.
  private func check(
    _ path: String, _ found: [Int], _ expected: [Int]
  ) throws(RecordingError) {
    try check(path, found.count - 1, expected.count - 1)
    guard let sample = found.indices.dropFirst().first(where: { found[$0] != expected[$0] })
    else { return }
    let start = expected[sample - 1]
    throw .countMismatch(
      file: file, object: "\(path)[\(sample - 1)]", count: found[sample] - start,
      expected: expected[sample] - start)
  }
}
