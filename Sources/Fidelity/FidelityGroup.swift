import Emulator
import HardwareSpec

/// The groups of checks of `synapus fidelity`, in the order of its table.
public enum FidelityGroup: String, CaseIterable, Sendable {
  /// The leaky integrate-and-fire circuit.
  case lif
  /// Circuits beyond it: AdEx, conductances, reset, adaptation, short-term plasticity.
  case circuits
  /// The drawn device against its own spreads.
  case device
  /// Joined circuits, compartments and dendritic events.
  case compartments
  /// Arbiters, links and ports against a judge that steps every clock cycle.
  case network
  /// The built-in chips against what is published of their originals.
  case chips
  /// Energy and time against published numbers.
  case energy

  /// The heading of the group in the table.
  public var title: String {
    switch self {
    case .lif: return "LIF circuit against the exact solution"
    case .circuits: return "Circuits beyond LIF against ODEs and closed forms"
    case .device: return "Device draw against the chip file"
    case .compartments: return "Compartments and dendritic events against the exact solution"
    case .network: return "Spike network against the clock-stepped judge"
    case .chips: return "Built-in chips against their files and published numbers"
    case .energy: return "Energy and time against published numbers"
    }
  }

  /// Whether each kernel is held for itself.
  public var isPerKernel: Bool {
    switch self {
    case .lif, .circuits, .compartments: return true
    case .device, .network, .chips, .energy: return false
    }
  }

  /// Runs the group's checks on a chip; none where the chip lacks the parts, or its laws do not
  /// reach the checks' constants.
  ///
  /// Groups for all kernels at once take no heed of `kernel`.
  public func checks(
    _ spec: ChipSpec, kernel: EmulationSettings.Kernel
  ) throws -> [FidelityCheck] {
    switch self {
    case .lif: return CircuitChecks.apply(to: spec) ? try LIFChecks(spec, kernel: kernel).run() : []
    case .circuits:
      return CircuitChecks.apply(to: spec) ? try CircuitChecks(spec, kernel: kernel).run() : []
    case .device: return DeviceChecks(spec).run()
    case .compartments:
      return CompartmentChecks.apply(to: spec)
        ? try CompartmentChecks(spec, kernel: kernel).run() : []
    case .network: return NetworkChecks(spec).run()
    case .chips: return try Self.chipChecks()
    case .energy: return try EnergyChecks(ChipLibrary.chip("bss2-like")).run()
    }
  }

  private static func chipChecks() throws -> [FidelityCheck] {
    var checks: [FidelityCheck] = []
    for name in ChipLibrary.names {
      let chip = try ChipLibrary.chip(name)
      checks += MeasuredDeviceChecks(chip)?.run() ?? []
      checks += SynapseDrawChecks(chip).run()
    }
    return try checks + PublishedChipChecks().run()
  }
}
