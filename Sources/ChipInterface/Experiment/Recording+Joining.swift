/// Joining the recordings of consecutive slices of one experiment.
///
/// Arrays by sample follow each other and counts are added, but for ``RunCounters/weightsClipped``,
/// which is that of the chip after the last slice. Time and energy are computed anew from the
/// counts of all slices by ``Recording/charges``: the joined recording is that of the whole run,
/// bit for bit. Where charges did not come with both recordings (over a link), or differ, seconds
/// and joules are added: the last bits may then differ from those of the whole run.
extension Recording {
  /// The recording of all slices; nil where there is none.
  public init?(joining slices: [Recording]) throws(ChipError) {
    guard var whole = slices.first else { return nil }
    for slice in slices.dropFirst() { try whole.append(slice) }
    self = whole
  }

  /// Appends the recording of the samples that follow.
  public mutating func append(_ next: Recording) throws(ChipError) {
    try requireSameShape(next)
    spikes.append(next.spikes)
    adc += next.adc
    traces += next.traces
    fastADC += next.fastADC
    correlations += next.correlations
    occupancy += next.occupancy
    for i in registers.indices { registers[i] += next.registers[i] }
    counters += next.counters
    counters.weightsClipped = next.counters.weightsClipped
    charge(with: next)
  }

  private mutating func charge(with next: Recording) {
    guard let all = charges.flatMap({ mine in next.charges.flatMap { mine.joined($0) } }) else {
      charges = nil
      hardwareSeconds += next.hardwareSeconds
      energy += next.energy
      return
    }
    charge(all)
  }

  /// Charges the run for what it counted.
  public mutating func charge(_ charges: RunCharges) {
    self.charges = charges
    hardwareSeconds = charges.hardwareSeconds
    energy = charges.energy(of: counters)
  }

  /// Refuses a recording of other things: as many numbers a sample must be in every array.
  private func requireSameShape(_ next: Recording) throws(ChipError) {
    try Self.require("ADC columns", next.adcColumns, adcColumns)
    try Self.require("ADC times", next.adcTimes, adcTimes)
    try Self.require("registers", next.registers.count, registers.count)
    try requireSameSize("ADC codes", next, \.adc.count)
    try requireSameSize("traces", next, \.traces.count)
    try requireSameSize("codes of the fast ADC", next, \.fastADC.count)
    try requireSameSize("codes of correlation sensors", next, \.correlations.count)
    try requireSameSize("numbers of waiting events", next, \.occupancy.count)
    for i in registers.indices {
      try requireSameSize("register \(i)", next, \.registers[i].count)
    }
  }

  private static func require(_ what: String, _ found: Int, _ expected: Int) throws(ChipError) {
    guard found == expected else {
      throw .recordingsDiffer(what: what, found: found, expected: expected)
    }
  }

  private func requireSameSize(
    _ what: String, _ next: Recording, _ count: KeyPath<Recording, Int>
  ) throws(ChipError) {
    let (mine, its) = (spikes.sampleCount, next.spikes.sampleCount)
    guard mine > 0, its > 0 else { return }
    try Self.require(what, next[keyPath: count] / its, self[keyPath: count] / mine)
  }
}

extension SpikeBatch {
  /// Appends the samples of another batch.
  public mutating func append(_ next: SpikeBatch) {
    let count = cycles.count
    cycles += next.cycles
    units += next.units
    offsets += next.offsets.dropFirst().map { $0 + count }
  }
}
