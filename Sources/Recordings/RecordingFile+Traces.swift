import ChipInterface
import NIR

extension TraceRecording {
  /// The end of each tick, in hardware seconds from the start of a sample.
  static func times(ticks: Int, tickSeconds: Double) -> [Double] {
    (1...max(ticks, 1)).map { Double($0) * tickSeconds }
  }

  /// Adds the group `/traces`.
  func add(to document: inout HDF5Document, samples: Int, ticks: Int, tickSeconds: Double) {
    document.addGroup("/traces")
    document.add("/traces/column", .vector(.int64(circuits.map { Int64($0.column) })))
    document.add("/traces/core", .vector(.int64(circuits.map { Int64($0.core) })))
    document.add("/traces/name", .vector(.strings(circuits.map(\.name))))
    document.add(
      "/traces/times", .vector(.float64(Self.times(ticks: ticks, tickSeconds: tickSeconds))))
    document.add(
      "/traces/volts", HDF5Array(shape: [samples, ticks, circuits.count], values: .float64(volts)))
  }
}

extension SpikeFileReader {
  /// Reads the group `/traces`; nil where the file has none.
  func traces(samples: Int, ticks: Int) throws(RecordingError) -> TraceRecording? {
    guard let array = try array("/traces/volts") else { return nil }
    guard case .float64(let volts) = array.values, array.shape.count == 3,
      array.shape[0] == samples, array.shape[1] == ticks
    else { throw wrong("/traces/volts", "float64 of shape [sample, tick, circuit]") }
    let count = array.shape[2]
    guard case .strings(let names) = try self.array("/traces/name")?.values, names.count == count,
      let cores = try integers("/traces/core", count: count),
      let columns = try integers("/traces/column", count: count)
    else { throw wrong("/traces", "vectors name, core and column, one entry a circuit") }
    let circuits = names.indices.map {
      TraceRecording.Circuit(name: names[$0], core: Int(cores[$0]), column: Int(columns[$0]))
    }
    return TraceRecording(volts: volts, circuits: circuits)
  }
}
