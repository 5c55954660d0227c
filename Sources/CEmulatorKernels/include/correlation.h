// The correlation sensors' pairs: one call for each event of a row or spike of a column.
// The readable twin is Sources/Emulator/Sensors/CorrelationReference.swift.
#pragma once
#include <stdint.h>

// No event yet: before every time.
#define SYNAPUS_NEVER INT32_MIN

// The sensors of one sign along one row, or one column: numbers by position.
typedef struct {
  const float *rate;       // 1 / time constant, per 1/64 tick, times log2(e)
  const float *amplitude;  // charge of a pair at no distance, 2^-16 codes
  uint32_t *charge;        // 2^-16 codes
} synapus_sensor_line;

// Adds a pair to each sensor of a row whose column fired at or after the row's last event
// (`since`), the last spike counting; times are in 1/64 tick, `count` a multiple of 16.
void synapus_sense_event(
    synapus_sensor_line line, const int32_t *spikes, int32_t since, int32_t time, uint32_t largest,
    int32_t count);

// Adds a pair to each sensor of a column whose row had an event after the column's last spike
// (`since`); `events` holds the last event of each row.
void synapus_sense_spike(
    synapus_sensor_line line, const int32_t *events, int32_t since, int32_t time,
    uint32_t largest, int32_t count);
