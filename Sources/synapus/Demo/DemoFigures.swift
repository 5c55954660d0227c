import Analysis
import ChipInterface
import Compiler
import Emulator
import HardwareSpec
import Training

/// The pictures of one task.
struct DemoFigures {
  let result: DemoResult
  let settings: DemoSettings
  let sample: DemoSample

  init(_ result: DemoResult, _ settings: DemoSettings) throws {
    (self.result, self.settings) = (result, settings)
    sample = try DemoSample(result, settings)
  }

  private var io: ImageIO { result.image.io }
  private var outputs: Int { result.task.shape.outputs }

  /// Accuracy by epoch: software, deployed, in the loop.
  var accuracy: AccuracyFigure {
    let report = result.report
    var figure = AccuracyFigure(
      software: report.quantisedCourse, deployed: report.deployedAccuracy ?? .nan,
      inTheLoop: report.loopAccuracy, chance: result.chance)
    if !report.floatCourse.isEmpty {
      figure.series.append(.init(name: "software, real weights", accuracies: report.floatCourse))
    }
    return figure
  }

  /// The gap, effect by effect.
  var gap: AccuracyGapFigure {
    let gap = result.report.gap
    let names = [
      "whole steps": "4-bit weights", "synapse": "synapse error", "mismatch": "circuit mismatch",
      "noise": "membrane noise", "jitter": "spike jitter", "adc": "ADC",
    ]
    return AccuracyGapFigure(
      software: gap.first?.accuracy ?? .nan,
      effects: gap.dropFirst().map { (names[$0.effect] ?? $0.effect, $0.accuracy) },
      deployed: result.report.deployedAccuracy ?? .nan,
      afterLoop: result.report.finalLoopAccuracy ?? .nan, chance: result.chance)
  }

  /// The sample's spikes on the device as deployed; the readout does not fire.
  var raster: SpikeRasterFigure {
    let inputs = SpikeRasterFigure.Population(
      name: "input", unitCount: result.task.shape.inputs, spikes: sample.inputSpikes)
    let others = zip(io.populations, io.unitOffsets).map { population, first in
      SpikeRasterFigure.Population(
        name: population.name, unitCount: population.count,
        spikes: sample.spikes(sample.deployed, of: first..<first + population.count))
    }
    return SpikeRasterFigure(
      title: "Test sample \(sample.number): spikes on the chip as deployed",
      populations: [inputs] + others, window: 0...sample.duration)
  }

  /// One hidden neuron, ideal and on the device.
  var membrane: MembraneTraceFigure {
    let unit = sample.unit
    func trace(_ name: String, _ recording: Recording, converted: Bool) -> MembraneTraceFigure.Trace
    {
      .init(
        name: name, membrane: sample.membrane(recording, traced: 0),
        samples: converted ? sample.converted(recording, unit: unit) : [],
        spikeTimes: sample.spikes(recording, of: unit..<unit + 1).map(\.time))
    }
    return MembraneTraceFigure(
      title: "Hidden neuron \(unit): ideal, and on this chip",
      traces: [
        trace("ideal", sample.ideal, converted: false),
        trace("this chip", sample.deployed, converted: true),
      ], levels: levels)
  }

  /// Threshold and reset of the neuron, as asked for and as drawn.
  private var levels: [MembraneTraceFigure.Level] {
    let circuit = sample.probe.circuits[sample.unit]
    guard let core = result.image.core(circuit.core) else { return [] }
    let nominal = NominalCircuit(core.circuits[circuit.column], on: settings.spec)
    let drawn = deviation(circuit)
    let distance = nominal.threshold - nominal.leak
    let leak = nominal.leak + drawn.leakShift * abs(distance)
    return [
      .init("threshold, ideal", sample.codes(nominal.threshold)),
      .init("threshold, here", sample.codes(leak + distance * drawn.thresholdDistance)),
      .init("reset, ideal", sample.codes(nominal.reset)),
      .init("reset, here", sample.codes(nominal.reset + drawn.resetShift * abs(distance))),
    ]
  }

  /// The readout's membranes: the classes that the three named, and the best of the others.
  func readout(_ title: String, _ recording: Recording) -> MembraneTraceFigure {
    MembraneTraceFigure(
      title: title,
      traces: shownClasses.map { output in
        .init(
          name: "class \(output)", membrane: sample.membrane(recording, traced: output + 1),
          samples: sample.converted(recording, unit: sample.probe.outputUnit + output))
      })
  }

  private var shownClasses: [Int] {
    let named = [sample.label, sample.deployedClass, sample.idealClass, sample.healedClass]
    let all = named + Array(0..<outputs)
    var shown: [Int] = []
    for output in all where !shown.contains(output) && shown.count < 3 { shown.append(output) }
    return shown.sorted()
  }

  private func deviation(_ circuit: CircuitOnChip) -> CircuitDeviation {
    settings.draw.deviation(core: circuit.core, column: circuit.column)
  }

  /// What this device drew for the circuits in use.
  var mismatch: MismatchFigure {
    let drawn = sample.probe.circuits.map(deviation)
    func parameter(
      _ name: String, _ label: String, target: Double = 1,
      _ value: (CircuitDeviation) -> Double
    ) -> MismatchFigure.Parameter {
      .init(name: name, axisLabel: label, values: drawn.map(value), target: target)
    }
    return MismatchFigure(
      title: "The draw of chip seed \(settings.chipSeed)",
      subtitle: "\(NumberText.count(drawn.count)) circuits in use, mismatch \(settings.mismatch)",
      parameters: [
        parameter("membrane time constant", "factor", \.membraneTime),
        parameter("synaptic time constant (exc.)", "factor", \.excitatoryTime),
        parameter("synaptic gain (exc.)", "factor", \.excitatoryGain),
        parameter("threshold − leak", "factor", \.thresholdDistance),
        parameter("leak potential", "% of (threshold − leak)", target: 0) {
          100 * $0.leakShift
        },
        parameter("ADC offset", "shift (codes)", target: 0, \.adcOffset),
      ])
  }

  /// The first layer as trained and as stored; each input drives several row pairs.
  var weights: WeightMatrixFigure? {
    guard let network = try? TrainableImage(result.image, on: settings.spec),
      let blocks = try? network.weightBlocks(result.weights, .rounded, on: settings.spec)
    else { return nil }
    let map = network.inputMap
    let (columns, rows) = (map.sourceCount * map.copies, map.targetCount)
    var stored = Array(repeating: 0.0, count: rows * columns)
    for (place, block) in zip(map.blocks, blocks) {
      guard case .steps(let steps) = block.values else { continue }
      for (i, step) in steps.enumerated() {
        let (pair, column) = i.quotientAndRemainder(dividingBy: place.columnCount)
        stored[(place.firstTarget + column) * columns + place.firstLine + pair] =
          Double(step) * network.inputThetaPerStep
      }
    }
    let trained = (0..<rows * columns).map { i in
      let (row, column) = i.quotientAndRemainder(dividingBy: columns)
      return Double(result.weights.input[column / map.copies * rows + row])
    }
    return WeightMatrixFigure(
      title: "First layer: trained weights, and their 4-bit steps", rows: rows, columns: columns,
      trained: trained, quantised: stored,
      // Weights are held within the range in single precision: none of them is beyond it.
      largest: Double(
        Float(network.inputThetaPerStep * Double(settings.spec.synapse.largestWeight))))
  }

  /// How much of the chip the network takes.
  var utilisation: UtilisationFigure? {
    let compiled = result.compilation
    guard let used = compiled.resources else { return nil }
    func row(_ name: String, _ usage: CompileReport.Usage) -> UtilisationFigure.Resource {
      .init(name, used: usage.used, available: usage.available)
    }
    return UtilisationFigure(
      title: "What the network takes of \(compiled.chip)",
      resources: [
        .init("cores", used: compiled.coresUsed, available: settings.spec.geometry.coreCount),
        row("neuron circuits", used.neurons), row("synapse rows", used.rows),
        row("synapses", used.synapses), row("axons", used.axons),
      ])
  }
}
