import ChipInterface

/// Holds the registers of a run against the numbers of a file.
struct GoldenComparison {
  /// The registers to record, for all expectations.
  private(set) var probes: [RegisterProbe] = []
  private let run: GoldenCase.Run
  /// For each expectation where each number of a step comes from.
  private var sources: [[Source]] = []
  /// For each expectation which of its numbers differ on any kernel.
  private var differs: [[Bool]]
  private var compared: Int
  private var staticMismatches = 0
  private var first: GoldenResult.Difference?

  /// One register of one probe.
  private struct Source {
    var probe, offset, width: Int
  }

  init(_ run: GoldenCase.Run, _ image: ChipImage) {
    self.run = run
    differs = run.expectations.map { Array(repeating: false, count: $0.numbers.values.count) }
    compared = differs.reduce(0) { $0 + $1.count }
    for expectation in run.expectations { sources.append(places(expectation, image)) }
  }

  private mutating func places(
    _ expectation: GoldenExpectation, _ image: ChipImage
  ) -> [Source] {
    switch expectation.place {
    case .neurons(let population):
      return image.io.populations[population].ranges.flatMap { range in
        let core = image.cores.firstIndex { $0.core == range.core } ?? 0
        let (probe, width) = probe(expectation.register, core, image)
        return (0..<range.count).map {
          Source(probe: probe, offset: range.firstColumn + $0, width: width)
        }
      }
    case .axons:
      let (probe, width) = probe(expectation.register, 0, image)
      return (0..<width).map { Source(probe: probe, offset: $0, width: width) }
    case .synapses:
      let (probe, width) = probe(expectation.register, 0, image)
      let (receivers, senders) = (expectation.numbers.shape[1], expectation.numbers.shape[2])
      return (0..<receivers * senders).map {
        Source(
          probe: probe, offset: $0 % senders * receivers + $0 / senders, width: width)
      }
    }
  }

  /// A probe's position, and how many registers it reads.
  private mutating func probe(
    _ register: RegisterProbe.Register, _ core: Int, _ image: ChipImage
  ) -> (Int, Int) {
    let wanted = RegisterProbe(register, core: core, everyTick: true)
    let position = probes.firstIndex(of: wanted) ?? probes.count
    if position == probes.count { probes.append(wanted) }
    return (position, wanted.count(in: image) ?? 0)
  }

  /// Compares the registers that a chip gave back.
  mutating func compare(_ registers: [[Double]], kernel: String) {
    for (index, expectation) in run.expectations.enumerated() {
      let width = sources[index].count
      for (position, expected) in expectation.numbers.values.enumerated() {
        let (step, place) = (position / width, position % width)
        let source = sources[index][place]
        let at = step * source.width + source.offset
        let values = registers.indices.contains(source.probe) ? registers[source.probe] : []
        let found = values.indices.contains(at) ? values[at] : .nan
        guard !expectation.accepts(found, for: expected) else { continue }
        differs[index][position] = true
        note(
          .init(
            array: expectation.name, step: step + 1,
            place: indices(of: place, expectation.numbers.shape), expected: expected,
            found: found.isFinite ? found : nil, kernel: kernel))
      }
    }
  }

  private func indices(of place: Int, _ shape: [Int]) -> [Int] {
    shape.count == 3 ? [place / shape[2], place % shape[2]] : [place]
  }

  /// Keeps the earliest difference: a later one follows from it.
  private mutating func note(_ difference: GoldenResult.Difference) {
    if let first, (first.step ?? 0) <= (difference.step ?? 0) { return }
    first = difference
  }

  mutating func report(to result: inout GoldenResult) {
    result.compared += compared
    result.mismatches += staticMismatches + differs.reduce(0) { $0 + $1.count { $0 } }
    result.first = result.first ?? first
  }
}

extension GoldenComparison {
  /// Compares the weights that the image stores with those that the file says are stored.
  mutating func compareStoredWeights(_ image: ChipImage) {
    for table in run.storedWeights {
      let stored = image.storedWeights(of: table.projection, in: run.network)
      compared += table.weights.count
      for (position, expected) in table.weights.enumerated() where stored[position] != expected {
        staticMismatches += 1
        first =
          first
          ?? .init(
            array: table.name, step: nil, place: [position], expected: Double(expected),
            found: stored[position].map(Double.init), kernel: "image")
      }
    }
  }
}
