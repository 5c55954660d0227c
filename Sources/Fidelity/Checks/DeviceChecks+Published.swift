import Emulator
import Foundation
import HardwareSpec

/// Holds the chips after real ones against numbers that were published of these.
///
/// The numbers are written down here a second time, as published: a chip file may say them in
/// other units, in two levels or through a correlation.
public struct PublishedChipChecks {
  /// Deviations of one circuit in each of some blocks of many devices.
  private struct Sample {
    let spec: ChipSpec
    let circuits: [CircuitDeviation]

    init(_ name: String, devices: Int) throws(SpecError) {
      let spec = try ChipLibrary.chip(name)
      self.spec = spec
      let geometry = spec.geometry
      circuits = (0..<devices).flatMap { seed in
        let draw = DeviceDraw(spec, seed: UInt64(seed), mismatch: nil, effects: [.mismatch, .adc])
        return geometry.cores.flatMap { core in
          stride(from: 0, to: geometry.circuitsPerCore, by: geometry.circuitsPerBlock).map {
            draw.deviation(core: core, column: $0 + seed % geometry.circuitsPerBlock)
          }
        }
      }
    }

    func sigma(_ value: (CircuitDeviation) -> Double) -> Double {
      Statistics.deviation(circuits.map(value))
    }

    func check(
      _ quantity: String, _ unit: String, published: Double, bound: Double,
      _ value: (CircuitDeviation) -> Double
    ) -> FidelityCheck {
      FidelityCheck(
        "\(spec.name) against published \(published) \(unit)", quantity + ", relative", unit: "1",
        error: abs(sigma(value) / published - 1), bound: bound)
    }
  }

  /// Prepares the checks.
  public init() {}

  /// Runs all checks.
  public func run() throws(SpecError) -> [FidelityCheck] {
    try brainScaleS2() + brainScaleS1() + dynapSE2()
  }

  /// Codes that the calibration of "cube 66" needed (fmi-basel/brainscales-2-surrogate-gradients).
  private func brainScaleS2() throws(SpecError) -> [FidelityCheck] {
    let sample = try Sample("bss2-like", devices: 2048)
    let code = 1.6 / 1022
    let shownLeak = sample.circuits.map { $0.leakVolts + $0.readoutVolts }
    let shownReset = sample.circuits.map { $0.resetVolts + $0.readoutVolts }
    let correlation = Statistics.correlation(shownLeak, shownReset)
    return [
      sample.check("spread of the membrane time", "of its mean", published: 0.13, bound: 0.05) {
        $0.membraneTime
      },
      sample.check("spread of the synaptic time", "of its mean", published: 0.25, bound: 0.05) {
        $0.excitatoryTime
      },
      sample.check("spread of the gain", "of its mean", published: 0.24, bound: 0.05) {
        $0.excitatoryGain
      },
      sample.check("spread of the leak shown", "V", published: 39 * code, bound: 0.05) {
        $0.leakVolts + $0.readoutVolts
      },
      sample.check("spread of the reset shown", "V", published: 40 * code, bound: 0.05) {
        $0.resetVolts + $0.readoutVolts
      },
      sample.check("spread of the threshold", "V", published: 17.5 * code, bound: 0.05) {
        $0.thresholdVolts
      },
      sample.check("spread of channel offsets", "codes", published: 9.95, bound: 0.05) {
        $0.adcOffset
      },
      FidelityCheck(
        "bss2-like against published 0.72", "correlation of leak and reset shown", unit: "1",
        error: abs(correlation - 0.72), bound: 0.05),
    ]
  }

  /// The wafer's threshold spread before calibration, and the synapse's conductance over weight.
  private func brainScaleS1() throws(SpecError) -> [FidelityCheck] {
    let sample = try Sample("bss1-like", devices: 1024)
    let law = sample.spec.synapse.weightLaw
    func conductance(_ w: Double) -> Double {
      93.9406513768 + 81.3443474483 * w - 1.59734048208 * w * w
    }
    let worst = (1...15).map { weight in
      let found = law.charge(weight) / law.charge(15)
      return abs(found / (conductance(Double(weight)) / conductance(15)) - 1)
    }.max()
    return [
      sample.check("threshold spread before calibration", "V", published: 0.0146, bound: 0.05) {
        $0.thresholdVolts
      },
      FidelityCheck(
        "bss1-like against the published weight law", "conductance of weights 1 to 15, relative",
        unit: "1", error: worst ?? .infinity, bound: 1e-4),
    ]
  }

  /// Mismatch as rockpool models it: 10 % for every parameter of every neuron.
  private func dynapSE2() throws(SpecError) -> [FidelityCheck] {
    let sample = try Sample("dynapse2-like", devices: 1024)
    let parts: [(String, (CircuitDeviation) -> Double)] = [
      ("membrane time", { $0.membraneTime }), ("synaptic time", { $0.excitatoryTime }),
      ("gain", { $0.inhibitoryGain }), ("threshold", { $0.thresholdDistance }),
    ]
    return parts.map { name, value in
      sample.check("spread of the \(name)", "of its mean", published: 0.1, bound: 0.05, value)
    }
  }
}
