import HardwareSpec

/// The grammar of digital cores.
extension ImageTextParser {
  mutating func digitalCore(_ chip: DigitalSpec) throws(ImageFormatError) -> DigitalCore {
    switch chip.neuron {
    case .currentBased: return .currentBased(try currentBasedCore())
    case .crossbar: return .crossbar(try crossbarCore(types: chip.axonTypes))
    }
  }

  private mutating func currentBasedCore() throws(ImageFormatError) -> CurrentBasedCore {
    var core = CurrentBasedCore.plain
    var line = try take("current-based")
    try line.fields(&core, CurrentBasedCore.fields)
    try line.end()
    let fields = CurrentBasedNeuron.fields
    while isNext("neuron") {
      core.neurons.append(try neuron(core.neurons.count, .plain, fields))
    }
    while isNext("synapses") { core.projections.append(try projectionOfDigitalCore()) }
    return core
  }

  private mutating func neuron<Neuron>(
    _ column: Int, _ plain: Neuron, _ fields: [NamedField<Neuron>]
  ) throws(ImageFormatError) -> Neuron {
    var line = try take("neuron")
    _ = try line.integer("the next column", in: column...column)
    var neuron = plain
    try line.fields(&neuron, fields)
    try line.end()
    return neuron
  }

  private mutating func projectionOfDigitalCore() throws(ImageFormatError) -> DigitalProjection {
    var projection = DigitalProjection.plain
    var line = try take("synapses")
    try line.fields(&projection, DigitalProjection.fields)
    try line.word("axons")
    let axons = try line.integer("a number of axons", in: 0...geometry.rowPairsPerCore)
    let delayed = try line.flag("delayed")
    let tagged = try line.flag("tagged")
    try line.end()
    for axon in 0..<axons {
      var line = try take("axon")
      _ = try line.integer("the next axon", in: axon...axon)
      try line.word("->")
      while !line.isAtEnd {
        try line.synapse(delayed: delayed, tagged: tagged, into: &projection)
      }
      projection.starts.append(UInt32(projection.targets.count))
    }
    return projection
  }

  private mutating func crossbarCore(types: Int) throws(ImageFormatError) -> CrossbarCore {
    var core = CrossbarCore.plain
    var line = try take("crossbar")
    try line.fields(&core, CrossbarCore.fields)
    try line.end()
    let fields = CrossbarNeuron.fields
    while isNext("neuron") {
      core.neurons.append(try neuron(core.neurons.count, .plain, fields))
    }
    while isNext("axon") {
      var line = try take("axon")
      let axon = core.axonTypes.count
      _ = try line.integer("the next axon", in: axon...axon)
      try line.word("type")
      core.axonTypes.append(UInt8(try line.integer("a type", in: 0...max(0, types - 1))))
      try line.word("->")
      var row: [UInt16] = []
      while !line.isAtEnd {
        row.append(UInt16(try line.integer("a column", in: 0...geometry.circuitsPerCore - 1)))
      }
      core.synapses.append(row)
    }
    return core
  }
}

extension ImageTextLine {
  /// Whether a word stands next; it is taken then.
  fileprivate mutating func flag(_ name: String) throws(ImageFormatError) -> Bool {
    guard isNext(name) else { return false }
    try word(name)
    return true
  }

  /// `target:weight`, and `:delay` and `:tag` where there are any.
  fileprivate mutating func synapse(
    delayed: Bool, tagged: Bool, into projection: inout DigitalProjection
  ) throws(ImageFormatError) {
    let place = self
    let parts = try anyWord("a synapse").split(separator: ":", omittingEmptySubsequences: false)
      .map { Int($0) }
    let count = 2 + (delayed ? 1 : 0) + (tagged ? 1 : 0)
    guard parts.count == count, let target = parts[0].flatMap({ UInt16(exactly: $0) }),
      let weight = parts[1].flatMap({ Int16(exactly: $0) })
    else { throw place.fault("a synapse as \(count) numbers joined by ':'") }
    projection.targets.append(target)
    projection.weights.append(weight)
    if delayed {
      guard let delay = parts[2].flatMap({ UInt8(exactly: $0) }) else {
        throw place.fault("a delay from 0 to 255")
      }
      projection.delays.append(delay)
    }
    if tagged {
      guard let tag = parts[count - 1].flatMap({ Int16(exactly: $0) }) else {
        throw place.fault("a tag")
      }
      projection.tags.append(tag)
    }
  }
}
