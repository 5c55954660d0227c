import Emulator
import Foundation
import HardwareSpec

/// Holds the biases of drawn devices against the spreads and correlations of a chip file.
public struct MeasuredDeviceChecks {
  private let spec: ChipSpec
  private let parameters: ParameterSpreads
  private let blocks: Int

  /// Prepares the checks of a chip file with `parameters`; nil for one without.
  ///
  /// The local level is that of 4,096 circuits of one device, so the mesh is made that large; the
  /// block level pools so many blocks of many devices.
  public init?(_ spec: ChipSpec, blocks: Int = 4096) {
    guard let parameters = spec.imperfections.parameters else { return nil }
    var spec = spec
    spec.geometry.meshColumns = max(1, 4096 / spec.geometry.circuitsPerCore)
    spec.geometry.meshRows = 1
    (self.spec, self.parameters, self.blocks) = (spec, parameters, blocks)
  }

  /// Runs all checks.
  public func run() -> [FidelityCheck] {
    let local = biases(of: DeviceDraw(spec, seed: 1, mismatch: nil, effects: .mismatch))
    let block = blockMeans()
    return [
      localSigma(local), correlations(local, parameters.local, "local correlations"),
      blockSigma(block, local), blockCorrelations(block, local),
    ]
  }

  /// For each parameter its deviations on a device, each from its block's mean.
  private func biases(of draw: DeviceDraw) -> [[Double]] {
    var all = [[Double]](repeating: [], count: DeviceParameter.allCases.count)
    for core in spec.geometry.cores {
      for block in circuits(draw, core) {
        for (i, values) in block.enumerated() { all[i] += Self.centred(values) }
      }
    }
    return all
  }

  /// For each block of a core and each parameter, the deviations of its circuits.
  private func circuits(_ draw: DeviceDraw, _ core: CoreOnChip) -> [[[Double]]] {
    let size = spec.geometry.circuitsPerBlock
    return stride(from: 0, to: spec.geometry.circuitsPerCore, by: size).map { first in
      let circuits = (first..<first + size).map {
        Self.biases(draw.deviation(core: core, column: $0))
      }
      return DeviceParameter.allCases.indices.map { i in circuits.map { $0[i] } }
    }
  }

  /// The biases behind a circuit's deviation, in the order of ``DeviceParameter``.
  ///
  /// Leak and reset as the readout shows them. The references only add up to one shift: the second
  /// is left at 0 and not checked by itself.
  private static func biases(_ circuit: CircuitDeviation) -> [Double] {
    [
      -log(circuit.membraneTime), -log(circuit.excitatoryTime), -log(circuit.inhibitoryTime),
      log(circuit.excitatoryGain), log(circuit.inhibitoryGain),
      circuit.leakVolts + circuit.readoutVolts, circuit.resetVolts + circuit.readoutVolts,
      circuit.thresholdVolts, circuit.restVolts, 0, circuit.readoutVolts,
    ]
  }

  /// The parameters that a deviation shows one by one.
  private static let shown = DeviceParameter.allCases.filter {
    $0 != .excitatoryReference && $0 != .inhibitoryReference
  }

  private func localSigma(_ local: [[Double]]) -> FidelityCheck {
    let errors = Self.shown.filter { parameters[$0].local > 0 }.map {
      abs(Statistics.deviation(local[$0.index]) / parameters[$0].local - 1)
    }
    return FidelityCheck(
      "\(spec.name), \(local[0].count) circuits, \(errors.count) biases", "local sigma, relative",
      unit: "1", error: errors.max() ?? .infinity, bound: 0.05)
  }

  /// The worst of all correlations between biases that vary, those that should be 0 among them.
  private func correlations(
    _ values: [[Double]], _ wanted: CorrelationMatrix, _ quantity: String
  ) -> FidelityCheck {
    let errors = pairs(parameters.spreads.map(\.local)).map { a, b in
      abs(Statistics.correlation(values[a.index], values[b.index]) - wanted[a, b])
    }
    return FidelityCheck(
      "\(spec.name), \(values[0].count) circuits, \(errors.count) pairs", quantity, unit: "1",
      error: errors.max() ?? .infinity, bound: 0.05)
  }

  /// Pairs of biases that both vary.
  private func pairs(_ sigmas: [Double]) -> [(DeviceParameter, DeviceParameter)] {
    let varied = Self.shown.filter { sigmas[$0.index] > 0 }
    return varied.flatMap { a in varied.filter { $0.index > a.index }.map { (a, $0) } }
  }

  /// For each parameter the means of all blocks of many devices.
  private func blockMeans() -> [[Double]] {
    var means = [[Double]](repeating: [], count: DeviceParameter.allCases.count)
    var seed: UInt64 = 100
    while means[0].count < blocks {
      let draw = DeviceDraw(spec, seed: seed, mismatch: nil, effects: .mismatch)
      for core in spec.geometry.cores {
        for block in circuits(draw, core) {
          for (i, values) in block.enumerated() { means[i].append(Statistics.mean(values)) }
        }
      }
      seed += 1
    }
    return means
  }

  /// A covariance of block means without the share that the local level has in a mean.
  private func blockCovariance(
    _ means: [[Double]], _ local: [[Double]], _ a: DeviceParameter, _ b: DeviceParameter
  ) -> Double {
    Statistics.covariance(means[a.index], means[b.index])
      - Statistics.covariance(local[a.index], local[b.index])
      / Double(spec.geometry.circuitsPerBlock)
  }

  private func blockSigma(_ means: [[Double]], _ local: [[Double]]) -> FidelityCheck {
    let errors = Self.shown.filter { parameters[$0].block > 0 }.map { bias in
      let found = max(0, blockCovariance(means, local, bias, bias)).squareRoot()
      return abs(found / parameters[bias].block - 1)
    }
    return FidelityCheck(
      "\(spec.name), \(means[0].count) blocks, \(errors.count) biases", "block sigma, relative",
      unit: "1", error: errors.max() ?? 0, bound: 0.05)
  }

  private func blockCorrelations(_ means: [[Double]], _ local: [[Double]]) -> FidelityCheck {
    let errors = pairs(parameters.spreads.map(\.block)).map { a, b in
      let product =
        blockCovariance(means, local, a, a) * blockCovariance(means, local, b, b)
      let sigmas = max(product, .leastNormalMagnitude).squareRoot()
      return abs(blockCovariance(means, local, a, b) / sigmas - parameters.block[a, b])
    }
    return FidelityCheck(
      "\(spec.name), \(means[0].count) blocks, \(errors.count) pairs", "block correlations",
      unit: "1", error: errors.max() ?? 0, bound: 0.05)
  }

  private static func centred(_ values: [Double]) -> [Double] {
    let mean = Statistics.mean(values)
    // The block's mean is fitted: n − 1 degrees of freedom are left of n.
    let correction = (Double(values.count) / Double(values.count - 1)).squareRoot()
    return values.map { ($0 - mean) * correction }
  }
}
