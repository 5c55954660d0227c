// Column loops of the ideal chip, in double precision. There is no fused multiply-add in them:
// every instruction set gives the same bits.
#pragma once
#include <stdint.h>

// The exact solution of a circuit over some part of a tick.
typedef struct {
  double membrane;                          // what is left of the distance to rest
  double excitatory, inhibitory;            // what is left of a current
  double excitatory_jump, inhibitory_jump;  // volts that a current of one step of weight makes
} synapus_ideal_part;

// The circuits of a core at one moment, by column: volts, and currents in steps of weight.
typedef struct {
  double *membrane, *excitatory, *inhibitory;
} synapus_ideal_circuits;

// Columns first..<end.
typedef struct {
  int32_t first, end;
} synapus_ideal_columns;

// Lets the circuits decay from `before` to `after`, which lie apart.
void synapus_ideal_decay(
    const synapus_ideal_part *tick, const double *rest, synapus_ideal_circuits before,
    synapus_ideal_circuits after, synapus_ideal_columns columns);

// Adds an event to the circuits at the tick's end; `left` is the part of the tick after the event,
// and the rows are the weights of its row pair in steps.
void synapus_ideal_add(
    const synapus_ideal_part *left, const double *excitatory_row, const double *inhibitory_row,
    synapus_ideal_circuits after, synapus_ideal_columns columns);

// Columns are looked at in blocks of so many.
#define SYNAPUS_IDEAL_BLOCK 16

// Lists the columns whose membrane reached the threshold, in ascending order; gives how many.
// `count` is a multiple of the block, and the list has room for so many.
int32_t synapus_ideal_reached(
    const double *membrane, const double *threshold, int32_t count, int32_t *list);

// Converts membranes to ADC codes, rounded to the nearest; returns how many were clipped.
int32_t synapus_ideal_convert(
    const double *membrane, int32_t count, double zero_volts, double lsb_volts,
    int32_t largest_code, uint8_t *codes);
