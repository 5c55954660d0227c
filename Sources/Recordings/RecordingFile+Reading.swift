import ChipInterface
import NIR

extension RecordingFile {
  /// Reads a file that ``write(to:)`` wrote.
  ///
  /// - Throws: ``RecordingError``. A damaged or hostile file never does more harm.
  public init(reading path: String) throws(RecordingError) {
    let reader = try SpikeFileReader(reading: path)
    guard try reader.attribute("format")?.text == Self.format else {
      throw reader.wrong("/@format", "\"\(Self.format)\"")
    }
    let version = Int64(Self.formatVersion)
    _ = try reader.integer("format_version", in: version...version)
    let spikes = try reader.recordedSpikes()
    let samples = spikes.sampleCount
    guard let numbers = try reader.integers("/sample_numbers", count: samples) else {
      throw reader.wrong("/sample_numbers", "a vector of integers")
    }
    self.init(
      spikes: spikes,
      durationTicks: Int(
        try reader.integer("duration_ticks", in: 1...Int64(Experiment.longestTicks))),
      sampleNumbers: numbers.map(UInt64.init(bitPattern:)),
      labels: try reader.integers("/labels", count: samples)?.map { Int($0) },
      origin: try reader.origin())
    populations = try reader.populations()
    try checkSpikes(reader)
    adc = try reader.adc(samples: samples)
    traces = try reader.traces(samples: samples, ticks: durationTicks)
    counters = try reader.counters()
    energy = try reader.energy()
    hardwareSeconds = try reader.number("hardware_seconds")
  }

  private func checkSpikes(_ reader: SpikeFileReader) throws(RecordingError) {
    let units = populations.map { $0.firstUnit + $0.count }.max() ?? Int(UInt32.max)
    do throws(ChipError) {
      try spikes.validate(units: units, cycles: durationTicks * origin.cyclesPerTick)
    } catch {
      throw reader.wrong(
        "/spikes", "spikes that ascend in time, within the duration and the units: \(error)")
    }
  }
}

extension SpikeFileReader {
  /// Spikes of a recording: cycles are exact, the times in seconds say the same.
  fileprivate func recordedSpikes() throws(RecordingError) -> SpikeBatch {
    let units = try units()
    guard let cycles = try cycles(offsets: units.offsets) else {
      throw wrong("/spikes/cycles", "one list of integers a sample")
    }
    return try batch(cycles: cycles, units: units)
  }

  /// Joins cycles and units, which must fit 32 bits.
  func batch(cycles: [Int64], units: HDF5Lists<Int64>) throws(RecordingError) -> SpikeBatch {
    let narrowCycles = cycles.compactMap { UInt32(exactly: $0) }
    let narrowUnits = units.elements.compactMap { UInt32(exactly: $0) }
    guard narrowCycles.count == cycles.count, narrowUnits.count == cycles.count else {
      let wide = zip(cycles, units.elements).enumerated().first {
        UInt32(exactly: $1.0) == nil || UInt32(exactly: $1.1) == nil
      }
      let spike = wide?.offset ?? 0
      let sample = units.offsets.dropFirst().firstIndex { $0 > spike } ?? 1
      throw .badSpike(file: file, sample: sample - 1, spike: spike - units.offsets[sample - 1])
    }
    return SpikeBatch(offsets: units.offsets, cycles: narrowCycles, units: narrowUnits)
  }

  fileprivate func origin() throws(RecordingError) -> RecordingOrigin {
    let any = Int64.min...Int64.max
    var origin = RecordingOrigin(
      chip: try text("chip"), specHash: try text("spec_hash"), kind: try text("chip_kind"),
      chipSeed: UInt64(bitPattern: try integer("chip_seed", in: any)),
      trialSeed: UInt64(bitPattern: try integer("trial_seed", in: any)),
      imageHash: try text("image_hash"), calibrationHash: try text("calibration_hash"),
      cyclesPerTick: Int(try integer("cycles_per_tick", in: 1...65_536)),
      tickSeconds: try number("tick_seconds"))
    if try attribute("mismatch") != nil { origin.mismatch = try number("mismatch") }
    guard case .strings(let effects) = try attribute("effects")?.values else {
      throw wrong("/@effects", "a vector of strings")
    }
    origin.effects = effects
    return origin
  }

  fileprivate func populations() throws(RecordingError) -> [RecordedPopulation] {
    guard let array = try array("/populations/name") else { return [] }
    guard case .strings(let names) = array.values, array.shape.count == 1,
      let firstUnits = try integers("/populations/first_unit", count: names.count),
      let counts = try integers("/populations/count", count: names.count),
      (firstUnits + counts).allSatisfy({ (0...Int64(UInt32.max)).contains($0) })
    else { throw wrong("/populations", "vectors name, first_unit and count of one length") }
    return names.indices.map {
      RecordedPopulation(
        name: names[$0], firstUnit: Int(firstUnits[$0]), count: Int(counts[$0]))
    }
  }

  fileprivate func adc(samples: Int) throws(RecordingError) -> ADCRecording? {
    guard let array = try array("/adc/codes") else { return nil }
    guard case .uint8(let codes) = array.values, array.shape.count == 3 else {
      throw wrong("/adc/codes", "unsigned bytes of shape [sample, time, column]")
    }
    try check("/adc/codes", array.shape[0], samples)
    guard case .strings(let names) = try attribute("populations", of: "/adc/codes")?.values else {
      throw wrong("/adc/codes@populations", "a vector of strings")
    }
    let everyTicks = try integer(
      "every_ticks", of: "/adc/codes", in: 1...Int64(Experiment.longestTicks))
    return ADCRecording(
      codes: codes, samples: samples, times: array.shape[1], columns: array.shape[2],
      everyTicks: Int(everyTicks), populations: names)
  }

  fileprivate func counters() throws(RecordingError) -> RunCounters {
    var counters = RunCounters()
    for (name, path) in RunCounters.named
    where try attribute(name, of: "/counters") != nil {
      counters[keyPath: path] = Int(try integer(name, of: "/counters"))
    }
    return counters
  }

  /// Energy by cause; files of older versions have none.
  fileprivate func energy() throws(RecordingError) -> EnergyUse {
    var energy = EnergyUse()
    for (name, path) in EnergyUse.named
    where try attribute(name, of: "/energy") != nil {
      energy[keyPath: path] = try number(name, of: "/energy")
    }
    return energy
  }
}
