import ChipInterface
import HardwareSpec
import NIR

extension Compiler {
  /// Compiles a NIR graph for a digital chip: by way of registers, which are then placed as those
  /// of a register file are.
  static func compileDigital(
    _ graph: NIRGraph, name: String, _ digital: DigitalSpec, _ options: CompileOptions
  ) throws(CompilerError) -> Compilation {
    var log = CompileLog(network: name, options)
    let options = options.withStep(of: graph, &log)
    let network = try lowered(graph, name: name, options, &log)
    try options.checkNames(network)
    var image: ChipImage
    switch digital.neuron {
    case .currentBased: image = try currentBased(network, digital, options, &log)
    case .crossbar: image = try crossbar(network, digital, options, &log)
    }
    image.io.coding = options.coding
    let fires = network.populations.first { $0.name == network.readout }?.fires ?? true
    image.io.readout =
      options.readout
      ?? ReadoutRule(
        population: network.readout, measure: fires ? .mostSpikes : .highestPotential)
    try image.checked(on: options.spec)
    try log.stopAtMisfits()
    return Compilation(image: image, report: log.report, scales: [], spec: options.spec)
  }

  private static func registers(
    _ body: RegisterNetwork.Body, _ network: SpikingNetwork, _ options: CompileOptions
  ) -> RegisterNetwork {
    var registers = RegisterNetwork(
      name: network.name, steps: options.durationTicks, body: body)
    registers.stepSeconds = options.dt / Double(options.ticksPerStep)
    return registers
  }

  private static func currentBased(
    _ network: SpikingNetwork, _ digital: DigitalSpec, _ options: CompileOptions,
    _ log: inout CompileLog
  ) throws(CompilerError) -> ChipImage {
    if !(1...digital.largestRefractoryCount).contains(options.refractoryTicks) {
      log.add(
        .refractory(needed: options.refractoryTicks, available: digital.largestRefractoryCount))
    }
    var legalisation = CurrentBasedLegalisation(network, digital, options)
    let body = legalisation.registers(&log)
    try log.stopAtMisfits()
    let registers = registers(.currentBased(body), network, options)
    let image = try RegisterCompilation(registers, options).image(of: body, &log)
    for (index, quality) in legalisation.qualities.enumerated() {
      log.setQuality(
        ofLayer: index, signalToNoise: quality.signalToNoise, scale: quality.weightPerStep)
    }
    return image
  }

  private static func crossbar(
    _ network: SpikingNetwork, _ digital: DigitalSpec, _ options: CompileOptions,
    _ log: inout CompileLog
  ) throws(CompilerError) -> ChipImage {
    let result = CrossbarLegalisation(network, digital, options).cores(&log)
    try log.stopAtMisfits()
    guard let result else { throw .doesNotFit(log.report) }
    let registers = registers(.crossbar(result.body), network, options)
    var image = try RegisterCompilation(registers, options).image(of: result.body, &log)
    let cores = options.spec.geometry.cores
    image.io.populations = zip(network.populations, result.places).map { population, places in
      var ranges: [CircuitRange] = []
      for place in places {
        if let last = ranges.last, last.core == cores[place.core],
          last.firstColumn + last.count == place.column
        {
          ranges[ranges.count - 1].count += 1
        } else {
          ranges.append(
            CircuitRange(core: cores[place.core], firstColumn: place.column, count: 1))
        }
      }
      return Population(name: population.name, ranges: ranges)
    }
    return image
  }
}
