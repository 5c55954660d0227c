import NIR

/// The parameters of a population's neurons, as far as its node has them.
struct NeuronParameters {
  /// Membrane time constant; nil for a neuron without leak, or without memory.
  var membraneTime: NIRTensor?
  var synapticTime: NIRTensor?
  /// R; nil: 1.
  var resistance: NIRTensor?
  var inputWeight: NIRTensor?
  var leak, threshold, reset: NIRTensor?
  /// Whether the neuron holds nothing: it compares what it gets in one step.
  var isMemoryless = false

  init?(_ node: NIRNode) {
    switch node {
    case .lif(let lif):
      (membraneTime, resistance, leak) = (lif.tau, lif.r, lif.vLeak)
      (threshold, reset) = (lif.vThreshold, lif.vReset)
    case .li(let li): (membraneTime, resistance, leak) = (li.tau, li.r, li.vLeak)
    case .cubaLIF(let lif):
      (membraneTime, synapticTime, resistance) = (lif.tauMem, lif.tauSyn, lif.r)
      (inputWeight, leak) = (lif.wIn, lif.vLeak)
      (threshold, reset) = (lif.vThreshold, lif.vReset)
    case .cubaLI(let li):
      (membraneTime, synapticTime, resistance) = (li.tauMem, li.tauSyn, li.r)
      (inputWeight, leak) = (li.wIn, li.vLeak)
    case .i(let integrator): resistance = integrator.r
    case .if(let neurons):
      (resistance, threshold, reset) = (neurons.r, neurons.vThreshold, neurons.vReset)
    case .threshold(let comparison): (threshold, isMemoryless) = (comparison.threshold, true)
    default: return nil
    }
  }

  /// Integrators that nobody wrote down: a weight of 1 is a jump of the potential by 1.
  init(summing options: CompileOptions) {
    resistance = NIRTensor(shape: [], values: [1 / options.dt], elementType: .float64)
  }

  /// The name of what scales the input, for people.
  var driveName: String { inputWeight == nil ? "r" : "r * w_in" }

  func drive(_ i: Int) -> Double { (resistance?.value(i) ?? 1) * (inputWeight?.value(i) ?? 1) }

  /// The values of every tensor are one, or one a neuron.
  func tensorCounts() -> [Int] {
    [membraneTime, synapticTime, resistance, inputWeight, leak, threshold, reset]
      .compactMap { $0?.values.count }
  }
}

extension SpikingNeuron {
  /// One event of weight 1 lasts one step, so its charge is `R · w_in` in potential × steps; a
  /// neuron without leak gains `R · w_in · dt`.
  init(_ i: Int, _ parameters: NeuronParameters, bias: Double, _ options: CompileOptions) {
    let ticks = Double(options.ticksPerStep)
    let drive = parameters.drive(i)
    let leak = parameters.leak?.value(i) ?? 0
    let reset = options.reset == .file ? parameters.reset?.value(i) ?? 0 : 0
    var (membrane, charge, shift) = (0.0, drive, drive * bias)
    if let time = parameters.membraneTime {
      (membrane, charge) = (time.value(i) / options.dt * ticks, drive * ticks)
    } else if !parameters.isMemoryless {
      (membrane, charge) = (.infinity, drive * options.dt)
      shift = charge * bias / ticks
    }
    let rest = leak + (membrane.isFinite ? shift : 0)
    self.init(
      membraneTicks: membrane,
      synapticTicks: parameters.synapticTime.map { $0.value(i) / options.dt * ticks },
      leak: leak, biasShift: shift, threshold: parameters.threshold?.value(i) ?? rest + 1,
      reset: parameters.threshold == nil ? rest : reset, chargePerWeight: charge)
  }
}
