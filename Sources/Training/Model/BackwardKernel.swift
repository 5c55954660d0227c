import CTrainingKernels
import ChipInterface
import Dispatch

/// The vectorised backward pass: the gradient of ``NominalBackward`` in single precision.
///
/// The samples of a batch are summed in two halves, whatever the number of threads, and the halves
/// are added last: the result does not depend on the threads.
public final class BackwardKernel {
  /// The model.
  public let model: NominalModel
  /// Threads that share a batch: 1 or 2.
  public let threads: Int
  let inputPartials, hiddenPartials: [AlignedFloats]
  private let scratch: [AlignedFloats]
  private var settings: synapus_model

  /// Makes a kernel with its memory.
  public init(model: NominalModel, threads: Int = 2) {
    self.model = model
    self.threads = min(max(threads, 1), 2)
    settings = synapus_model(model)
    let (hidden, output) = (Int(settings.hidden.stride), Int(settings.output.stride))
    inputPartials = (0..<2).map { _ in AlignedFloats(count: model.inputs * hidden) }
    hiddenPartials = (0..<2).map { _ in AlignedFloats(count: model.hidden.count * output) }
    let floats = synapus_scratch_floats(&settings)
    scratch = (0..<2).map { _ in AlignedFloats(count: floats) }
  }

  /// The gradient of a mini-batch, as plain numbers; training uses ``accumulate(_:outputWeights:)``.
  ///
  /// `outputWeights` is [hidden, output] as in ``NominalBackward``.
  public func gradient(of batch: InjectedBatch, outputWeights: [Double]) -> Gradient {
    precondition(outputWeights.count == model.hidden.count * model.output.count, "weight count")
    let stride = Int(settings.hidden.stride)
    let transposed = AlignedFloats(count: model.output.count * stride)
    for j in 0..<model.hidden.count {
      for k in 0..<model.output.count {
        transposed.values[k * stride + j] = Float(outputWeights[j * model.output.count + k])
      }
    }
    (inputPartials + hiddenPartials).forEach { $0.fill(0) }
    let sums = accumulate(batch, outputWeights: transposed)
    var gradient = Gradient(model: model)
    (gradient.loss, gradient.correct) = (sums.loss, Int(sums.correct))
    gradient.hiddenSpikes = Int(sums.hidden_spikes)
    gradient.input = Self.sum(inputPartials, model.inputs, model.hidden.count)
    gradient.hidden = Self.sum(hiddenPartials, model.hidden.count, model.output.count)
    (inputPartials + hiddenPartials).forEach { $0.fill(0) }
    return gradient
  }

  /// Adds the gradients of a batch to the partial sums; `outputWeights` is [output, padded hidden].
  func accumulate(_ batch: InjectedBatch, outputWeights: AlignedFloats) -> synapus_sums {
    precondition(
      outputWeights.values.count >= model.output.count * Int(settings.hidden.stride), "weights")
    settings.batch = Int32(batch.count)
    nonisolated(unsafe) var sums = [synapus_sums(), synapus_sums()]
    let middle = (batch.count + 1) / 2
    batch.withKernelBatch { kernelBatch in
      nonisolated(unsafe) let (kernel, data, weights) = (self, kernelBatch, outputWeights)
      sums.withUnsafeMutableBufferPointer { buffer in
        nonisolated(unsafe) let results = buffer
        let half: @Sendable (Int) -> Void = { part in
          kernel.run(part == 0 ? 0..<middle : middle..<batch.count, part, data, weights, results)
        }
        if threads == 2 && batch.count > 1 {
          DispatchQueue.concurrentPerform(iterations: 2, execute: half)
        } else {
          (0..<2).forEach(half)
        }
      }
    }
    return synapus_sums(
      loss: sums[0].loss + sums[1].loss, correct: sums[0].correct + sums[1].correct,
      hidden_spikes: sums[0].hidden_spikes + sums[1].hidden_spikes)
  }

  private func run(
    _ samples: Range<Int>, _ part: Int, _ batch: synapus_batch, _ weights: AlignedFloats,
    _ results: UnsafeMutableBufferPointer<synapus_sums>
  ) {
    var (settings, batch, sums) = (settings, batch, synapus_sums())
    synapus_backward(
      &settings, &batch, Int32(samples.lowerBound), Int32(samples.upperBound), weights.pointer,
      inputPartials[part].pointer, hiddenPartials[part].pointer, scratch[part].pointer, &sums)
    results[part] = sums
  }

  private static func sum(_ partials: [AlignedFloats], _ rows: Int, _ columns: Int) -> [Double] {
    let stride = AlignedFloats.stride(columns)
    return (0..<rows * columns).map { i in
      let at = i / columns * stride + i % columns
      return Double(partials[0].values[at] + partials[1].values[at])
    }
  }
}

extension InjectedBatch {
  /// The batch as the kernels see it, while the closure runs.
  fileprivate func withKernelBatch(_ body: (synapus_batch) -> Void) {
    var batch = synapus_batch()
    inputs.withPointers { offsets, cycles, units in
      (batch.input_offsets, batch.input_cycles, batch.input_units) = (offsets, cycles, units)
      spikes.withPointers { offsets, cycles, units in
        (batch.spike_offsets, batch.spike_cycles, batch.spike_units) = (offsets, cycles, units)
        codes.withUnsafeBufferPointer { codes in
          labels.withUnsafeBufferPointer { labels in
            (batch.codes, batch.labels) = (codes.baseAddress, labels.baseAddress)
            body(batch)
          }
        }
      }
    }
  }
}

extension SpikeBatch {
  fileprivate func withPointers(
    _ body: (UnsafePointer<Int>?, UnsafePointer<UInt32>?, UnsafePointer<UInt32>?) -> Void
  ) {
    offsets.withUnsafeBufferPointer { offsets in
      cycles.withUnsafeBufferPointer { cycles in
        units.withUnsafeBufferPointer { units in
          body(offsets.baseAddress, cycles.baseAddress, units.baseAddress)
        }
      }
    }
  }
}

extension synapus_model {
  init(_ model: NominalModel) {
    self.init(
      inputs: Int32(model.inputs), hidden: synapus_layer(model.hidden, firstColumn: 0),
      output: synapus_layer(model.output, firstColumn: model.hidden.count),
      first_hidden_unit: Int32(model.hidden.firstUnit), ticks: Int32(model.ticks),
      cycles_per_tick: Int32(model.cyclesPerTick), adc_every: Int32(model.adcEvery),
      adc_times: Int32(model.adcTimes), adc_columns: Int32(model.adcColumns), batch: 1,
      steepness: Float(model.loss.steepness), readout_scale: Float(model.loss.readoutScale),
      readout_penalty: Float(model.loss.readoutPenalty),
      burst_penalty: Float(model.loss.burstPenalty))
  }
}

extension synapus_layer {
  fileprivate init(_ layer: NominalModel.Layer, firstColumn: Int) {
    self.init(
      count: Int32(layer.count), stride: Int32(AlignedFloats.stride(layer.count)),
      first_column: Int32(firstColumn), membrane_decay: Float(layer.membraneDecay),
      current_decay: Float(layer.currentDecay), leak_code: Float(layer.leakCode),
      codes_per_theta: Float(layer.codesPerTheta))
  }
}
