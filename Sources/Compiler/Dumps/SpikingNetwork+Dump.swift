extension SpikingNetwork {
  /// Populations with the ranges of their parameters, projections with their synapses.
  var dump: String {
    var text = DumpText()
    text.line("network '\(name)'", "inputs \(inputCount)", "readout '\(readout)'")
    for population in populations { population.dump(into: &text) }
    for projection in projections { projection.dump(into: &text) }
    return text.text
  }
}

extension SpikingPopulation {
  fileprivate func dump(into text: inout DumpText) {
    text.line(
      "population '\(name)'", "neurons \(neurons.count)",
      shape.count > 1 ? "shape \(shape)" : "", fires ? "fires" : "integrates",
      reset == .subtract ? "subtracts" : "",
      refractoryTicks.map { "rests \($0) ticks" } ?? "")
    let synapses = neurons.compactMap(\.synapticTicks)
    text.line(
      "  membrane \(DumpText.range(neurons.map(\.membraneTicks))) ticks",
      "synapse \(DumpText.range(synapses)) ticks",
      "charge \(DumpText.range(neurons.map(\.chargePerWeight)))")
    text.line(
      "  leak \(DumpText.range(neurons.map(\.leak)))",
      "bias \(DumpText.range(neurons.map(\.biasShift)))",
      "threshold \(DumpText.range(neurons.map(\.threshold)))",
      "reset \(DumpText.range(neurons.map(\.reset)))")
  }
}

extension SpikingProjection {
  fileprivate func dump(into text: inout DumpText) {
    text.line(
      "projection '\(name)'", "\(source.map { "'\($0)'" } ?? "input") > '\(target)'",
      "senders \(synapses.senderCount)", "receivers \(synapses.receiverCount)",
      "synapses \(synapses.count)", "weights \(DumpText.range(synapses.weights))",
      sharedWeights.map { "sharing \($0)" } ?? "",
      delays.isEmpty ? "" : "delays \(DumpText.range(delays)) ticks",
      nodes.isEmpty ? "" : "from \(nodes.joined(separator: " "))")
    guard synapses.count <= DumpText.mostListed else { return }
    for sender in 0..<synapses.senderCount {
      let row = synapses.synapses(of: sender)
      guard !row.isEmpty else { continue }
      let listed = row.map { "\(synapses.receivers[$0]):\(synapses.weights[$0])" }
      text.line(
        "  \(sender)" + (delays.isEmpty ? "" : "@\(delays[sender])"),
        listed.joined(separator: " "))
    }
  }
}
