import ChipInterface
import Foundation

/// Differentiates the loss through the nominal model, with the chip's answers injected.
///
/// This is the reference, to be read; ``BackwardKernel`` is what training runs. Backwards in time,
/// with λ for the adjoint of each variable, g for the derivative by the scores (at the tick of each
/// score's ADC sample only) and r for the derivative by the spike count:
///
///     λo_t = g_t + a λo_{t+1}                          λJ_t = (1 − a) λo_t + b λJ_{t+1}
///     λv_t = σ′(v_t) (W₂ λJ_{t+1} + r) + (1 − s_t) a λv_{t+1}
///     λI_t = (1 − a) λv_t + b λI_{t+1}
///     dW₂ += s_t ⊗ λJ_{t+1}                            dW₁ += x_t ⊗ λI_{t+1}
///
/// Indices t + 1 stand where an event of tick t acts in tick t + 1. The reset only cuts the path.
public struct NominalBackward: Sendable {
  /// The model.
  public let model: NominalModel
  /// Weights from hidden neurons to outputs as the chip rounds them, all copies together,
  /// [hidden, output], in thresholds.
  public let outputWeights: [Double]

  /// Takes the model and the weights.
  public init(model: NominalModel, outputWeights: [Double]) {
    precondition(outputWeights.count == model.hidden.count * model.output.count, "weight count")
    (self.model, self.outputWeights) = (model, outputWeights)
  }

  /// The gradient of a mini-batch.
  public func gradient(of batch: InjectedBatch) -> Gradient {
    var gradient = Gradient(model: model)
    for sample in 0..<batch.count { add(sample, of: batch, to: &gradient) }
    return gradient
  }

  private func add(_ sample: Int, of batch: InjectedBatch, to gradient: inout Gradient) {
    let answer = SampleAnswer(sample, of: batch, model)
    let scores = ScoreGradient(answer, label: Int(batch.labels[sample]), batch: batch.count, model)
    gradient.loss += scores.loss
    gradient.correct += scores.isCorrect ? 1 : 0
    gradient.hiddenSpikes += answer.counts.reduce(0) { $0 + Int($1) }
    let (hidden, output) = (model.hidden, model.output)
    let (a, b) = (hidden.membraneDecay, hidden.currentDecay)
    let (c, d) = (output.membraneDecay, output.currentDecay)
    var lambdaO = Array(repeating: 0.0, count: output.count)
    var (lambdaJ, lambdaV) = (lambdaO, Array(repeating: 0.0, count: hidden.count))
    var lambdaI = lambdaV
    for t in stride(from: model.ticks - 1, through: 0, by: -1) {
      addOuter(answer.spikes[t], lambdaJ, to: &gradient.hidden)
      addOuter(answer.inputs[t], lambdaI, to: &gradient.input)
      for j in 0..<hidden.count {
        let spike = answer.spikes[t][j]
        let back = (0..<output.count).reduce(scores.count[j]) {
          $0 + outputWeights[j * output.count + $1] * lambdaJ[$1]
        }
        lambdaV[j] = answer.slope(t, j) * back + (spike > 0 ? 0 : a * lambdaV[j])
        lambdaI[j] = (1 - a) * lambdaV[j] + b * lambdaI[j]
      }
      for k in 0..<output.count {
        lambdaO[k] = (scores.tick[k] == t ? scores.score[k] : 0) + c * lambdaO[k]
        lambdaJ[k] = (1 - c) * lambdaO[k] + d * lambdaJ[k]
      }
    }
  }

  private func addOuter(_ rows: [Double], _ columns: [Double], to sum: inout [Double]) {
    for (i, x) in rows.enumerated() where x != 0 {
      for (j, y) in columns.enumerated() { sum[i * columns.count + j] += x * y }
    }
  }
}

/// One sample of a recording, laid out by tick.
struct SampleAnswer {
  /// Events in each tick, [tick][input], and spikes, [tick][hidden].
  let inputs, spikes: [[Double]]
  /// Spikes of each hidden neuron.
  let counts: [Double]
  /// ADC codes, [time][column].
  let codes: [[UInt8]]
  private let model: NominalModel

  init(_ sample: Int, of batch: InjectedBatch, _ model: NominalModel) {
    self.model = model
    inputs = Self.byTick(batch.inputs, sample, units: 0..<model.inputs, model)
    let units = model.hidden.firstUnit..<model.hidden.firstUnit + model.hidden.count
    let spikes = Self.byTick(batch.spikes, sample, units: units, model)
    self.spikes = spikes
    counts = (0..<model.hidden.count).map { j in spikes.reduce(0) { $0 + $1[j] } }
    let columns = model.adcColumns
    codes = (0..<model.adcTimes).map { time in
      let start = (sample * model.adcTimes + time) * columns
      return Array(batch.codes[start..<start + columns])
    }
  }

  /// σ′ of a hidden neuron at a tick; at a spike the membrane was at the threshold.
  func slope(_ t: Int, _ j: Int) -> Double {
    var potential = 0.0
    if let held = model.heldSample(atTick: t) {
      potential = (Double(codes[held][j]) - model.hidden.leakCode) / model.hidden.codesPerTheta
    }
    let distance = spikes[t][j] > 0 ? 0 : abs(potential - 1)
    let width = 1 + model.loss.steepness * distance
    return 1 / (width * width)
  }

  private static func byTick(
    _ batch: SpikeBatch, _ sample: Int, units: Range<Int>, _ model: NominalModel
  ) -> [[Double]] {
    var ticks = Array(
      repeating: Array(repeating: 0.0, count: units.count), count: model.ticks)
    for i in batch.range(ofSample: sample) where units.contains(Int(batch.units[i])) {
      ticks[Int(batch.cycles[i]) / model.cyclesPerTick][Int(batch.units[i]) - units.lowerBound] += 1
    }
    return ticks
  }
}

/// The loss of one sample and its derivatives by scores and spike counts.
struct ScoreGradient {
  /// The loss of the sample, divided by the samples of the batch.
  private(set) var loss = 0.0
  /// Whether the highest score is that of the label; of equal scores the first counts.
  let isCorrect: Bool
  /// The derivative by each output's score, and the tick at which that score was read.
  let score: [Double]
  let tick: [Int]
  /// The derivative by the spike count of each hidden neuron.
  let count: [Double]

  init(_ answer: SampleAnswer, label: Int, batch: Int, _ model: NominalModel) {
    let (settings, output) = (model.loss, model.output)
    let best = (0..<output.count).map { k in
      answer.codes.indices.reduce(0) {
        answer.codes[$1][model.hidden.count + k] > answer.codes[$0][model.hidden.count + k]
          ? $1 : $0
      }
    }
    tick = best.map { model.tick(ofSample: $0) }
    let scaled = best.enumerated().map { k, time in
      settings.readoutScale * (Double(answer.codes[time][model.hidden.count + k]) - output.leakCode)
        / output.codesPerTheta
    }
    let highest = scaled.max() ?? 0
    isCorrect = scaled.firstIndex(of: highest) == label
    let total = scaled.reduce(0) { $0 + exp($1 - highest) }
    let penalty = settings.readoutPenalty / Double(output.count)
    score = scaled.enumerated().map { k, s in
      let share = exp(s - highest) / total - (k == label ? 1 : 0)
      return settings.readoutScale * (share + 2 * penalty * s) / Double(batch)
    }
    let neurons = Double(model.hidden.count)
    count = answer.counts.map { 2 * settings.burstPenalty * $0 / (Double(batch) * neurons) }
    loss = log(total) - (scaled[label] - highest)
    loss += penalty * scaled.reduce(0) { $0 + $1 * $1 }
    loss += settings.burstPenalty * answer.counts.reduce(0) { $0 + $1 * $1 } / neurons
    loss /= Double(batch)
  }
}
