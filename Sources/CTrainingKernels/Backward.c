// The backward pass over the nominal model, neurons in lanes.
//
// lo, lI2 (output) and lv, lI (hidden) obey, from the last tick to the first,
//   lo_t  = g_t + a lo_{t+1}                    lI2_t = (1 - a) lo_t + b lI2_{t+1}
//   lv_t  = sigma'(v_t) (W2 lI2_{t+1} + r) + (1 - s_t) a lv_{t+1}
//   lI_t  = (1 - a) lv_t + b lI_{t+1}
//   dW2  += s_t (x) lI2_{t+1}                   dW1 += x_t (x) lI_{t+1}
// because an event of tick t acts on its targets in tick t + 1.
// W2 lI2 is not formed as a product at every tick: the filters are linear and common to all
// outputs, so W2 g is filtered instead, which costs one row per output and sample.
#include "CTrainingKernels.h"

#include <math.h>
#include <string.h>

#include "Clones.h"

#pragma STDC FP_CONTRACT OFF

/// The variables of one sample, one float a lane.
typedef struct {
  float *filtered, *projected;  // W2 lo and W2 lI2
  float *current, *membrane;    // lI and lv
  float *slope, *burst;         // sigma'(v) and r
  float *output_membrane, *output_current;
  float *score, *score_gradient;
  int32_t *peak;
} lanes;

size_t synapus_scratch_floats(const synapus_model *model) {
  return 6 * (size_t)model->hidden.stride + 5 * (size_t)model->output.stride;
}

SYNAPUS_INLINE lanes divide(const synapus_model *model, float *scratch) {
  const size_t h = (size_t)model->hidden.stride, o = (size_t)model->output.stride;
  float *const outputs = scratch + 6 * h;
  return (lanes){
      scratch,         scratch + h, scratch + 2 * h, scratch + 3 * h, scratch + 4 * h,
      scratch + 5 * h, outputs,     outputs + o,     outputs + 2 * o, outputs + 3 * o,
      (int32_t *)(outputs + 4 * o)};
}

/// The score of each output: its highest ADC sample, in thresholds, and the tick of that sample.
SYNAPUS_INLINE void read_scores(const synapus_model *model, const uint8_t *codes, lanes lane) {
  const synapus_layer *const output = &model->output;
  for (int32_t k = 0; k < output->count; k++) {
    int32_t best = 0;
    for (int32_t i = 1; i < model->adc_times; i++) {
      const uint8_t *const column = codes + output->first_column + k;
      if (column[i * model->adc_columns] > column[best * model->adc_columns]) best = i;
    }
    const uint8_t code = codes[best * model->adc_columns + output->first_column + k];
    lane.score[k] = ((float)code - output->leak_code) / output->codes_per_theta;
    lane.peak[k] = (best + 1) * model->adc_every - 1;
  }
}

/// Cross entropy of the scaled scores and their penalty; sets the gradient of each score.
SYNAPUS_INLINE void differentiate_scores(
    const synapus_model *model, int32_t label, lanes lane, synapus_sums *sums) {
  const int32_t count = model->output.count;
  const double scale = (double)model->readout_scale;
  double highest = -INFINITY, total = 0, squares = 0;
  int32_t winner = 0;
  for (int32_t k = 0; k < count; k++) {
    const double scaled = scale * (double)lane.score[k];
    if (scaled > highest) winner = k;
    highest = fmax(highest, scaled);
    squares += scaled * scaled;
  }
  for (int32_t k = 0; k < count; k++) total += exp(scale * (double)lane.score[k] - highest);
  const double penalty = (double)model->readout_penalty / count;
  for (int32_t k = 0; k < count; k++) {
    const double scaled = scale * (double)lane.score[k];
    const double share = exp(scaled - highest) / total - (k == label);
    lane.score_gradient[k] = (float)(scale * (share + 2 * penalty * scaled) / model->batch);
  }
  const double own = scale * (double)lane.score[label] - highest;
  sums->loss += (log(total) - own + penalty * squares) / model->batch;
  sums->correct += winner == label;
}

/// The gradient that the number of a neuron's spikes adds at every tick.
SYNAPUS_INLINE void differentiate_counts(
    const synapus_model *model, const uint32_t *units, ptrdiff_t spikes, lanes lane,
    synapus_sums *sums) {
  const uint32_t count = (uint32_t)model->hidden.count;
  for (ptrdiff_t i = 0; i < spikes; i++) {
    const uint32_t neuron = units[i] - (uint32_t)model->first_hidden_unit;
    if (neuron >= count) continue;
    lane.burst[neuron] += 1;
    sums->hidden_spikes += 1;
  }
  const double weight = (double)model->burst_penalty / ((double)model->batch * count);
  double squares = 0;
  for (uint32_t j = 0; j < count; j++) {
    const double n = (double)lane.burst[j];
    squares += n * n;
    lane.burst[j] = (float)(2 * weight * n);
  }
  sums->loss += weight * squares;
}

/// sigma' of the membranes that ADC sample `index` found; before the first they are at rest.
SYNAPUS_INLINE void read_slopes(
    const synapus_model *model, const uint8_t *codes, int32_t index, float *restrict slope) {
  const synapus_layer *const hidden = &model->hidden;
  const uint8_t *const row =
      codes + (size_t)(index < 0 ? 0 : index) * model->adc_columns + hidden->first_column;
  const float scale = 1 / hidden->codes_per_theta, leak = hidden->leak_code;
  for (int32_t j = 0; j < hidden->count; j++) {
    const float v = index < 0 ? 0 : ((float)row[j] - leak) * scale;
    const float width = 1 + model->steepness * __builtin_fabsf(v - 1);
    slope[j] = 1 / (width * width);
  }
}

/// Moves all filters of the hidden lanes back by one tick.
SYNAPUS_INLINE void step_hidden(const synapus_model *model, lanes lane) {
  const float oa = model->output.membrane_decay, ob = model->output.current_decay;
  const float ha = model->hidden.membrane_decay, hb = model->hidden.current_decay;
  float *restrict filtered = __builtin_assume_aligned(lane.filtered, 64);
  float *restrict projected = __builtin_assume_aligned(lane.projected, 64);
  float *restrict current = __builtin_assume_aligned(lane.current, 64);
  float *restrict membrane = __builtin_assume_aligned(lane.membrane, 64);
  const float *restrict slope = __builtin_assume_aligned(lane.slope, 64);
  const float *restrict burst = __builtin_assume_aligned(lane.burst, 64);
  const int32_t stride = model->hidden.stride & ~15;
  for (int32_t j = 0; j < stride; j++) {
    const float back = (1 - oa) * filtered[j] + ob * projected[j];
    projected[j] = back;
    filtered[j] = oa * filtered[j];
    current[j] = (1 - ha) * membrane[j] + hb * current[j];
    membrane[j] = slope[j] * (back + burst[j]) + ha * membrane[j];
  }
}

/// Moves the filters of the output lanes back by one tick.
SYNAPUS_INLINE void step_output(const synapus_model *model, lanes lane) {
  const float a = model->output.membrane_decay, b = model->output.current_decay;
  for (int32_t k = 0; k < model->output.stride; k++) {
    lane.output_current[k] = (1 - a) * lane.output_membrane[k] + b * lane.output_current[k];
    lane.output_membrane[k] = a * lane.output_membrane[k];
  }
}

/// Adds the gradients of the scores that were read at `tick`.
SYNAPUS_INLINE void inject(
    const synapus_model *model, int32_t tick, const float *weights, lanes lane) {
  const int32_t stride = model->hidden.stride;
  for (int32_t k = 0; k < model->output.count; k++) {
    if (lane.peak[k] != tick) continue;
    const float g = lane.score_gradient[k];
    const float *restrict row = weights + (size_t)k * stride;
    float *restrict filtered = lane.filtered;
    for (int32_t j = 0; j < stride; j++) filtered[j] += g * row[j];
    lane.output_membrane[k] += g;
  }
}

SYNAPUS_INLINE void add_row(float *restrict sum, const float *restrict row, int32_t stride) {
  stride &= ~15;
  for (int32_t j = 0; j < stride; j++) sum[j] += row[j];
}

/// The spikes of tick `t`: their membrane was at the threshold, and the reset cuts what follows.
SYNAPUS_INLINE ptrdiff_t take_spikes(
    const synapus_model *model, const synapus_batch *batch, ptrdiff_t first, ptrdiff_t last,
    int32_t t, lanes lane, float *gradient) {
  const uint32_t start = (uint32_t)t * (uint32_t)model->cycles_per_tick;
  const int32_t stride = model->output.stride;
  while (last > first && batch->spike_cycles[last - 1] >= start) {
    last--;
    const uint32_t j = batch->spike_units[last] - (uint32_t)model->first_hidden_unit;
    if (j >= (uint32_t)model->hidden.count) continue;
    lane.membrane[j] = lane.projected[j] + lane.burst[j];
    add_row(gradient + (size_t)j * stride, lane.output_current, stride);
  }
  return last;
}

/// The input events of tick `t`.
SYNAPUS_INLINE ptrdiff_t take_inputs(
    const synapus_model *model, const synapus_batch *batch, ptrdiff_t first, ptrdiff_t last,
    int32_t t, lanes lane, float *gradient) {
  const uint32_t start = (uint32_t)t * (uint32_t)model->cycles_per_tick;
  const int32_t stride = model->hidden.stride;
  while (last > first && batch->input_cycles[last - 1] >= start) {
    const uint32_t i = batch->input_units[--last];
    if (i >= (uint32_t)model->inputs) continue;
    add_row(gradient + (size_t)i * stride, lane.current, stride);
  }
  return last;
}

/// The tick after which no gradient flows: the last score read, or the end if spikes are counted.
SYNAPUS_INLINE int32_t last_tick(const synapus_model *model, lanes lane) {
  if (model->burst_penalty != 0) return model->ticks - 1;
  int32_t last = 0;
  for (int32_t k = 0; k < model->output.count; k++)
    last = lane.peak[k] > last ? lane.peak[k] : last;
  return last - 1;
}

SYNAPUS_INLINE void backward_sample(
    const synapus_model *model, const synapus_batch *batch, int32_t sample, const float *weights,
    float *input_gradient, float *hidden_gradient, lanes lane, synapus_sums *sums) {
  const ptrdiff_t input_start = batch->input_offsets[sample];
  const ptrdiff_t spike_start = batch->spike_offsets[sample];
  ptrdiff_t input_end = batch->input_offsets[sample + 1];
  ptrdiff_t spike_end = batch->spike_offsets[sample + 1];
  const uint8_t *const codes =
      batch->codes + (size_t)sample * model->adc_times * model->adc_columns;
  read_scores(model, codes, lane);
  differentiate_scores(model, batch->labels[sample], lane, sums);
  differentiate_counts(
      model, batch->spike_units + spike_start, spike_end - spike_start, lane, sums);
  const int32_t last = last_tick(model, lane);
  // Nothing before the first event can change a weight.
  while (spike_end > spike_start &&
         batch->spike_cycles[spike_end - 1] >= (uint32_t)(last + 1) * model->cycles_per_tick)
    spike_end--;
  while (input_end > input_start &&
         batch->input_cycles[input_end - 1] >= (uint32_t)(last + 1) * model->cycles_per_tick)
    input_end--;
  int32_t held = INT32_MAX;
  for (int32_t t = last; t >= 0 && (input_end > input_start || spike_end > spike_start); t--) {
    int32_t sampled = (t + 1) / model->adc_every - 1;
    sampled = sampled < model->adc_times ? sampled : model->adc_times - 1;
    if (sampled != held) read_slopes(model, codes, held = sampled, lane.slope);
    if ((t + 2) % model->adc_every == 0) inject(model, t + 1, weights, lane);
    step_output(model, lane);
    step_hidden(model, lane);
    spike_end =
        take_spikes(model, batch, spike_start, spike_end, t, lane, hidden_gradient);
    input_end = take_inputs(model, batch, input_start, input_end, t, lane, input_gradient);
  }
}

SYNAPUS_CLONES void synapus_backward(
    const synapus_model *model, const synapus_batch *batch, int32_t first, int32_t last,
    const float *output_weights, float *input_gradient, float *hidden_gradient, float *scratch,
    synapus_sums *sums) {
  const lanes lane = divide(model, scratch);
  for (int32_t sample = first; sample < last; sample++) {
    memset(scratch, 0, synapus_scratch_floats(model) * sizeof(float));
    backward_sample(
        model, batch, sample, output_weights, input_gradient, hidden_gradient, lane, sums);
  }
}
