import CEmulatorKernels

/// The chosen way to advance digital cores; nil functions mean the readable Swift circuits.
struct DigitalKernel: @unchecked Sendable {
  typealias CrossbarStep =
    @convention(c) (
      UnsafePointer<synapus_crossbar_neurons>?, UnsafeMutablePointer<synapus_crossbar_state>?
    ) -> Void

  /// The functions of one instruction set.
  struct Functions {
    let step: synapus_digital_step
    let addRows8, addRows16: synapus_digital_add_rows
    let crossbar: CrossbarStep
  }

  let name: String
  let functions: Functions?

  /// Takes the kernel of the same name as the analog cores'.
  init(_ kernel: CoreKernel) {
    name = kernel.name
    switch kernel.name {
    case "reference": functions = nil
    case "avx512": functions = .avx512
    case "avx2": functions = .avx2
    default: functions = .portable
    }
  }

  /// The fastest that the processor has.
  static var fastest: DigitalKernel {
    DigitalKernel(CoreKernel(.auto) ?? .reference)
  }
}

extension DigitalKernel.Functions {
  static var portable: Self {
    Self(
      step: synapus_digital_step_portable, addRows8: synapus_digital_rows8_portable,
      addRows16: synapus_digital_rows16_portable, crossbar: synapus_crossbar_step_portable)
  }

  static var avx2: Self {
    Self(
      step: synapus_digital_step_avx2, addRows8: synapus_digital_rows8_avx2,
      addRows16: synapus_digital_rows16_avx2, crossbar: synapus_crossbar_step_avx2)
  }

  static var avx512: Self {
    Self(
      step: synapus_digital_step_avx512, addRows8: synapus_digital_rows8_avx512,
      addRows16: synapus_digital_rows16_avx512, crossbar: synapus_crossbar_step_avx512)
  }
}
