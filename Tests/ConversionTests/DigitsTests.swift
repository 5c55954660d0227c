import Foundation
import Testing

import ChipInterface
import Compiler
import Datasets
import Emulator
import HardwareSpec
import NIR
import Recordings
import TestSupport
import Training

/// The repository's example networks.
enum Examples {
  static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("examples").path

  static func network(_ path: String) throws -> RateNetwork {
    let file = "\(folder)/\(path)"
    return try RateNetworkFile(NPZFile(reading: file), name: path, file: file).network
  }
}

/// A trained 64-100-10 network with rectifiers, converted and run on the chip.
@Suite struct DigitsTests {
  private let spec: ChipSpec
  private let samples: DividedSamples
  private let coding = RateCoding()

  init() throws {
    spec = try ChipLibrary.chip("synapus-1")
    samples = try Digits.load()
  }

  private func score(_ network: RateNetwork) throws -> Double {
    let test = samples.test
    var right = 0
    for sample in 0..<test.count {
      let outputs = try network.outputs(for: test.features(ofSample: sample).map(Double.init))
      if outputs.firstIndex(of: outputs.max() ?? 0) == Int(test.labels[sample]) { right += 1 }
    }
    return Double(right) / Double(test.count)
  }

  private func compiled(
    _ network: RateNetwork, balanced: Bool, _ options: CompileOptions
  ) throws -> (Compilation, ConvertedNetwork) {
    let train = LabelledSpikes(coding.code(samples.train[0..<400]))
    let data = try BalanceSamples(
      train.spikes, inputs: 64, ticks: coding.ticks, inputRate: coding.rate)
    let converted = try network.spiking(
      balancedBy: balanced ? data : nil, ConversionSettings(), options)
    return (try Compiler.compile(converted.graph, name: "digits", options), converted)
  }

  @Test(.enabled(if: Digits.installedFile != nil))
  func digitsLoseLittle() throws {
    let network = try Examples.network("digits/digits-mlp.npz")
    let float = try score(network)
    #expect(float > 0.955)
    let options = CompileOptions(spec)
    let (compilation, converted) = try compiled(network, balanced: true, options)
    #expect(converted.notes.contains(.softmaxDropped(layer: "3.Softmax")))
    let test = LabelledSpikes(coding.code(samples.test))
    let quantised = try ImageScore(
      image: compilation.image, chip: IdealChip(spec)
    ).accuracy(test)
    #expect(quantised >= float - 0.015)
    let exact = try ImageScore(
      image: compilation.image,
      chip: ExactChip(IdealChip(spec), converted.graph, compilation.image)
    ).accuracy(test)
    #expect(exact >= float - 0.015)
    var deployed: [Double] = []
    for seed in 0..<3 as Range<UInt64> {
      let settings = EmulationSettings(chipSeed: seed, mismatch: 0.2)
      let chip = try EmulatedChip(spec, settings)
      deployed.append(try ImageScore(image: compilation.image, chip: chip).accuracy(test))
    }
    print("digits: ANN \(float), exact \(exact), quantised \(quantised), deployed \(deployed)")
    // Mismatch takes much, and calibration gives most of it back. Measured: 0.78 and 0.95.
    #expect(deployed.reduce(0, +) / 3 >= 0.7)
    let calibrated = try ImageScore(
      image: compilation.image, chip: EmulatedChip(spec, EmulationSettings(residual: 0.05))
    ).accuracy(test)
    #expect(calibrated >= float - 0.03)
  }
}
