import CEmulatorKernels

/// The two phases of a full core's tick in the chosen kernel.
enum FullKernel: @unchecked Sendable {
  case reference
  case vector(integrate: synapus_full_integrate, compare: synapus_full_compare)

  /// The phases that go with a way to advance lean cores.
  init(_ kernel: CoreKernel) {
    switch kernel.name {
    case "portable":
      self = .vector(
        integrate: synapus_full_integrate_portable, compare: synapus_full_compare_portable)
    case "avx2":
      self = .vector(integrate: synapus_full_integrate_avx2, compare: synapus_full_compare_avx2)
    case "avx512":
      self = .vector(
        integrate: synapus_full_integrate_avx512, compare: synapus_full_compare_avx512)
    default: self = .reference
    }
  }
}
