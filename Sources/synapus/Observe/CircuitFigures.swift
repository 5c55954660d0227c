import Analysis
import Fidelity
import HardwareSpec

/// The characteristic curves of the circuit as pictures.
struct CircuitFigures {
  private let spec: ChipSpec

  init(_ spec: ChipSpec) { self.spec = spec }

  /// Writes `psp.svg` and `rate.svg`.
  func write(into folder: String) throws {
    let folder = try ReportFolder(folder)
    let curves = CircuitCurves(spec)
    let responses = CurveFigure(
      title: "Postsynaptic potentials of \(spec.name)",
      subtitle: "One event of full weight, tau_syn 5.12 \u{B5}s; lines exact, dots emulated",
      curves: try curves.postsynapticPotentials().map(Self.curve),
      horizontalLabel: "hardware time (\u{B5}s)", verticalLabel: "above rest (mV)")
    try OutputFile.write(responses.svg(), to: folder.file("psp.svg"))
    let rates = CurveFigure(
      title: "f-I curves of \(spec.name)",
      subtitle: "Constant drive, refractory time 4 ticks; lines exact, dots emulated",
      curves: try curves.rates().map(Self.curve),
      horizontalLabel: "leak above threshold (mV)", verticalLabel: "rate (kHz)")
    try OutputFile.write(rates.svg(), to: folder.file("rate.svg"))
  }

  private static func curve(_ curve: CircuitCurves.Curve) -> CurveFigure.Curve {
    func points(_ values: [(x: Double, y: Double)]) -> [DataPoint] {
      values.map { DataPoint(x: $0.x, y: $0.y) }
    }
    return .init(
      name: "tau_mem \(NumberText.brief(curve.membraneMicroseconds)) \u{B5}s",
      line: points(curve.exact), dots: points(curve.chip))
  }
}
