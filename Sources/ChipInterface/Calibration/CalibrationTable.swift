import HardwareSpec

/// What a calibration found on one device: codes that bring circuits to a target, and what is left.
public struct CalibrationTable: Equatable, Sendable {
  /// The first member of every file.
  public static let format = "synapus-calibration/1"

  /// The chip file's name, and the hash of its canonical form.
  public var chipName, specHash: String
  /// The device.
  public var chipSeed: UInt64
  /// The value that each parameter was brought to, in the unit of its law.
  public var targets: [CircuitParameter: Double]
  /// The cores, in ascending order, each named once.
  public var cores: [CalibratedCore]

  /// Makes a table.
  public init(
    chipName: String, specHash: String, chipSeed: UInt64, targets: [CircuitParameter: Double],
    cores: [CalibratedCore]
  ) {
    (self.chipName, self.specHash, self.chipSeed) = (chipName, specHash, chipSeed)
    (self.targets, self.cores) = (targets, cores)
  }

  /// The core's part, by bisection.
  public func core(_ index: Int) -> CalibratedCore? {
    cores.element { $0.index < index }.flatMap { $0.index == index ? $0 : nil }
  }

  /// The key of the content: SHA-256 over the file's form without this number.
  public var hash: String { ContentHash.hexadecimal(of: json(hash: nil).utf8) }
}

/// The circuits of one core.
public struct CalibratedCore: Equatable, Sendable {
  /// The core's number.
  public var index: Int
  /// The columns of the circuits, in ascending order; the other lists follow it.
  public var columns: [Int]
  /// Whether each circuit met its targets.
  public var success: [Bool]
  /// Codes that were found.
  public var codes: [CircuitParameter: [UInt16]]
  /// What is left of the deviations; parameters that are not listed have none.
  ///
  /// The true value over the target, less 1; for potentials their difference in volts.
  public var residuals: [CircuitParameter: [Double]]

  /// Makes a core's part.
  public init(
    index: Int, columns: [Int], success: [Bool], codes: [CircuitParameter: [UInt16]],
    residuals: [CircuitParameter: [Double]] = [:]
  ) {
    (self.index, self.columns, self.success) = (index, columns, success)
    (self.codes, self.residuals) = (codes, residuals)
  }

  /// The place of a column in the lists, by bisection.
  public func place(ofColumn column: Int) -> Int? {
    var (low, high) = (0, columns.count)
    while low < high {
      let middle = (low + high) / 2
      if columns[middle] < column { low = middle + 1 } else { high = middle }
    }
    return low < columns.count && columns[low] == column ? low : nil
  }
}

extension [CalibratedCore] {
  /// The first core for which `isBefore` is false.
  fileprivate func element(_ isBefore: (CalibratedCore) -> Bool) -> CalibratedCore? {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if isBefore(self[middle]) { low = middle + 1 } else { high = middle }
    }
    return low < count ? self[low] : nil
  }
}

extension CalibrationTable {
  /// Circuits that did not meet their targets, where the chip has them.
  public func failedCircuits(on geometry: ChipGeometry) -> [CircuitOnChip] {
    cores.flatMap { part -> [CircuitOnChip] in
      guard let core = CoreOnChip(part.index, on: geometry) else { return [] }
      return zip(part.columns, part.success).compactMap { column, isGood in
        isGood ? nil : CircuitOnChip(core, column: column, on: geometry)
      }
    }
  }

  /// The first contradictions with itself or with a chip, one clause each.
  public func faults(on spec: ChipSpec) -> [String] {
    var faults: [String] = []
    for (a, b) in zip(cores, cores.dropFirst()) where a.index >= b.index {
      faults.append("core \(b.index) is out of order")
    }
    for parameter in CircuitParameter.allCases {
      guard let target = targets[parameter] else { continue }
      let range = parameter.law(on: spec.neuron).range
      if !range.contains(target) {
        faults.append(
          "the target of \(parameter.rawValue) is \(target); \(range.lowerBound) to"
            + " \(range.upperBound) is allowed")
      }
    }
    for core in cores { faults += core.faults(on: spec) }
    return Array(faults.prefix(20))
  }
}

extension CalibratedCore {
  fileprivate func faults(on spec: ChipSpec) -> [String] {
    let geometry = spec.geometry
    guard (0..<geometry.coreCount).contains(index) else {
      return ["core \(index) is not on the chip, which has \(geometry.coreCount)"]
    }
    let inOrder = !zip(columns, columns.dropFirst()).contains { $0 >= $1 }
    guard inOrder, columns.allSatisfy({ (0..<geometry.circuitsPerCore).contains($0) }) else {
      return [
        "the columns of core \(index) must ascend, and lie in 0 to"
          + " \(geometry.circuitsPerCore - 1)"
      ]
    }
    let lists =
      [success.count] + codes.values.map(\.count) + residuals.values.map(\.count)
    guard lists.allSatisfy({ $0 == columns.count }) else {
      return ["the lists of core \(index) must have one entry for each of its columns"]
    }
    return CircuitParameter.allCases.compactMap { parameter in
      let highest = parameter.law(on: spec.neuron).highestCode
      return codes[parameter]?.contains { $0 > highest } == true
        ? "core \(index) has codes of \(parameter.rawValue) above \(highest)" : nil
    }
  }
}
