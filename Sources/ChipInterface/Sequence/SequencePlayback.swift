/// One mini-batch on its way through the parts of a sequence.
struct SequencePlayback {
  private let sequence: ImageSequence
  private let whole: Experiment
  /// The populations that later parts hear, by part.
  private let heard: [Set<String>]
  private var recordings: [Recording] = []

  init(_ sequence: ImageSequence, _ experiment: Experiment) {
    (self.sequence, whole) = (sequence, experiment)
    let sent = Set(
      sequence.parts.flatMap(\.channels).compactMap { channels -> String? in
        if case .population(let name) = channels.origin { return name }
        return nil
      })
    heard = sequence.parts.map { sent.intersection($0.image.io.populations.map(\.name)) }
  }

  /// What a part runs: the network's inputs and the spikes of earlier parts, each at its own cycle.
  func experiment(ofPart number: Int) -> Experiment {
    let names = Set(sequence.parts[number].image.io.populations.map(\.name))
    return Experiment(
      durationTicks: whole.durationTicks, inputs: inputs(ofPart: number),
      sampleNumbers: whole.sampleNumbers,
      recorded: RecordingRequest(
        spikes: whole.recorded.spikes || !heard[number].isEmpty,
        adcPopulations: whole.recorded.adcPopulations.filter { names.contains($0) },
        adcEvery: whole.recorded.adcEvery))
  }

  /// Takes what a part recorded.
  mutating func take(_ recording: Recording, ofPart number: Int) { recordings.append(recording) }

  // MARK: Spikes as inputs

  private func inputs(ofPart number: Int) -> SpikeBatch {
    let listeners = listeners(ofPart: number)
    var batch = SpikeBatch()
    for sample in 0..<whole.inputs.sampleCount {
      var events: [UInt64] = []
      listeners.inputs.add(whole.inputs, sample, to: &events)
      for (earlier, channels) in listeners.parts.enumerated() {
        channels.add(recordings[earlier].spikes, sample, to: &events)
      }
      events.sort()
      batch.cycles += events.map { UInt32($0 >> 32) }
      batch.units += events.map { UInt32(truncatingIfNeeded: $0) }
      batch.offsets.append(batch.cycles.count)
    }
    return batch
  }

  /// The channels of a part that stand for each input, and for each unit of each earlier part.
  private func listeners(ofPart number: Int) -> (inputs: Listeners, parts: [Listeners]) {
    var inputs = Listeners(count: sequence.inputCount)
    var earlier = sequence.parts[..<number].map { Listeners(count: $0.image.io.unitCount) }
    var place: [String: (part: Int, unit: Int)] = [:]
    for (part, io) in sequence.parts[..<number].map(\.image.io).enumerated() {
      for (population, unit) in zip(io.populations, io.unitOffsets) {
        place[population.name] = (part, unit)
      }
    }
    var channel = 0
    for range in sequence.parts[number].channels {
      switch range.origin {
      case .inputs: inputs.listen(to: range.firstSender, from: channel, count: range.count)
      case .population(let name):
        if let (part, unit) = place[name] {
          earlier[part].listen(to: unit + range.firstSender, from: channel, count: range.count)
        }
      }
      channel += range.count
    }
    return (inputs, earlier)
  }

  // MARK: One recording of all

  /// The recording of the whole network, once all parts have run.
  var recording: Recording {
    var counters = recordings.reduce(into: RunCounters()) { $0 += $1.counters }
    counters.ticks = whole.durationTicks * whole.inputs.sampleCount
    counters.inputEvents = whole.inputs.spikeCount
    counters.weightsClipped = recordings.reduce(0) { $0 + $1.counters.weightsClipped }
    let columns = recordings.reduce(0) { $0 + $1.adcColumns }
    var all = Recording(
      spikes: spikes, adc: adc(columns), adcColumns: columns,
      adcTimes: whole.recorded.adcSamples(ticks: whole.durationTicks), traces: [],
      counters: counters, hardwareSeconds: recordings.reduce(0) { $0 + $1.hardwareSeconds })
    for recording in recordings { all.energy += recording.energy }
    return all
  }

  /// The spikes of all parts, by the units of the whole, in order of time.
  private var spikes: SpikeBatch {
    var batch = SpikeBatch()
    let units = unitsOfParts
    for sample in 0..<whole.inputs.sampleCount {
      var events: [UInt64] = []
      if whole.recorded.spikes {
        for (recording, units) in zip(recordings, units) {
          for i in recording.spikes.range(ofSample: sample) {
            let unit = units[Int(recording.spikes.units[i])]
            events.append(UInt64(recording.spikes.cycles[i]) << 32 | UInt64(unit))
          }
        }
      }
      events.sort()
      batch.cycles += events.map { UInt32($0 >> 32) }
      batch.units += events.map { UInt32(truncatingIfNeeded: $0) }
      batch.offsets.append(batch.cycles.count)
    }
    return batch
  }

  /// For each part, the unit of the whole that each of its units is.
  private var unitsOfParts: [[UInt32]] {
    let io = sequence.io
    let first = Dictionary(
      zip(io.populations.map(\.name), io.unitOffsets), uniquingKeysWith: { a, _ in a })
    return sequence.parts.map { part in
      part.image.io.populations.flatMap { population in
        let start = first[population.name] ?? 0
        return (start..<start + population.count).map { UInt32($0) }
      }
    }
  }

  /// Codes of all parts, populations side by side in the order in which they were asked for.
  private func adc(_ columns: Int) -> [UInt8] {
    var pieces: [(part: Int, first: Int, count: Int)] = []
    var next = Array(repeating: 0, count: recordings.count)
    for name in whole.recorded.adcPopulations {
      for (part, image) in sequence.parts.map(\.image).enumerated() {
        guard let count = image.io.population(name)?.count else { continue }
        pieces.append((part, next[part], count))
        next[part] += count
      }
    }
    let times = whole.recorded.adcSamples(ticks: whole.durationTicks)
    var codes: [UInt8] = []
    codes.reserveCapacity(whole.inputs.sampleCount * times * columns)
    for row in 0..<whole.inputs.sampleCount * times {
      for piece in pieces {
        let start = row * recordings[piece.part].adcColumns + piece.first
        codes += recordings[piece.part].adc[start..<start + piece.count]
      }
    }
    return codes
  }
}

/// The channels that stand for each of some senders.
private struct Listeners {
  private var channels: [[UInt32]]

  init(count: Int) { channels = Array(repeating: [], count: count) }

  mutating func listen(to first: Int, from channel: Int, count: Int) {
    for i in 0..<count { channels[first + i].append(UInt32(channel + i)) }
  }

  /// Adds the events of a sample, each as its cycle and, in the lower half, its channel.
  func add(_ spikes: SpikeBatch, _ sample: Int, to events: inout [UInt64]) {
    for i in spikes.range(ofSample: sample) {
      for channel in channels[Int(spikes.units[i])] {
        events.append(UInt64(spikes.cycles[i]) << 32 | UInt64(channel))
      }
    }
  }
}
