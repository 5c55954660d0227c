// The column loops of the ideal chip: plain loops that the compiler vectorises for each
// instruction set.
#include "ideal_core.h"
#include "clones.h"

// A fused multiply-add rounds once where two instructions round twice.
#pragma STDC FP_CONTRACT OFF

CLONES void synapus_ideal_decay(
    const synapus_ideal_part *tick, const double *rest, synapus_ideal_circuits before,
    synapus_ideal_circuits after, synapus_ideal_columns columns) {
  const synapus_ideal_part p = *tick;
  const double *v = before.membrane, *e = before.excitatory, *i = before.inhibitory;
  double *restrict v_after = after.membrane;
  double *restrict e_after = after.excitatory;
  double *restrict i_after = after.inhibitory;
  for (int32_t c = columns.first; c < columns.end; c++) {
    v_after[c] = rest[c] + (v[c] - rest[c]) * p.membrane + e[c] * p.excitatory_jump
        + i[c] * p.inhibitory_jump;
    e_after[c] = e[c] * p.excitatory;
    i_after[c] = i[c] * p.inhibitory;
  }
}

CLONES void synapus_ideal_add(
    const synapus_ideal_part *left, const double *excitatory_row, const double *inhibitory_row,
    synapus_ideal_circuits after, synapus_ideal_columns columns) {
  const synapus_ideal_part p = *left;
  double *restrict v = after.membrane;
  double *restrict e = after.excitatory;
  double *restrict i = after.inhibitory;
  for (int32_t c = columns.first; c < columns.end; c++) {
    e[c] += excitatory_row[c] * p.excitatory;
    i[c] += inhibitory_row[c] * p.inhibitory;
    v[c] += excitatory_row[c] * p.excitatory_jump + inhibitory_row[c] * p.inhibitory_jump;
  }
}

CLONES int32_t synapus_ideal_reached(
    const double *membrane, const double *threshold, int32_t count, int32_t *list) {
  int32_t found = 0;
  for (int32_t first = 0; first < count; first += SYNAPUS_IDEAL_BLOCK) {
    const double *v = membrane + first, *limit = threshold + first;
    int32_t any = 0;
    for (int32_t c = 0; c < SYNAPUS_IDEAL_BLOCK; c++) any |= v[c] >= limit[c];
    if (!any) continue;
    for (int32_t c = 0; c < SYNAPUS_IDEAL_BLOCK; c++) {
      list[found] = first + c;
      found += v[c] >= limit[c];
    }
  }
  return found;
}

CLONES int32_t synapus_ideal_convert(
    const double *membrane, int32_t count, double zero_volts, double lsb_volts,
    int32_t largest_code, uint8_t *codes) {
  int32_t clipped = 0;
  double beyond = largest_code + 1;
  for (int32_t c = 0; c < count; c++) {
    double read = (membrane[c] - zero_volts) / lsb_volts + 0.5;
    clipped += !(read >= 0 && read < beyond);
    codes[c] = (uint8_t)(int32_t)(read >= beyond ? largest_code : read >= 0 ? read : 0);
  }
  return clipped;
}
