import HardwareSpec

/// Decides how many circuits each neuron takes.
struct Splitting {
  private let spec: ChipSpec

  init(_ options: CompileOptions) { spec = options.spec }

  func split(_ quantised: QuantisedNetwork, _ log: inout CompileLog) -> SplitNetwork {
    SplitNetwork(
      quantised: quantised,
      shapes: quantised.populations.map { _ in
        NeuronShape(circuits: 1, neuronsPerPart: spec.geometry.circuitsPerCore)
      })
  }
}
