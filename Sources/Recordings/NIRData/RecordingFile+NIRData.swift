import ChipInterface

extension RecordingFile {
  /// The ending of files that hold ``NIRGraphData``.
  public static let nirDataSuffix = ".nirdata"

  /// The spikes of every population as NIRGraphData: observable `spikes` of a node with the
  /// population's name, times in hardware seconds; traced membranes as `v` in volts under
  /// `NAME:UNIT`.
  public var nirData: NIRGraphData {
    let duration = Double(durationTicks) * origin.tickSeconds
    let recorded = populations.isEmpty ? [inputPopulation] : populations
    var nodes: [(name: String, node: NIRGraphData.Node)] = recorded.map { population in
      let events = NIRObservable.Events(
        samples: samples(of: population), neuronCount: population.count, duration: duration)
      return (population.name, .observables([NIRObservable("spikes", .events(events))]))
    }
    for (index, circuit) in (traces?.circuits ?? []).enumerated() {
      nodes.append((circuit.name, .observables([membrane(index)])))
    }
    return NIRGraphData(nodes: nodes)
  }

  /// Recordings of inputs name no populations.
  private var inputPopulation: RecordedPopulation {
    RecordedPopulation(
      name: "input", firstUnit: 0, count: spikes.units.max().map { Int($0) + 1 } ?? 0)
  }

  private func samples(of population: RecordedPopulation) -> [[NIRObservable.Events.Event]] {
    (0..<spikes.sampleCount).map { sample in
      (spikes.offsets[sample]..<spikes.offsets[sample + 1]).compactMap { spike in
        let neuron = Int(spikes.units[spike]) - population.firstUnit
        guard (0..<population.count).contains(neuron) else { return nil }
        return .init(
          neuron: neuron, time: Double(spikes.cycles[spike]) * origin.cycleSeconds)
      }
    }
  }

  private func membrane(_ index: Int) -> NIRObservable {
    let (volts, circuits) = (traces?.volts ?? [], traces?.circuits.count ?? 0)
    let samples = sampleNumbers.count
    let values = stride(from: index, to: volts.count, by: max(circuits, 1)).map { volts[$0] }
    return NIRObservable(
      "v",
      .timeGridded(
        NIRObservable.TimeGridded(
          values: values, samples: samples, steps: samples > 0 ? values.count / samples : 0,
          neurons: 1, dt: origin.tickSeconds)))
  }

  /// Writes the recording: as NIRGraphData where the path ends in `.nirdata`, as numpy arrays where
  /// it ends in `.npz`, else in full.
  public func writeBySuffix(to path: String) throws(RecordingError) {
    if path.hasSuffix(Self.nirDataSuffix) {
      try nirData.write(to: path)
    } else if path.hasSuffix(".npz") {
      try npz.write(to: path)
    } else {
      try write(to: path)
    }
  }
}
