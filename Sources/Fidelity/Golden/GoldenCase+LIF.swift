import ChipInterface
import Compiler

extension GoldenCase {
  /// Reads `loihi-lif-golden-1`: layers behind each other, each with or without recurrence.
  init(lif file: GoldenObject) throws(GoldenError) {
    let steps = try Self.steps(file)
    let (inputs, channels) = try Self.spikes("input_spikes", file, steps: steps)
    var layers = LIFLayers(steps: steps, inputs: channels)
    for layer in try file.objects("layers") { try layers.append(layer) }
    let network = RegisterNetwork(
      name: "golden", steps: steps,
      body: .currentBased(
        CurrentBasedNetwork(
          inputCount: channels, populations: layers.populations, projections: layers.projections)))
    self.init(
      model: layers.models.joined(separator: "+"), steps: steps, inputs: inputs,
      runs: [
        Run(
          target: .emulated, network: network, expectations: layers.expectations,
          storedWeights: layers.storedWeights)
      ])
  }

  /// Reads `loihi-nengo-lif-golden-1`: one population with refractory counters.
  init(nengo file: GoldenObject) throws(GoldenError) {
    let steps = try Self.steps(file)
    let (inputs, channels) = try Self.spikes("input_spikes", file, steps: steps)
    let count = try file.array("du", [nil]).shape[0]
    let weights = try ShiftedWeights(file, receivers: count, senders: channels)
    var projection = RegisterProjection(
      name: "weights", source: nil, target: "neurons", weights: weights.mantissas)
    (projection.weightBits, projection.signMode) = (9, .mixed)
    projection.weightExponent = weights.exponent
    let population = RegisterPopulation(
      name: "neurons", neurons: try Self.nengoNeurons(file, count),
      lowestVoltage: Int32(try file.integer("vmin", -(1 << 24)...0)))
    var expectations: [GoldenExpectation] = []
    for (name, register) in LIFLayers.recorded {
      expectations.append(
        GoldenExpectation(
          name: name, register: register, place: .neurons(population: 0),
          numbers: try file.array(name, [steps, count])))
    }
    let body = CurrentBasedNetwork(
      inputCount: channels, populations: [population], projections: [projection])
    self.init(
      model: "nengo-lif", steps: steps, inputs: inputs,
      runs: [
        Run(
          target: .emulated,
          network: RegisterNetwork(name: "golden", steps: steps, body: .currentBased(body)),
          expectations: expectations)
      ])
  }

  private static func nengoNeurons(
    _ file: GoldenObject, _ count: Int
  ) throws(GoldenError) -> [CurrentBasedNeuron] {
    let du = try file.each("du", count, 0...4095)
    let dv = try file.each("dv", count, 0...4095)
    let vth = try file.each("vth", count, LIFLayers.thresholds)
    let bias = try file.each("bias", count, -(1 << 23)...1 << 23)
    let refractory = try file.each("refract_delay", count, 0...255)
    var neurons: [CurrentBasedNeuron] = []
    for i in 0..<count {
      let (mantissa, exponent) = try split(bias[i])
      neurons.append(
        CurrentBasedNeuron(
          currentDecay: UInt16(du[i]), voltageDecay: UInt16(dv[i]), threshold: Int32(vth[i]),
          biasMantissa: mantissa, biasExponent: exponent, refractoryCount: UInt8(refractory[i])))
    }
    return neurons
  }

  /// A bias as a mantissa of 13 bits and the smallest exponent.
  private static func split(_ bias: Int) throws(GoldenError) -> (Int16, Int8) {
    for exponent in 0...7 where (-4096...4095).contains(bias >> exponent) {
      if (bias >> exponent) << exponent == bias { return (Int16(bias >> exponent), Int8(exponent)) }
    }
    throw .notExpressible(
      key: "bias", value: Double(bias), needed: "a mantissa of 13 bits, shifted by up to 7")
  }
}

/// Weights that an exponent brings into the range of the chip's.
private struct ShiftedWeights {
  private(set) var mantissas: [[Int]] = []
  private(set) var exponent = 0

  init(_ file: GoldenObject, receivers: Int, senders: Int) throws(GoldenError) {
    let weights = try file.integers("weights", [receivers, senders], -(1 << 20)...1 << 20)
    let fitting = (0...7).first { exponent in
      weights.allSatisfy {
        (-256...255).contains($0 >> exponent) && ($0 >> exponent) << exponent == $0
      }
    }
    guard let fitting else {
      let largest = weights.max { $0.magnitude < $1.magnitude } ?? 0
      throw .notExpressible(
        key: "weights", value: Double(largest), needed: "-256 to 255, shifted by up to 7")
    }
    exponent = fitting
    mantissas = GoldenArray.rows(weights.map { $0 >> fitting }, columns: senders)
  }
}

/// Collects the layers of a file.
private struct LIFLayers {
  static let recorded: [(name: String, register: RegisterProbe.Register)] = [
    ("u", .current), ("v", .voltage), ("spikes", .spike),
  ]
  static let thresholds = -(1 << 17) + 1...(1 << 17) - 1
  private static let state = -(1 << 23)...1 << 23

  private(set) var populations: [RegisterPopulation] = []
  private(set) var projections: [RegisterProjection] = []
  private(set) var expectations: [GoldenExpectation] = []
  private(set) var storedWeights: [(name: String, projection: Int, weights: [Int])] = []
  private(set) var models: [String] = []
  private let steps: Int
  private var below: (name: String?, count: Int)

  init(steps: Int, inputs: Int) { (self.steps, below) = (steps, (nil, inputs)) }

  mutating func append(_ layer: GoldenObject) throws(GoldenError) {
    let index = populations.count
    let name = "layer\(index)"
    let neurons = try Self.neurons(try layer.object("neuron"), &models)
    populations.append(RegisterPopulation(name: name, neurons: neurons))
    try append(try layer.object("dense_in"), from: below, to: (name, neurons.count))
    if layer.has("dense_rec") {
      try append(
        try layer.object("dense_rec"), from: (name, neurons.count), to: (name, neurons.count))
    }
    for (key, register) in Self.recorded {
      expectations.append(
        GoldenExpectation(
          name: layer.name(key), register: register, place: .neurons(population: index),
          numbers: try layer.array(key, [steps, neurons.count])))
    }
    below = (name, neurons.count)
  }

  private mutating func append(
    _ dense: GoldenObject, from source: (name: String?, count: Int), to target: (String, Int)
  ) throws(GoldenError) {
    let shape = [target.1, source.count]
    func table(_ key: String, _ range: ClosedRange<Int>) throws(GoldenError) -> [[Int]] {
      GoldenArray.rows(try dense.integers(key, shape, range), columns: source.count)
    }
    let delays = dense.has("delays") ? try table("delays", 0...63) : []
    var projection = RegisterProjection(
      name: "projection\(projections.count)", source: source.name, target: target.0,
      weights: try table("weights", -(1 << 20)...1 << 20), delays: delays)
    projection.weightBits = try dense.integer("num_weight_bits", 1...8, absent: 8)
    projection.weightExponent = try dense.integer("weight_exp", -8...7, absent: 0)
    projection.signMode = try SignMode(dense, "sign_mode")
    // Recorded layers send spikes without a value: one of −1 is a spike like any other.
    projection.subtractsNegativeSpikes = false
    if dense.has("effective_weights") {
      let weights = try dense.integers("effective_weights", shape, -256...255)
      storedWeights.append(
        (dense.name("effective_weights"), projections.count, weights))
    }
    projections.append(projection)
  }

  private static func neurons(
    _ neuron: GoldenObject, _ models: inout [String]
  ) throws(GoldenError) -> [CurrentBasedNeuron] {
    let model = try neuron.text("model")
    let known = ["lif", "reset", "ternary"]
    guard known.contains(model) else {
      throw .word(key: neuron.name("model"), found: String(model.prefix(40)), known: known)
    }
    models.append(model)
    let count = try neuron.integer("n", 1...1 << 16)
    var neurons = try plain(neuron, count, threshold: model == "ternary" ? "vth_hi" : "vth")
    if model == "ternary" {
      for (i, low) in try neuron.each("vth_lo", count, thresholds).enumerated() {
        neurons[i].lowThreshold = Int32(low)
      }
    }
    guard model == "reset" else { return neurons }
    let interval = try neuron.each("reset_interval", count, 0...65_535)
    let offset = try neuron.each("reset_offset", count, -1_000_000...1_000_000, absent: 0)
    for i in 0..<count where interval[i] > 0 {
      let place = ((offset[i] % interval[i]) + interval[i]) % interval[i]
      (neurons[i].resetInterval, neurons[i].resetOffset) = (UInt16(interval[i]), UInt16(place))
    }
    return neurons
  }

  private static func plain(
    _ neuron: GoldenObject, _ count: Int, threshold: String
  ) throws(GoldenError) -> [CurrentBasedNeuron] {
    let du = try neuron.each("du", count, 0...4095)
    let dv = try neuron.each("dv", count, 0...4095)
    let vth = try neuron.each(threshold, count, thresholds)
    let mantissa = try neuron.each("bias_mant", count, -4096...4095, absent: 0)
    let exponent = try neuron.each("bias_exp", count, -15...7, absent: 0)
    let u0 = try neuron.each("u0", count, state, absent: 0)
    let v0 = try neuron.each("v0", count, state, absent: 0)
    var neurons: [CurrentBasedNeuron] = []
    for i in 0..<count {
      var one = CurrentBasedNeuron(
        currentDecay: UInt16(du[i]), voltageDecay: UInt16(dv[i]), threshold: Int32(vth[i]))
      (one.biasMantissa, one.biasExponent) = (Int16(mantissa[i]), Int8(exponent[i]))
      (one.initialCurrent, one.initialVoltage) = (Int32(u0[i]), Int32(v0[i]))
      neurons.append(one)
    }
    return neurons
  }
}

extension SignMode {
  /// The sign mode that a file names, by word or by lava's number; nil: as the weights are.
  init?(_ object: GoldenObject, _ key: String) throws(GoldenError) {
    guard object.has(key) else { return nil }
    if let number = try? object.integer(key, 0...3) {
      guard number > 0 else { return nil }
      self = SignMode.allCases[number - 1]
      return
    }
    switch try object.text(key).lowercased() {
    case "mixed": self = .mixed
    case "excitatory": self = .excitatory
    case "inhibitory": self = .inhibitory
    case "null": return nil
    case let other:
      throw .word(
        key: object.name(key), found: String(other.prefix(40)),
        known: ["mixed", "excitatory", "inhibitory"])
    }
  }
}
