/// Bounds what reading a NIR file may take, so that a hostile file cannot exhaust the machine.
public struct NIRLimits: Equatable, Sendable {
  /// Bytes of values in one file, as stored types after decompression.
  public var bytes = 1 << 30
  /// Values in one file, and values that an Input or Output passes in a step.
  public var values = 1 << 27
  /// Groups and datasets in one file.
  public var objects = 200_000
  /// Groups inside groups; a nested graph takes two of them.
  public var groups = 64
  /// Seconds of processor time for one file.
  public var seconds = 60

  /// Takes the limits that fit networks of up to 134 million weights.
  public init() {}
}

/// Is what a NIR file (`.nir`, HDF5) holds, and what reading it had to change.
public struct NIRFile: Equatable, Sendable {
  /// The network.
  public var graph: NIRGraph
  /// What reading found and changed.
  public var report: NIRReadReport

  /// Reads the file at `path`.
  ///
  /// - Throws: ``NIRError`` naming the node. A damaged or hostile file never does more harm.
  public init(reading path: String, limits: NIRLimits = NIRLimits()) throws(NIRError) {
    let document: HDF5Document
    do throws(HDF5Error) {
      document = try HDF5Document(
        reading: path,
        limits: HDF5Limits(
          bytes: limits.bytes, objects: limits.objects, depth: limits.groups,
          seconds: limits.seconds))
    } catch {
      throw NIRError(error, file: path)
    }
    var reader = NIRGraphReader(file: path, document: document, limits: limits)
    graph = try reader.graph()
    report = reader.report
  }

  /// Writes a graph in the layout of nir 1.0.8, whole or not at all.
  ///
  /// - Throws: ``NIRError/cannotWrite(file:code:)``.
  public static func write(_ graph: NIRGraph, to path: String) throws(NIRError) {
    do throws(HDF5Error) {
      try graph.document.write(to: path)
    } catch {
      throw NIRError(error, file: path)
    }
  }
}
