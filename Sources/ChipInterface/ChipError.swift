/// Why a chip refused or could not finish.
public enum ChipError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Nothing is loaded yet.
  case noImage
  /// The image was made for another chip, or another version of its file.
  case imageOfAnotherChip(image: String, imageHash: String, chip: String, chipHash: String)
  /// The image contradicts itself or the chip; all faults are listed.
  case invalidImage([ImageFault])
  /// A block of weights lies outside its core.
  case weightsOutsideCore(core: Int, pairs: Int, columns: Int)
  /// A block of weights has too many or too few numbers.
  case weightCount(core: Int, found: Int, expected: Int)
  /// A weight is larger than the chip can store.
  case weightOutOfRange(core: Int, weight: Int, largest: Int)
  /// Real-valued weights were sent to a chip that stores integers.
  case exactWeightsRefused
  /// A core that the image does not use was addressed.
  case coreNotInImage(core: Int)
  /// A circuit that the image does not use was addressed.
  case circuitNotInImage(core: Int, column: Int)
  /// Correlation sensors were asked for on a core whose image leaves them off.
  case sensorsOff(core: Int)
  /// The arrays of a spike batch do not fit together.
  case malformedSpikes(spikes: Int, units: Int, offsets: Int)
  /// A spike names an input that does not exist.
  case spikeUnitOutOfRange(sample: Int, unit: Int, count: Int)
  /// A spike lies outside the sample, or before the spike before it.
  case spikeTimeOutOfRange(sample: Int, cycle: Int, duration: Int)
  /// The run is too long or empty.
  case durationOutOfRange(ticks: Int, longest: Int)
  /// There must be one number for each sample.
  case sampleCountMismatch(inputs: Int, numbers: Int)
  /// No population of that name is in the image.
  case unknownPopulation(String, known: [String])
  /// The ADC cannot sample that fast.
  case adcTooFast(every: Int, fastest: Int)
  /// A graded event is out of order, too late, or for a unit that does not exist.
  case gradedEventOutOfRange(sample: Int, tick: Int, unit: Int, duration: Int, units: Int)
  /// There must be a list of graded events for each sample, or none at all.
  case gradedSampleCount(found: Int, samples: Int)
  /// A register was asked for that the image does not have.
  case registerNotInImage(register: String, core: Int, part: Int)
  /// Recorded draws do not last for the run.
  case drawsTooFew(ticks: Int)
  /// Readout was asked for that digital cores do not have.
  case notOnDigitalChip(part: String, chip: String)
  /// A network in parts, which follow each other on the chip, was to do what only one image can.
  case notInSequence(what: String)
  /// A weight other than 0 was written where there is no synapse.
  case noSynapse(core: Int, pair: Int, column: Int)
  /// Weights were written to a core whose synapses are binary.
  case synapsesNotWritable(core: Int)
  /// The state was taken from a chip with another image.
  case stateOfAnotherImage(state: String, image: String)
  /// The state contradicts the image that it names.
  case invalidState(StateFault)
  /// The recordings of two runs do not hold the same things.
  case recordingsDiffer(what: String, found: Int, expected: Int)
  /// The run was cancelled.
  case cancelled
  /// The server answered with an error of its own.
  case remote(code: String, detail: String)
  /// The server does not answer, or went away.
  case connection(endpoint: String, detail: String)
  /// What was on the server's chip is not all there any more.
  case lost(endpoint: String, ChipLoss)

  /// One sentence: what, where, what is allowed, what to try.
  public var description: String {
    switch self {
    case .noImage: return "no image is on the chip; load one first"
    case .imageOfAnotherChip(let image, let imageHash, let chip, let chipHash):
      return "the image was made for chip '\(image)' (\(imageHash.prefix(12))) but this is"
        + " '\(chip)' (\(chipHash.prefix(12))); compile the network again for this chip"
    case .invalidImage(let faults):
      return "the image is not valid: " + faults.map(\.description).joined(separator: "; ")
    case .weightsOutsideCore(let core, let pairs, let columns):
      return "weights for core \(core) lie outside its \(pairs) row pairs x \(columns) columns"
    case .weightCount(let core, let found, let expected):
      return "weights for core \(core) have \(found) numbers; the rectangle holds \(expected)"
    case .weightOutOfRange(let core, let weight, let largest):
      return "a weight of \(weight) for core \(core) exceeds ±\(largest)"
    case .exactWeightsRefused:
      return "this chip stores whole weights only; quantise them first"
    case .coreNotInImage(let core): return "core \(core) is not in use by the loaded image"
    case .circuitNotInImage(let core, let column):
      return "core \(core) column \(column) is not in use by the loaded image"
    case .sensorsOff(let core):
      return "core \(core)'s correlation sensors are off; switch them on in the image"
    case .malformedSpikes(let spikes, let units, let offsets):
      return "spike arrays do not fit: \(spikes) times, \(units) units, \(offsets) offsets that"
        + " must ascend from 0 to the number of spikes"
    case .spikeUnitOutOfRange(let sample, let unit, let count):
      return "sample \(sample) has a spike on input \(unit); the image has inputs 0..<\(count)"
    case .spikeTimeOutOfRange(let sample, let cycle, let duration):
      return "sample \(sample) has a spike at cycle \(cycle), which is out of order or not in"
        + " 0..<\(duration)"
    case .durationOutOfRange(let ticks, let longest):
      return "a run of \(ticks) ticks is not possible; 1 to \(longest) are"
    case .sampleCountMismatch(let inputs, let numbers):
      return "\(inputs) samples came with \(numbers) sample numbers"
    case .unknownPopulation(let name, let known):
      return "there is no population '\(name)'; the image has \(known.joined(separator: ", "))"
    case .adcTooFast(let every, let fastest):
      return "the ADC cannot sample every \(every) ticks; \(fastest) is the fastest"
    case .gradedEventOutOfRange(let sample, let tick, let unit, let duration, let units):
      return "sample \(sample) has a graded event at tick \(tick) for unit \(unit); ticks ascend"
        + " within 0..<\(duration), units lie in 0..<\(units)"
    case .gradedSampleCount(let found, let samples):
      return "\(samples) samples came with \(found) lists of graded events"
    case .registerNotInImage(let register, let core, let part):
      return "the image has no register '\(register)' of part \(part) on its core number \(core)"
    case .drawsTooFew(let ticks):
      return "the recorded draws do not last for \(ticks) ticks; give one an epoch, and one a tick"
        + " for repeated impulses"
    case .notOnDigitalChip(let part, let chip):
      return "chip '\(chip)' is digital and has no \(part); record registers in its place"
    case .notInSequence(let what):
      return "a network in parts cannot \(what), for its parts follow each other on the same cores;"
        + " compile it for a larger chip, or with --oversize chips"
    case .noSynapse(let core, let pair, let column):
      return "core \(core) has no synapse from axon \(pair) to neuron \(column); write 0 there, or"
        + " load an image that has it"
    case .synapsesNotWritable(let core):
      return "core \(core) is a crossbar, whose synapses are binary; load an image to change them"
    case .stateOfAnotherImage(let state, let image):
      return "the state belongs to image \(state.prefix(12)) but \(image.prefix(12)) is on the"
        + " chip; load its image first"
    case .invalidState(let fault):
      return "the state does not fit the image that it names: \(fault)"
    case .recordingsDiffer(let what, let found, let expected):
      return "a recording has \(found) \(what) where the one before has \(expected); join slices of"
        + " one experiment"
    case .cancelled: return "the run was cancelled"
    case .remote(let code, let detail): return "the server answered \(code): \(detail)"
    case .connection(let endpoint, let detail): return "\(endpoint) \(detail)"
    case .lost(let endpoint, let loss): return "\(endpoint): \(loss)"
    }
  }
}

/// One contradiction inside an image.
public enum ImageFault: Equatable, Sendable, CustomStringConvertible {
  /// Cores or routes are listed twice or out of order.
  case order(what: String, index: Int)
  /// A core has a wrong number of circuits or weights.
  case coreSize(core: Int, what: String, found: Int, allowed: Int)
  /// A circuit's code is above the DAC's highest.
  case code(core: Int, column: Int, parameter: String, found: Int, highest: Int)
  /// A register of a digital core holds what it cannot hold.
  case register(core: Int, what: String, found: Int, allowed: ClosedRange<Int>)
  /// A stored weight is above the largest.
  case weight(core: Int, row: Int, column: Int, found: Int, largest: Int)
  /// A route, population or projection names a core or column that is not in use.
  case unused(what: String, core: Int)
  /// A part needs something that the chip, or its file, does not have.
  case notOnChip(what: String, needs: String)
  /// A group of circuits is impossible on the chip.
  case group(index: Int, GroupFault)
  /// A learning rule's microcode is none, or not for this chip.
  case microcode(rule: String, reason: String)
  /// A description does not fit the parts.
  case description(what: String, name: String)

  /// A clause: what and where.
  public var description: String {
    switch self {
    case .order(let what, let index): return "\(what) \(index) is out of order or listed twice"
    case .coreSize(let core, let what, let found, let allowed):
      return "core \(core) has \(found) \(what) where \(allowed) are allowed"
    case .code(let core, let column, let parameter, let found, let highest):
      return "core \(core) column \(column) has \(parameter) \(found), above \(highest)"
    case .register(let core, let what, let found, let allowed):
      return "core \(core) has \(what) \(found), not in \(allowed.lowerBound) to"
        + " \(allowed.upperBound)"
    case .weight(let core, let row, let column, let found, let largest):
      return "core \(core) row \(row) column \(column) has weight \(found), above \(largest)"
    case .unused(let what, let core): return "\(what) names core \(core), which is not in use there"
    case .notOnChip(let what, let needs): return "\(what) needs \(needs), which the chip lacks"
    case .group(let index, let fault): return "group \(index) \(fault)"
    case .microcode(let rule, let reason): return "in the learning rule '\(rule)' \(reason)"
    case .description(let what, let name): return "\(what) '\(name)' does not fit the image"
    }
  }
}
