import HardwareSpec

extension LegalNetwork {
  /// The network as the chip's circuits can be it.
  var dump: String { network.dump }
}

extension QuantisedNetwork {
  /// The codes of each population and the steps of each projection.
  var dump: String {
    var text = DumpText()
    for (population, quantised) in zip(network.populations, populations) {
      let scale = quantised.scale
      let circuits = quantised.circuits
      text.line(
        "population '\(population.name)'", "volts per unit \(scale.voltsPerUnit)",
        "\(scale.leakPotential) at \(scale.leakVolts) V")
      text.line(
        "  codes: leak \(DumpText.range(circuits.map(\.leak)))",
        "reset \(DumpText.range(circuits.map(\.reset)))",
        "threshold \(DumpText.range(circuits.map(\.threshold)))",
        "membrane \(DumpText.range(circuits.map(\.membraneTime)))",
        "synapse \(DumpText.range(circuits.map(\.excitatoryTime)))",
        "gain \(DumpText.range(circuits.map(\.excitatoryGain)))",
        "rest \(DumpText.range(circuits.map(\.refractoryCount)))")
    }
    for (projection, quantised) in zip(network.projections, projections) {
      text.line(
        "projection '\(projection.name)'", "weight per step \(quantised.weightPerStep)",
        "copies "
          + DumpText.range(
            quantised.senderCopies.isEmpty ? [quantised.copies] : quantised.senderCopies),
        "steps \(DumpText.range(quantised.steps))",
        "zero \(quantised.steps.count { $0 == 0 })", "clipped \(quantised.clipped)",
        quantised.signalToNoise.map { "SNR \($0) dB" } ?? "")
    }
    return text.text
  }
}

extension SplitNetwork {
  /// The circuits of each population's neurons.
  var dump: String {
    var text = DumpText()
    for (population, shape) in zip(quantised.network.populations, shapes) {
      text.line(
        "population '\(population.name)'", "neurons \(population.neurons.count)",
        "circuits a neuron \(shape.circuits)", "neurons a part \(shape.neuronsPerPart)")
    }
    return text.text
  }
}

extension PartitionedNetwork {
  /// The clusters with their parts and the bundles of row pairs of each core.
  var dump: String {
    var text = DumpText()
    let partsOf = Dictionary(grouping: parts, by: \.cluster)
    for (index, cluster) in clusters.enumerated() {
      text.line("cluster \(index)", "cores \(cluster.cores.count)")
      for part in partsOf[index] ?? [] {
        text.line(
          "  part of '\(network.populations[part.population].name)'",
          "columns from \(part.firstColumn)", "neurons \(DumpText.runs(part.neurons))")
      }
      for (number, core) in cluster.cores.enumerated() {
        for bundle in core.bundles {
          let names = bundle.projections.map { "'\(network.projections[$0].name)'" }
          text.line(
            "  core \(number)", "row pairs \(bundle.firstPair) and \(bundle.pairCount) in all",
            names.joined(separator: " "), "senders \(DumpText.runs(bundle.senders))")
        }
      }
    }
    return text.text
  }
}

extension PlacedNetwork {
  /// The cores of each cluster, and where columns and row pairs had to move.
  var dump: String {
    var text = DumpText()
    for (index, cores) in cores.enumerated() {
      text.line(
        "cluster \(index)", "cores \(cores.map { "\($0.index)" }.joined(separator: " "))",
        columns[index].isEmpty ? "" : "columns \(DumpText.runs(columns[index]))")
      for (number, pairs) in pairs[index].enumerated() where !pairs.isEmpty {
        text.line("  core \(number)", "row pairs \(DumpText.runs(pairs))")
      }
    }
    return text.text
  }
}

extension RoutedNetwork {
  /// The row pairs that each input channel and each sending circuit drives.
  var dump: String {
    var text = DumpText()
    text.line(
      "inputs \(inputRoutes.count)", "delayed \(delayedInputs.count)",
      "routes \(spikeRoutes.count)",
      "targets \(spikeRoutes.reduce(0) { $0 + $1.targets.count })")
    for (channel, targets) in inputRoutes.prefix(DumpText.mostListed).enumerated() {
      text.line("input \(channel)", targets.map(\.dump).joined(separator: " "))
    }
    for input in delayedInputs.prefix(DumpText.mostListed) {
      text.line(
        "input \(input.channel)@\(input.delayTicks)",
        input.targets.map(\.dump).joined(separator: " "))
    }
    for route in spikeRoutes.prefix(DumpText.mostListed) {
      text.line(
        "circuit \(route.source.core.index).\(route.source.column)@\(route.delayTicks)",
        route.targets.map(\.dump).joined(separator: " "))
    }
    return text.text
  }
}

extension RowPairOnChip {
  fileprivate var dump: String { "\(core.index).\(pair)" }
}
