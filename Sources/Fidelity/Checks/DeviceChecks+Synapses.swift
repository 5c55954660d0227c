import Emulator
import Foundation
import HardwareSpec

/// Holds the fixed pattern of drawn synapses, and the parts that do not work, against a chip file.
public struct SynapseDrawChecks {
  private let spec: ChipSpec
  private let draw: DeviceDraw

  /// Prepares the checks; the mesh is made large enough for 4,096 rows and columns.
  public init(_ spec: ChipSpec) {
    var spec = spec
    let least = min(spec.geometry.synapseRowsPerCore, spec.geometry.circuitsPerCore)
    spec.geometry.meshColumns = max(1, (4096 + least - 1) / least)
    spec.geometry.meshRows = 1
    self.spec = spec
    draw = DeviceDraw(spec, seed: 3, mismatch: nil, effects: [.synapse])
  }

  /// Runs the checks of all errors that the chip file has.
  public func run() -> [FidelityCheck] {
    dacBits() + lines() + defects()
  }

  private func check(_ what: String, found: Double, wanted: Double) -> FidelityCheck {
    FidelityCheck(
      "\(spec.name), \(what)", "sigma, relative", unit: "1", error: abs(found / wanted - 1),
      bound: 0.05)
  }

  /// The charge of single bits over that of a synapse's factor, over 4,096 synapses.
  private func dacBits() -> [FidelityCheck] {
    let (errors, core) = (spec.imperfections.synapseErrors, spec.geometry.cores[0])
    guard errors.dacBit > 0 else { return [] }
    let steps = Double(spec.synapse.effectiveStepsPerWeight)
    return [0, spec.synapse.weightBits - 1].map { bit in
      let deviations = (0..<4096).compactMap { i -> Double? in
        let (row, column) = (i / 64, i % 64 * 4)
        let factor = Double(draw.synapseFactor(core: core, row: row, column: column)) / 256
        guard factor > 0 else { return nil }
        let charge = draw.charge(core: core, row: row, column: column, weight: 1 << bit)
        return charge / (steps * factor * Double(1 << bit))
      }
      let wanted = errors.dacBit / Double(1 << bit).squareRoot()
      return check(
        "4096 synapses, DAC bit \(bit)", found: Statistics.deviation(deviations), wanted: wanted)
    }
  }

  /// Means over rows and columns of the synapses' factors: what a driver or a column shares.
  private func lines() -> [FidelityCheck] {
    let errors = spec.imperfections.synapseErrors
    guard errors.rowAmplitude + errors.rowPulse + errors.columnGain > 0 else { return [] }
    let own = spec.imperfections.synapse
    var (rows, columns): ([Double], [Double]) = ([], [])
    for core in spec.geometry.cores {
      let (rowCount, columnCount) = (
        spec.geometry.synapseRowsPerCore, spec.geometry.circuitsPerCore
      )
      var sums = [Double](repeating: 0, count: columnCount)
      for row in 0..<rowCount {
        var sum = 0.0
        for column in 0..<columnCount {
          let factor = Double(draw.synapseFactor(core: core, row: row, column: column)) / 256
          sum += factor
          sums[column] += factor
        }
        rows.append(sum / Double(columnCount))
      }
      columns += sums.map { $0 / Double(rowCount) }
    }
    var checks: [FidelityCheck] = []
    let row = (pow(errors.rowAmplitude, 2) + pow(errors.rowPulse, 2)).squareRoot()
    if row > 0 {
      let share = own * own / Double(spec.geometry.circuitsPerCore)
      let found = max(0, pow(Statistics.deviation(rows), 2) - share).squareRoot()
      checks.append(check("\(rows.count) rows, driver and pulse", found: found, wanted: row))
    }
    if errors.columnGain > 0 {
      let share = own * own / Double(spec.geometry.synapseRowsPerCore)
      let found = max(0, pow(Statistics.deviation(columns), 2) - share).squareRoot()
      checks.append(
        check("\(columns.count) columns, gain", found: found, wanted: errors.columnGain))
    }
    return checks
  }

  /// Dead neurons over so many devices that 8,000 are expected.
  private func defects() -> [FidelityCheck] {
    let rates = spec.imperfections.defectRates
    guard rates.deadNeurons > 0 else { return [] }
    let perDevice = spec.geometry.coreCount * spec.geometry.circuitsPerCore
    let devices = Int((8000 / rates.deadNeurons / Double(perDevice)).rounded(.up))
    let dead = (0..<devices).reduce(0) { sum, seed in
      sum + DefectList(drawnFor: spec, seed: UInt64(seed)).deadNeurons.count
    }
    return [
      FidelityCheck(
        "\(spec.name), \(dead) dead of \(devices * perDevice) neurons", "rate, relative",
        unit: "1", error: abs(Double(dead) / Double(devices * perDevice) / rates.deadNeurons - 1),
        bound: 0.05)
    ]
  }
}
