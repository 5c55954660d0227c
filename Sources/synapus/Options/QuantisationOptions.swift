import ArgumentParser
import ChipInterface
import Compiler
import HardwareSpec

/// How weights and parameters become codes of the chip.
struct QuantisationOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What shares one weight per step: all synapses onto a layer, those onto each neuron, or those"
        + " of a layer whose strong senders take more row pairs (default: layer).",
      valueName: "layer|neuron|row-pair"))
  var scale: CompileOptions.WeightScale?
  @Option(
    help: ArgumentHelp(
      "How weights become steps: the largest takes the largest step, or the step of the least"
        + " squared error is searched (default: nearest).",
      valueName: "nearest|least-error"))
  var rounding: CompileOptions.WeightRounding?

  @Option(
    help: ArgumentHelp(
      "What a calibration of the device found: codes, and circuits to avoid, JSON.",
      valueName: "file"))
  var calibration: String?

  func apply(to options: inout CompileOptions) throws {
    options.scale = scale ?? options.scale
    options.rounding = rounding ?? options.rounding
    options.calibration = try calibration.map(table)
  }

  private func table(_ path: String) throws -> CalibrationTable {
    let text = try InputFile.text(path, largest: CalibrationTable.largestBytes)
    do {
      return try CalibrationTable(json: text, file: path)
    } catch SpecError.faults(let file, let faults) {
      throw CompilerError.faultyFile(file, faults)
    }
  }
}

extension CompileOptions.WeightScale: ExpressibleByArgument {}
extension CompileOptions.WeightRounding: ExpressibleByArgument {}
