import ChipInterface

extension RecordingFile {
  /// The recording as numpy arrays.
  ///
  /// Sample `s` owns the spikes `spikes_offsets[s]:spikes_offsets[s + 1]`.
  public var npz: NPZFile {
    var entries = [
      NPZFile.Entry("spikes_offsets", NPYArray(.int64(spikes.offsets.map(Int64.init)))),
      NPZFile.Entry("spikes_times", NPYArray(.float64(seconds))),
      NPZFile.Entry("spikes_cycles", NPYArray(.int64(spikes.cycles.map(Int64.init)))),
      NPZFile.Entry("spikes_units", NPYArray(.int64(spikes.units.map(Int64.init)))),
      NPZFile.Entry("sample_numbers", NPYArray(.uint64(sampleNumbers))),
      NPZFile.Entry("populations_name", NPYArray(.text(populations.map(\.name)))),
      NPZFile.Entry(
        "populations_first_unit", NPYArray(.int64(populations.map { Int64($0.firstUnit) }))),
      NPZFile.Entry(
        "populations_count", NPYArray(.int64(populations.map { Int64($0.count) }))),
      NPZFile.Entry(
        "tick_seconds", NPYArray(shape: [], values: .float64([origin.tickSeconds]))),
      NPZFile.Entry(
        "duration_ticks", NPYArray(shape: [], values: .int64([Int64(durationTicks)]))),
    ]
    if let labels {
      entries.append(NPZFile.Entry("labels", NPYArray(.int64(labels.map(Int64.init)))))
    }
    if let adc {
      entries.append(
        NPZFile.Entry(
          "adc_codes",
          NPYArray(shape: [adc.samples, adc.times, adc.columns], values: .uint8(adc.codes))))
    }
    return NPZFile(entries)
  }
}
