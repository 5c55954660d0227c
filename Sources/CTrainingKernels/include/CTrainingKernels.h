#pragma once

#include <stddef.h>
#include <stdint.h>

/// The arithmetic of in-the-loop training, in single precision.
///
/// Every function sums in a fixed order, without fused multiply-add, so results repeat bit for
/// bit on every x86-64 machine. The short version of the backward pass to read is
/// `Sources/Training/Model/NominalBackward.swift`; tests hold the two together.

/// One layer of the nominal model.
typedef struct {
  /// Neurons, and floats of a padded row of neurons (a multiple of 16).
  int32_t count, stride;
  /// First column of the layer in an ADC row.
  int32_t first_column;
  /// Decay of membrane and synaptic current over one tick, exp(-1 / tau).
  float membrane_decay, current_decay;
  /// ADC code at rest, and codes for one threshold.
  float leak_code, codes_per_theta;
} synapus_layer;

/// The nominal model: inputs, one hidden layer that fires, one output layer that does not.
typedef struct {
  int32_t inputs;
  synapus_layer hidden, output;
  /// First recorded unit of the hidden layer.
  int32_t first_hidden_unit;
  /// Ticks of a sample, clock cycles of a tick.
  int32_t ticks, cycles_per_tick;
  /// ADC: ticks between samples, samples, columns of a row.
  int32_t adc_every, adc_times, adc_columns;
  /// Samples over which the loss is averaged.
  int32_t batch;
  /// Steepness of the surrogate derivative 1 / (1 + steepness |v - theta|)^2.
  float steepness;
  /// Factor on scores, weight of the mean squared scaled score, weight of the mean squared count.
  float readout_scale, readout_penalty, burst_penalty;
} synapus_model;

/// What the chip answered to a mini-batch. All offsets and units were checked by the caller.
typedef struct {
  const ptrdiff_t *input_offsets;
  const uint32_t *input_cycles, *input_units;
  const ptrdiff_t *spike_offsets;
  const uint32_t *spike_cycles, *spike_units;
  /// ADC codes [sample, time, column].
  const uint8_t *codes;
  /// Class of each sample, in 0..<output.count.
  const int32_t *labels;
} synapus_batch;

/// Sums over the samples of one call.
typedef struct {
  double loss;
  int64_t correct;
  int64_t hidden_spikes;
} synapus_sums;

/// Floats of scratch memory that one call of `synapus_backward` needs.
size_t synapus_scratch_floats(const synapus_model *model);

/// Adds the gradients of samples `first..<last` to `input_gradient` [input, hidden.stride] and
/// `hidden_gradient` [hidden, output.stride].
///
/// `output_weights` is the weight between hidden and output, transposed: [output, hidden.stride].
void synapus_backward(
    const synapus_model *model, const synapus_batch *batch, int32_t first, int32_t last,
    const float *output_weights, float *input_gradient, float *hidden_gradient, float *scratch,
    synapus_sums *sums);

/// Settings of one Adam step (Kingma and Ba, 2015).
typedef struct {
  float rate, beta1, beta2, epsilon;
  /// 1 - beta1^step and 1 - beta2^step.
  float correction1, correction2;
  /// Weights are clipped to +- this.
  float largest;
} synapus_adam_step;

/// One Adam step on `count` weights with the sum of two partial gradients times `gain`; the
/// partial gradients are set to zero for the next batch.
void synapus_adam(
    const synapus_adam_step *step, size_t count, float gain, float *weights, float *mean,
    float *square, float *partial0, float *partial1);

/// Rounds weights [row, stride] to whole steps within +- `largest`, each copy of a row with its own
/// offset ((r + 0.5) / copies - 0.5): `steps` is [row * copies + copy, columns].
void synapus_round(
    const float *weights, int32_t rows, int32_t columns, int32_t stride, int32_t copies,
    float steps_per_weight, float largest, int8_t *steps);

/// The weight that all copies of a row have together, transposed: [column, effective_stride].
void synapus_sum_copies(
    const int8_t *steps, int32_t rows, int32_t columns, int32_t copies, float weight_per_step,
    float *effective, int32_t effective_stride);
