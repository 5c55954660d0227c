extension CompileReport {
  /// Adds another part, whose first words are those that the whole network began with.
  ///
  /// Parts follow each other on the same cores: of what is in use, the most counts, and cores and
  /// links are listed of the part that needs most cores. Events, energies and times are sums.
  mutating func join(_ part: CompileReport, _ start: CompileReport) {
    if part.coresUsed > coresUsed {
      (coresUsed, cores, links) = (part.coresUsed, part.cores, part.links)
    }
    if let other = part.resources { resources = resources?.most(other) ?? other }
    layers += part.layers.dropFirst(start.layers.count)
    hops += part.hops
    worstLinkLoad = max(worstLinkLoad, part.worstLinkLoad)
    estimatedLatencyCycles += part.estimatedLatencyCycles
    if let other = part.energy { energy = energy?.sum(other) ?? other }
    if let other = part.events { events = events?.sum(other) ?? other }
    if let other = part.metrics { metrics = metrics?.sum(other) ?? other }
    approximations += part.approximations.dropFirst(start.approximations.count)
    notes += part.notes.dropFirst(start.notes.count).filter { !notes.contains($0) }
    for dump in part.dumps.dropFirst(start.dumps.count) {
      dumps.append(StageDump(number: dumps.count + 1, name: dump.name, text: dump.text))
    }
  }
}

extension CompileReport.Resources {
  fileprivate func most(_ other: CompileReport.Resources) -> CompileReport.Resources {
    func most(_ a: CompileReport.Usage, _ b: CompileReport.Usage) -> CompileReport.Usage {
      b.used > a.used ? b : a
    }
    func most(_ a: CompileReport.Usage?, _ b: CompileReport.Usage?) -> CompileReport.Usage? {
      guard let a, let b else { return a ?? b }
      return most(a, b)
    }
    return CompileReport.Resources(
      neurons: most(neurons, other.neurons), rows: most(rows, other.rows),
      synapses: most(synapses, other.synapses), axons: most(axons, other.axons),
      cores: most(cores, other.cores), links: most(links, other.links),
      adcChannels: most(adcChannels, other.adcChannels))
  }
}

extension EnergyEstimate {
  fileprivate func sum(_ other: EnergyEstimate) -> EnergyEstimate {
    EnergyEstimate(
      neurons: neurons + other.neurons, synapses: synapses + other.synapses,
      network: network + other.network, readout: readout + other.readout,
      standby: standby + other.standby)
  }
}

extension EventEstimate {
  fileprivate func sum(_ other: EventEstimate) -> EventEstimate {
    EventEstimate(
      isMeasured: isMeasured && other.isMeasured, inputEvents: inputEvents + other.inputEvents,
      spikes: spikes + other.spikes, rowEvents: rowEvents + other.rowEvents,
      synapticEvents: synapticEvents + other.synapticEvents, hops: hops + other.hops)
  }
}

extension StaticMetrics {
  fileprivate func sum(_ other: StaticMetrics) -> StaticMetrics {
    StaticMetrics(
      weightBytes: weightBytes + other.weightBytes,
      parameterBytes: parameterBytes + other.parameterBytes,
      bufferBytes: bufferBytes + other.bufferBytes, weights: weights + other.weights,
      zeroWeights: zeroWeights + other.zeroWeights,
      denseOperations: denseOperations + other.denseOperations)
  }
}
