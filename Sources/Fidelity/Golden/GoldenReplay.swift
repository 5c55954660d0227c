import ChipInterface
import Compiler
import Emulator
import Foundation
import HardwareSpec

/// Replays recorded cases of Loihi's neurons and learning engine through image, chip and kernels.
///
/// Each case becomes a register-level network, is compiled, written to an image's bytes and read
/// again, and run with probes on all registers that were recorded. There is no second model here:
/// what is compared comes from `EmulatedChip`, and for real-valued results from `IdealChip`.
public struct GoldenReplay: Sendable {
  private let spec: ChipSpec
  private let kernels: [EmulationSettings.Kernel]

  /// Prepares replays on a chip with current-based cores; by default on all kernels there are.
  public init(_ spec: ChipSpec, kernels: [EmulationSettings.Kernel] = Self.availableKernels) {
    (self.spec, self.kernels) = (spec, kernels)
  }

  /// The kernels that this processor can run.
  public static var availableKernels: [EmulationSettings.Kernel] {
    let available = EmulatedChip.availableKernels
    return EmulationSettings.Kernel.allCases.filter {
      $0 != .auto && available.contains($0.rawValue)
    }
  }

  /// The paths of the cases in a folder, by name.
  public static func files(in folder: String) throws(GoldenError) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let cases = names.filter { $0.hasSuffix(".json") }.sorted()
    guard !cases.isEmpty else { throw .noCases(folder: folder) }
    return cases.map { "\(folder)/\($0)" }
  }

  /// Replays one file; a file that cannot be replayed is a result with a fault.
  public func result(of path: String) -> GoldenResult {
    var result = GoldenResult(file: path.split(separator: "/").last.map(String.init) ?? path)
    do throws(GoldenError) {
      let golden = try GoldenCase(try GoldenObject(reading: path), on: spec)
      result.model = golden.model
      for run in golden.runs { try replay(run, of: golden, &result) }
    } catch {
      result.fault = error.description
    }
    return result
  }

  private func replay(
    _ run: GoldenCase.Run, of golden: GoldenCase, _ result: inout GoldenResult
  ) throws(GoldenError) {
    let image = try compiledImage(run.network)
    var comparison = GoldenComparison(run, image)
    comparison.compareStoredWeights(image)
    let experiment = experiment(run, golden, comparison.probes)
    for (name, chip) in try chips(run.target) {
      do throws(ChipError) {
        try chip.load(image)
        comparison.compare(try chip.run(experiment).registers, kernel: name)
      } catch {
        throw .chip(error)
      }
      if !result.kernels.contains(name) { result.kernels.append(name) }
    }
    comparison.report(to: &result)
  }

  private func chips(
    _ target: GoldenCase.Run.Target
  ) throws(GoldenError) -> [(String, any Chip)] {
    guard target == .emulated else { return [("ideal", IdealChip(spec))] }
    var chips: [(String, any Chip)] = []
    for kernel in kernels {
      do throws(EmulatorError) {
        chips.append((kernel.rawValue, try EmulatedChip(spec, EmulationSettings(kernel: kernel))))
      } catch {
        throw .emulator(error)
      }
    }
    return chips
  }

  /// The image of a network, after a way through its bytes.
  private func compiledImage(_ network: RegisterNetwork) throws(GoldenError) -> ChipImage {
    var options = CompileOptions(spec)
    // Recordings hold weights beyond the range on purpose.
    options.maxClip = 1
    let image: ChipImage
    do throws(CompilerError) {
      image = try Compiler.compile(network, options).image
    } catch {
      throw .compiler(error)
    }
    guard let bytes = try? image.encoded(spec: spec),
      let copy = try? ChipImage(decoding: bytes, spec: spec), copy == image
    else { throw .imageRoundTrip }
    return copy
  }

  private func experiment(
    _ run: GoldenCase.Run, _ golden: GoldenCase, _ probes: [RegisterProbe]
  ) -> Experiment {
    var recorded = RecordingRequest(spikes: false)
    recorded.registers = probes
    var experiment = Experiment(
      durationTicks: golden.steps, inputs: golden.inputs, sampleNumbers: [0], recorded: recorded)
    if !run.graded.isEmpty { experiment.graded = GradedEvents([run.graded]) }
    experiment.draws = run.draws
    return experiment
  }
}
