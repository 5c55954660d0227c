import ChipInterface
import Emulator
import HardwareSpec

/// Holds energy and time of the BrainScaleS-2-like chip against what was published of the silicon.
///
/// Cramer et al. 2022 (PNAS 119:e2109194119) classify 16 x 16 images with 256-246-10 neurons at
/// 85,000 images/s, less than 200 mW and 2.4 µJ an image.
public struct EnergyChecks {
  /// Published: joules and seconds an image, and watts.
  private static let published = (joules: 2.4e-6, seconds: 1 / 85_000.0, watts: 0.2)
  private static let images = 32
  private let spec: ChipSpec

  /// Prepares the checks; `spec` is the chip that stands for the silicon.
  public init(_ spec: ChipSpec) { self.spec = spec }

  /// Runs images, and compares what they cost.
  public func run() throws -> [FidelityCheck] {
    let workload = ImageRun(spec)
    let chip = try EmulatedChip(spec)
    try chip.load(workload.image)
    let recording = try chip.run(workload.experiment(images: Self.images))
    let images = Double(Self.images)
    let (joules, seconds) = (recording.energy.total / images, recording.hardwareSeconds / images)
    let name = "256-246-10 images on \(spec.name)"
    return [
      FidelityCheck(
        name, "energy an image against 2.4 uJ", unit: "factor",
        error: Self.factor(joules, Self.published.joules), bound: 1.5),
      FidelityCheck(
        name, "time an image against 11.8 us", unit: "factor",
        error: Self.factor(seconds, Self.published.seconds), bound: 1.5),
      FidelityCheck(
        name, "power over the published limit of 200 mW", unit: "1",
        error: joules / seconds / Self.published.watts, bound: 1),
    ]
  }

  /// By what factor two numbers differ, either way.
  private static func factor(_ a: Double, _ b: Double) -> Double {
    guard a > 0, b > 0 else { return .infinity }
    return max(a / b, b / a)
  }
}
