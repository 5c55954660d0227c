// Never called: the processor has no such instructions.
#define ABSENT_NAME(name, suffix) name##_##suffix
#define ABSENT(name, suffix) ABSENT_NAME(name, suffix)

void ABSENT(synapus_digital_step, SUFFIX)(
    const synapus_digital_neurons *core, synapus_digital_state *state) {
  synapus_digital_step_portable(core, state);
}

int64_t ABSENT(synapus_digital_rows8, SUFFIX)(
    const synapus_digital_rows *rows, const uint32_t *axons, int32_t count, int32_t *sums,
    bool fresh, bool counts) {
  return synapus_digital_rows8_portable(rows, axons, count, sums, fresh, counts);
}

int64_t ABSENT(synapus_digital_rows16, SUFFIX)(
    const synapus_digital_rows *rows, const uint32_t *axons, int32_t count, int32_t *sums,
    bool fresh, bool counts) {
  return synapus_digital_rows16_portable(rows, axons, count, sums, fresh, counts);
}

void ABSENT(synapus_crossbar_step, SUFFIX)(
    const synapus_crossbar_neurons *core, synapus_crossbar_state *state) {
  synapus_crossbar_step_portable(core, state);
}
