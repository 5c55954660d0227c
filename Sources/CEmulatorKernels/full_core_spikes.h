// The spikes of a full core over vectors of 16 circuits: when they come out, what the reset makes
// of the membrane, and what they leave behind. A part of `full_core_vector.h`.

// What a block's lanes had before the comparator, and where their membranes went.
typedef struct {
  F start, goal, pace, drift, growth, after, shift, sunk, adapting, held;
} KERNEL(tick);

// When the exponential term's closed form meets a rise of `need`, as a fraction of the free part;
// `straight` where the closed form has no answer.
INLINE F KERNEL(steep_crossing)(
    const float *c, const KERNEL(tick) * t, F need, F straight, F span) {
  F part = t->pace * span, steepness = OF(c, STEEPNESS), q = t->drift * steepness;
  q = ((q < (F)(1e-3f)) & (q > (F)(-1e-3f))) ? (F)(1e-3f) : q;
  F grown = t->growth / q;
  F ratio = ((F)(1.0f) + grown) / (KERNEL(v_exp)(-(need * steepness)) + grown);
  I solved = (ratio > (F)(1e-30f)) & (ratio < (F)(1e30f));
  F moment = KERNEL(v_log)(solved ? ratio : (F)(1.0f)) / q;
  // The leak holds back what the exponential term carries: to first order by k/4 times the square
  // of the time for which that term dominates.
  F size = q < (F)(0.0f) ? -q : q;
  F steep = moment / ((F)(1.0f) + size * moment);
  moment = moment + part * (F)(0.25f) * steep * steep;
  moment = KERNEL(v_largest)(KERNEL(v_least)(moment, (F)(1.0f)), (F)(0.0f));
  return solved ? moment : straight;
}

// When rising membranes meet their thresholds, as a fraction of the free part of the tick.
//
// With the exponential term from its closed form; without, by the straight path bent by the leak.
INLINE F KERNEL(crossing)(
    const synapus_full_core *core, const float *c, const KERNEL(tick) * t, F limit, F span) {
  F need = limit + t->sunk - t->start, distance = t->after - t->start + t->sunk;
  F straight = need < distance ? need / distance : (F)(1.0f);
  F bent = straight - straight * ((F)(1.0f) - straight) * (t->pace * span * (F)(0.5f));
  F crossed = KERNEL(v_largest)(bent, (F)(0.0f));
  if (core->exponential) {
    F steep = KERNEL(steep_crossing)(c, t, need, straight, span);
    crossed = OF(c, UPSWING) * span == (F)(0.0f) ? crossed : steep;
  }
  return need > (F)(0.0f) ? crossed : (F)(0.0f);
}

// When spikes come out, in 1/64 tick, and the potentials that the membranes have then.
typedef struct {
  F moment, top;
} KERNEL(spike);

INLINE KERNEL(spike) KERNEL(spike_of)(
    const synapus_full_core *core, const float *c, const KERNEL(tick) * t, F fuse) {
  F limit = OF(c, THRESHOLD) + (t->shift - t->sunk), span = (F)(64.0f) - t->held;
  F part = KERNEL(crossing)(core, c, t, limit, span * (F)(0.015625f));
  F crossed = KERNEL(v_least)(t->held + part * span, (F)(63.984375f));
  F moment = crossed + OF(c, DELAY);
  // A membrane that is released above its threshold fires from there.
  F top = KERNEL(v_largest)(limit + t->sunk * ((F)(1.0f) - part), t->start);
  F risen = top + (t->after - top) * ((moment - crossed) / ((F)(64.0f) - crossed));
  top = ((moment > crossed) & (t->after > top)) ? risen : top;
  F late = t->start + (t->after - t->start) * (fuse * (F)(0.015625f));
  I burns = fuse >= (F)(0.0f);
  return (KERNEL(spike)){burns ? fuse : moment, burns ? late : top};
}

// Where the reset leaves the membranes at the tick's end, and their means since the spikes.
typedef struct {
  F end, mean;
} KERNEL(reset);

INLINE KERNEL(reset) KERNEL(reset_of)(
    const synapus_full_core *core, const float *c, const KERNEL(tick) * t, F top, F rest) {
  F pull = OF(c, RESET_RATE), reset = OF(c, RESET), both = t->pace + pull;
  if (!core->pulling) return (KERNEL(reset)){reset, reset};
  F aim = (t->pace * t->goal + pull * reset) / both;
  F end = aim + (top - aim) * KERNEL(v_exp)(-(both * rest));
  end = KERNEL(v_least)(KERNEL(v_largest)(end, (F)(core->rail_low)), (F)(core->rail_high));
  I instant = pull == (F)(0.0f);
  return (KERNEL(reset)){
      instant ? reset : end, instant ? reset : (top + end) * (F)(0.5f)};
}

// The adaptation at the tick's end: along the path up to the spike, and since, plus the jump.
INLINE F KERNEL(adapted)(
    const float *c, const KERNEL(tick) * t, KERNEL(spike) spike, KERNEL(reset) reset, F rest) {
  F rise = (spike.top - t->start) * (F)(0.5f);
  // A path that bends upwards into a spike spends its time near its beginning.
  F bent = KERNEL(v_least)(rise, OF(c, SLOPE));
  rise = OF(c, UPSWING) > (F)(0.0f) ? bent : rise;
  F path = (t->start + rise) * ((F)(1.0f) - rest) + reset.mean * rest;
  F aim = OF(c, ADAPTATION) * (path - OF(c, REST));
  F x = OF(c, ADAPTATION_RATE) * rest, third = (F)(1.0f) - x * (F)(0.333333333f);
  F jump = OF(c, ADAPTATION_JUMP) * ((F)(1.0f) - x * ((F)(1.0f) - x * (F)(0.5f) * third));
  return (t->adapting + OF(c, ADAPTATION_LOSS) * (aim - t->adapting)) + jump;
}

// Fires lanes of a block, or lights the fuses of those whose comparators answer in the next tick.
TARGET static void KERNEL(fire)(
    const synapus_full_core *core, synapus_core_sample *sample, KERNEL(block) b,
    const KERNEL(tick) * t, I fired) {
  const float *c = b.constants;
  F fuse = FULL(b, FUSE);
  KERNEL(spike) spike = KERNEL(spike_of)(core, c, t, fuse);
  I lit = fired & (spike.moment < (F)(64.0f)), waits = fired & ~lit;
  F moment = lit ? spike.moment : (F)(0.0f), rest = ((F)(64.0f) - moment) * (F)(0.015625f);
  FULL(b, FUSE) = waits ? spike.moment - (F)(64.0f) : lit ? (F)(-1.0f) : fuse;
  KERNEL(reset) reset = KERNEL(reset_of)(core, c, t, spike.top, rest);
  F end = lit ? reset.end : (F)(0.0f);
  F rounded = end + (end < (F)(0.0f) ? (F)(-0.5f) : (F)(0.5f));
  F nearest = KERNEL(v_least)(moment + (F)(0.5f), (F)(63.0f));
  I phase = __builtin_convertvector(nearest, I);
  I left = __builtin_convertvector(OF(c, REFRACTORY), I) + phase - 64;
  STATE(b, MEMBRANE) = lit ? __builtin_convertvector(rounded, I) : STATE(b, MEMBRANE);
  STATE(b, REFRACTORY_LEFT) = lit ? left : STATE(b, REFRACTORY_LEFT);
  if (core->adapting) {
    F next = KERNEL(adapted)(c, t, spike, reset, rest);
    FULL(b, ADAPTING) = lit ? next : FULL(b, ADAPTING);
  }
  if (core->shifting) {
    F jump = OF(c, SHIFT_JUMP) * KERNEL(v_exp)(-(OF(c, SHIFT_RATE) * rest));
    FULL(b, SHIFT) = lit ? (t->shift - t->sunk) + jump : FULL(b, SHIFT);
  }
  for (uint32_t bits = KERNEL(bits_of)(lit); bits; bits &= bits - 1) {
    int32_t i = __builtin_ctz(bits);
    uint32_t stamp = (uint32_t)((const int32_t *)&phase)[i];
    sample->spikes[sample->spike_count++] = (uint32_t)(b.lane + i) << 8 | stamp;
  }
}
