import ChipInterface

/// Makes a recording of the parts of a run's result.
///
/// Each array is allocated once and filled by one copy from the frames that came.
enum RecordedParts {
  /// Joins parts of consecutive samples; `answer` has the sums over the run.
  static func recording(
    _ parts: [ResultPart], _ answer: Message, samples: Int
  ) throws(WireError) -> Recording {
    try checkSamples(parts, samples)
    let spikes = try spikes(parts)
    guard spikes.sampleCount == samples else {
      throw WireError(
        .badPayload, "the result has other samples than the request", field: "offsets",
        limit: samples, actual: spikes.sampleCount)
    }
    let adcShape = try shape("adc", parts)
    _ = try shape("traces", parts)
    let header = answer.header
    var recording = Recording(
      spikes: spikes, adc: try parts.array("adc"), adcColumns: adcShape[2], adcTimes: adcShape[1],
      traces: try parts.array("traces"),
      counters: try CounterCoding.decode(try header.object("counters")),
      hardwareSeconds: try header.number("hardware_seconds"))
    if header["energy_joules"] != nil {
      recording.energy = try CounterCoding.decode(energy: try header.object("energy_joules"))
    }
    if parts.have("fast_adc") { recording.fastADC = try parts.array("fast_adc") }
    if parts.have("correlations") { recording.correlations = try parts.array("correlations") }
    if parts.have("occupancy") { recording.occupancy = try parts.array("occupancy") }
    while parts.have("register_\(recording.registers.count)") {
      recording.registers.append(try parts.array("register_\(recording.registers.count)"))
    }
    return recording
  }

  /// Parts must be of the samples that follow those of the part before.
  private static func checkSamples(_ parts: [ResultPart], _ count: Int) throws(WireError) {
    var next = 0
    for part in parts {
      // A result in one piece need not say that it is of all samples.
      guard let samples = part.samples ?? (parts.count == 1 ? 0..<count : nil),
        samples.lowerBound == next
      else {
        throw WireError(
          .badPayload, "the parts of a result are not of consecutive samples", field: "samples")
      }
      next = samples.upperBound
    }
    guard next == count, !parts.isEmpty else {
      throw WireError(
        .badPayload, "the result has other samples than the request", field: "samples",
        limit: count, actual: next)
    }
  }

  /// The shape [sample, ., .] of an array, which differs in the number of samples only.
  private static func shape(_ name: String, _ parts: [ResultPart]) throws(WireError) -> [Int] {
    var common: [Int]?
    for part in parts {
      let samples = max(0, (part.entry("offsets")?.count ?? 0) - 1)
      guard let shape = part.entry(name)?.shape, shape.count == 3, shape[0] == samples,
        common == nil || common?[1...] == shape[1...]
      else {
        throw WireError(
          .badPayload, "the array '\(name)' must have shape [\(samples), n, n]", field: name)
      }
      common = shape
    }
    return common ?? [0, 0, 0]
  }

  // MARK: Spikes

  private static func spikes(_ parts: [ResultPart]) throws(WireError) -> SpikeBatch {
    var offsets = [0]
    for part in parts { try append(part, to: &offsets) }
    return SpikeBatch(
      offsets: offsets, cycles: try widened("cycles", parts), units: try widened("units", parts))
  }

  /// Appends a part's offsets, moved behind those of the parts before.
  private static func append(_ part: ResultPart, to offsets: inout [Int]) throws(WireError) {
    let own: [Int] = try [part].array("offsets")
    let spikes = part.entry("cycles")?.count ?? 0
    guard own.first == 0, own.last == spikes, part.entry("units")?.count == spikes,
      zip(own, own.dropFirst()).allSatisfy({ $0 <= $1 })
    else {
      throw WireError(
        .badPayload, "offsets must ascend from 0 to the number of spikes", field: "offsets",
        limit: spikes)
    }
    let start = offsets[offsets.count - 1]
    offsets += own.dropFirst().map { start + $0 }
  }

  /// The values of an array that may be narrower in some parts.
  private static func widened(_ name: String, _ parts: [ResultPart]) throws(WireError) -> [UInt32] {
    if parts.allSatisfy({ $0.entry(name)?.type == .u32 }) { return try parts.array(name) }
    for part in parts where !NarrowArray.takes(part.entry(name)?.type ?? .f64) {
      throw WireError(
        .badPayload, "the array '\(name)' must hold u32, u16 or u8", field: name)
    }
    let total = parts.reduce(0) { $0 + ($1.entry(name)?.count ?? 0) }
    return [UInt32](unsafeUninitializedCapacity: total) { target, count in
      guard let start = target.baseAddress else { return }
      for part in parts {
        guard let entry = part.entry(name) else { continue }
        part.withBytes(entry.range) { bytes in
          NarrowArray.widen(bytes, of: entry.type, to: start + count)
        }
        count += entry.count
      }
    }
  }
}

extension ResultPart {
  /// Lends a stretch of the part's bytes, from the frame that holds it or joined.
  func withBytes(_ range: Range<Int>, _ body: (UnsafeRawBufferPointer) -> Void) {
    var start = 0
    for frame in frames {
      let end = start + frame.count
      if range.lowerBound >= start, range.upperBound <= end {
        return frame.withBytes {
          body(.init(rebasing: $0[range.lowerBound - start..<range.upperBound - start]))
        }
      }
      start = end
    }
    let copy = [UInt8](unsafeUninitializedCapacity: range.count) { target, count in
      self.copy(range, to: UnsafeMutableRawBufferPointer(target))
      count = range.count
    }
    copy.withUnsafeBytes(body)
  }
}
