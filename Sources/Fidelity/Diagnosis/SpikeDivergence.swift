import ChipInterface

/// The first spike that one of two runs has and the other has not, or has at another time.
public struct SpikeDivergence: Equatable, Sendable {
  /// The neuron, by recordings' numbers, and by its population.
  public var unit: Int
  /// The population's name, and the neuron's number in it.
  public var population: String
  /// The neuron's number in its population.
  public var neuron: Int
  /// Which of the neuron's spikes, from 0.
  public var spike: Int
  /// When it comes in each run, in ticks; nil: it does not come.
  public var expected, found: Double?

  /// The earlier of the two times, in ticks.
  public var tick: Double { min(expected ?? .infinity, found ?? .infinity) }

  /// For example `hidden:17`.
  public var name: String { "\(population):\(neuron)" }

  /// Whether two stand for one event: the same spike of the same neuron, up to `tolerance` ticks.
  func isSame(as other: SpikeDivergence?, tolerance: Double) -> Bool {
    guard let other, unit == other.unit, spike == other.spike else { return false }
    return (expected == nil) == (other.expected == nil) && (found == nil) == (other.found == nil)
      && abs(tick - other.tick) <= tolerance
  }
}

/// The spikes of one sample, neuron by neuron.
struct SpikeTrains: Equatable {
  /// Times in ticks, ascending, of each unit.
  private(set) var times: [[Double]]

  /// Sorts a recording's spikes of its first sample.
  init(_ spikes: SpikeBatch, units: Int, cyclesPerTick: Int) {
    times = Array(repeating: [], count: units)
    guard spikes.sampleCount > 0 else { return }
    for i in spikes.range(ofSample: 0) where Int(spikes.units[i]) < units {
      times[Int(spikes.units[i])].append(Double(spikes.cycles[i]) / Double(cyclesPerTick))
    }
    for unit in times.indices { times[unit].sort() }
  }

  /// Spikes of one neuron of each population, on average.
  func rates(_ io: ImageIO) -> [Double] {
    zip(io.unitOffsets, io.populations).map { first, population in
      let spikes = times[first..<first + population.count].reduce(0) { $0 + $1.count }
      return population.count > 0 ? Double(spikes) / Double(population.count) : 0
    }
  }

  /// The first spike in which another run differs by more than `tolerance` ticks.
  ///
  /// The spikes of a neuron are compared one by one, in order: its first that differs counts. Of
  /// equally early ones the neuron of the lowest number is taken.
  func divergence(of other: SpikeTrains, tolerance: Double, _ io: ImageIO) -> SpikeDivergence? {
    var first: (unit: Int, spike: Int, tick: Double)?
    for unit in times.indices {
      guard let spike = firstDifference(unit, other, tolerance) else { continue }
      let tick = min(
        spike < times[unit].count ? times[unit][spike] : .infinity,
        spike < other.times[unit].count ? other.times[unit][spike] : .infinity)
      if tick < first?.tick ?? .infinity { first = (unit, spike, tick) }
    }
    guard let first, let (population, neuron) = io.owner(ofUnit: first.unit) else { return nil }
    let (mine, theirs) = (times[first.unit], other.times[first.unit])
    return SpikeDivergence(
      unit: first.unit, population: population, neuron: neuron, spike: first.spike,
      expected: first.spike < mine.count ? mine[first.spike] : nil,
      found: first.spike < theirs.count ? theirs[first.spike] : nil)
  }

  private func firstDifference(_ unit: Int, _ other: SpikeTrains, _ tolerance: Double) -> Int? {
    let (mine, theirs) = (times[unit], other.times[unit])
    for (i, (a, b)) in zip(mine, theirs).enumerated() where abs(a - b) > tolerance { return i }
    return mine.count == theirs.count ? nil : min(mine.count, theirs.count)
  }
}

extension ImageIO {
  /// The population of a recorded unit, and its number there.
  func owner(ofUnit unit: Int) -> (population: String, neuron: Int)? {
    for (first, population) in zip(unitOffsets, populations)
    where (first..<first + population.count).contains(unit) {
      return (population.name, unit - first)
    }
    return nil
  }
}
