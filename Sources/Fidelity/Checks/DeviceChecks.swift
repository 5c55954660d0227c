import Emulator
import Foundation
import HardwareSpec

/// Holds the drawn devices against the spreads that their specification asks for.
public struct DeviceChecks {
  private let spec: ChipSpec
  private let mismatch: Double
  private let blocks: Int

  /// Prepares the checks of a uniform mismatch; the block level pools so many blocks.
  public init(_ spec: ChipSpec, mismatch: Double = 0.2, blocks: Int = 4096) {
    (self.spec, self.mismatch, self.blocks) = (Self.enlarged(spec), mismatch, blocks)
  }

  /// A chip of so many cores that correlations over its circuits are known to 0.016.
  private static func enlarged(_ spec: ChipSpec) -> ChipSpec {
    var spec = spec
    while spec.geometry.coreCount * spec.geometry.circuitsPerCore < 4096 {
      spec.geometry.meshRows *= 2
    }
    return spec
  }

  /// Runs all checks.
  public func run() -> [FidelityCheck] {
    let chip = localDeviations(seed: 1)
    return localChecks(chip) + [correlations(chip), blockSpread()]
  }

  /// Log factors and shifts of every circuit of a chip, as distances from its block's mean.
  private struct Local {
    var membraneTime: [Double] = []
    var excitatoryTime: [Double] = []
    var inhibitoryTime: [Double] = []
    var excitatoryGain: [Double] = []
    var inhibitoryGain: [Double] = []
    var leak: [Double] = []
    var reset: [Double] = []
  }

  private func localDeviations(seed: UInt64) -> Local {
    let draw = DeviceDraw(spec, seed: seed, mismatch: mismatch, effects: .mismatch)
    let geometry = spec.geometry
    var local = Local()
    for core in geometry.cores {
      for block in 0..<geometry.circuitsPerCore / geometry.circuitsPerBlock {
        let columns = block * geometry.circuitsPerBlock..<(block + 1) * geometry.circuitsPerBlock
        let all = columns.map { draw.deviation(core: core, column: $0) }
        local.membraneTime += Self.centred(all.map { log($0.membraneTime) })
        local.excitatoryTime += Self.centred(all.map { log($0.excitatoryTime) })
        local.inhibitoryTime += Self.centred(all.map { log($0.inhibitoryTime) })
        local.excitatoryGain += Self.centred(all.map { log($0.excitatoryGain) })
        local.inhibitoryGain += Self.centred(all.map { log($0.inhibitoryGain) })
        local.leak += Self.centred(all.map(\.leakShift))
        local.reset += Self.centred(all.map(\.resetShift))
      }
    }
    return local
  }

  private func localChecks(_ local: Local) -> [FidelityCheck] {
    let spreads = spec.imperfections.uniform(mismatch)
    let pairs: [(String, [Double], Double)] = [
      ("tau_mem", local.membraneTime, spreads.membraneTime.local),
      ("tau_syn exc", local.excitatoryTime, spreads.synapticTime.local),
      ("tau_syn inh", local.inhibitoryTime, spreads.synapticTime.local),
      ("gain exc", local.excitatoryGain, spreads.gain.local),
      ("gain inh", local.inhibitoryGain, spreads.gain.local),
      ("leak", local.leak, spreads.restPotential.local),
      ("reset", local.reset, spreads.restPotential.local),
    ]
    return pairs.map { name, values, wanted in
      FidelityCheck(
        "mismatch \(mismatch), \(values.count) circuits, \(name)", "local sigma, relative",
        unit: "1", error: abs(Statistics.deviation(values) / wanted - 1), bound: 0.05)
    }
  }

  private func correlations(_ local: Local) -> FidelityCheck {
    let spreads = spec.imperfections
    let wanted = spreads.excitatoryInhibitoryCorrelation
    let errors = [
      Statistics.correlation(local.excitatoryTime, local.inhibitoryTime) - wanted,
      Statistics.correlation(local.excitatoryGain, local.inhibitoryGain) - wanted,
      Statistics.correlation(local.leak, local.reset) - spreads.leakResetCorrelation,
      Statistics.correlation(local.membraneTime, local.excitatoryTime),
      Statistics.correlation(local.excitatoryTime, local.excitatoryGain),
    ]
    return FidelityCheck(
      "mismatch \(mismatch), correlations", "worst of five", unit: "1",
      error: errors.map(abs).max() ?? .infinity, bound: 0.05)
  }

  /// The spread of blocks, pooled over many seeds: what is left of block means after their share
  /// of the local level is taken off.
  private func blockSpread() -> FidelityCheck {
    let geometry = spec.geometry
    let blocksPerChip = geometry.coreCount * geometry.circuitsPerCore / geometry.circuitsPerBlock
    var means: [Double] = []
    var seed: UInt64 = 100
    while means.count < blocks {
      let draw = DeviceDraw(spec, seed: seed, mismatch: mismatch, effects: .mismatch)
      for index in 0..<blocksPerChip {
        let first = index * geometry.circuitsPerBlock
        let core = geometry.cores[first / geometry.circuitsPerCore]
        let columns = (0..<geometry.circuitsPerBlock).map { first % geometry.circuitsPerCore + $0 }
        let logs = columns.map { log(draw.deviation(core: core, column: $0).membraneTime) }
        means.append(logs.reduce(0, +) / Double(logs.count))
      }
      seed += 1
    }
    let spread = spec.imperfections.uniform(mismatch).membraneTime
    let localShare = spread.local * spread.local / Double(geometry.circuitsPerBlock)
    let found = max(0, pow(Statistics.deviation(means), 2) - localShare).squareRoot()
    return FidelityCheck(
      "mismatch \(mismatch), \(means.count) blocks, tau_mem", "block sigma, relative", unit: "1",
      error: abs(found / spread.block - 1), bound: 0.05)
  }

  private static func centred(_ values: [Double]) -> [Double] {
    let mean = values.reduce(0, +) / Double(values.count)
    // The block's mean is fitted: n − 1 degrees of freedom are left of n.
    let correction = (Double(values.count) / Double(values.count - 1)).squareRoot()
    return values.map { ($0 - mean) * correction }
  }
}
