import CEmulatorKernels

/// The chosen way to advance a core.
enum CoreKernel: @unchecked Sendable {
  case reference
  case vector(name: String, synapus_core_step)

  /// Chooses the kernel; nil when the processor does not have it.
  init?(_ kernel: EmulationSettings.Kernel) {
    switch kernel {
    case .reference: self = .reference
    case .portable: self = .vector(name: "portable", synapus_core_step_portable)
    case .avx2:
      guard synapus_cpu_has_avx2() else { return nil }
      self = .vector(name: "avx2", synapus_core_step_avx2)
    case .avx512:
      guard synapus_cpu_has_avx512() else { return nil }
      self = .vector(name: "avx512", synapus_core_step_avx512)
    case .auto:
      self =
        CoreKernel(.avx512) ?? CoreKernel(.avx2)
        ?? .vector(
          name: "portable", synapus_core_step_portable)
    }
  }

  var name: String {
    switch self {
    case .reference: return "reference"
    case .vector(let name, _): return name
    }
  }
}
