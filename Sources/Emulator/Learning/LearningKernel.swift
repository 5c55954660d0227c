import CEmulatorKernels

/// The chosen way to end an epoch.
enum LearningKernel: @unchecked Sendable {
  case reference
  case vector(synapus_learn, synapus_replay, synapus_bake_rows)

  /// The engine's part of a kernel.
  init(_ kernel: CoreKernel) { self.init(named: kernel.name) }

  /// The engine's part of the kernel of that name.
  init(named name: String) {
    switch name {
    case "reference": self = .reference
    case "avx512":
      self = .vector(
        synapus_learn_avx512, synapus_replay_avx512, synapus_bake_rows_avx512)
    case "avx2":
      self = .vector(
        synapus_learn_avx2, synapus_replay_avx2, synapus_bake_rows_avx2)
    default:
      self = .vector(
        synapus_learn_portable, synapus_replay_portable, synapus_bake_rows_portable)
    }
  }
}
