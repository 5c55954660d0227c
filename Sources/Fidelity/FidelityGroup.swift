import Emulator
import HardwareSpec

/// The groups of checks of `synapus fidelity`, in the order of its table.
public enum FidelityGroup: String, CaseIterable, Sendable {
  /// The leaky integrate-and-fire circuit.
  case lif
  /// The drawn device against its own spreads.
  case device
  /// Energy and time against published numbers.
  case energy

  /// The heading of the group in the table.
  public var title: String {
    switch self {
    case .lif: return "LIF circuit against the exact solution"
    case .device: return "Device draw against the chip file"
    case .energy: return "Energy and time against published numbers"
    }
  }

  /// Whether each kernel is held for itself.
  public var isPerKernel: Bool {
    switch self {
    case .lif: return true
    case .device, .energy: return false
    }
  }

  /// Runs the group's checks on a chip; groups for all kernels at once take no heed of `kernel`.
  public func checks(
    _ spec: ChipSpec, kernel: EmulationSettings.Kernel
  ) throws -> [FidelityCheck] {
    switch self {
    case .lif: return try LIFChecks(spec, kernel: kernel).run()
    case .device: return DeviceChecks(spec).run()
    case .energy: return try EnergyChecks(ChipLibrary.chip("bss2-like")).run()
    }
  }
}
