import ChipInterface
import NIR

extension RecordingFile {
  /// Writes the recording as HDF5, whole or not at all.
  public func write(to path: String) throws(RecordingError) {
    do throws(HDF5Error) {
      try document.write(to: path)
    } catch {
      throw RecordingError(error, file: path)
    }
  }

  /// Times of the spikes in hardware seconds.
  var seconds: [Double] { spikes.cycles.map { Double($0) * origin.cycleSeconds } }

  private var document: HDF5Document {
    var document = HDF5Document()
    addAttributes(to: &document)
    if let adc { add(adc, to: &document) }
    document.addGroup("/counters")
    for (name, path) in RunCounters.named {
      document.addAttribute(name, .integer(counters[keyPath: path]), to: "/counters")
    }
    document.addGroup("/energy")
    for (name, path) in EnergyUse.named {
      document.addAttribute(name, .number(energy[keyPath: path]), to: "/energy")
    }
    if let labels { document.add("/labels", .vector(.int64(labels.map(Int64.init)))) }
    addPopulations(to: &document)
    document.add(
      "/sample_numbers", .vector(.int64(sampleNumbers.map(Int64.init(bitPattern:)))))
    document.addGroup("/spikes")
    let (cycles, units) = (spikes.cycles.map(Int64.init), spikes.units.map(Int64.init))
    document.add("/spikes/cycles", .vector(.int64Lists(lists(cycles))))
    document.add("/spikes/times", .vector(.float64Lists(lists(seconds))))
    document.add("/spikes/units", .vector(.int64Lists(lists(units))))
    traces?.add(
      to: &document, samples: sampleNumbers.count, ticks: durationTicks,
      tickSeconds: origin.tickSeconds)
    return document
  }

  private func lists<Element>(_ elements: [Element]) -> HDF5Lists<Element> {
    HDF5Lists(offsets: spikes.offsets, elements: elements)
  }

  private func addAttributes(to document: inout HDF5Document) {
    let attributes: [(String, HDF5Array)] = [
      ("calibration_hash", .text(origin.calibrationHash)), ("chip", .text(origin.chip)),
      ("chip_kind", .text(origin.kind)),
      ("chip_seed", .integer(Int(bitPattern: UInt(origin.chipSeed)))),
      ("cycles_per_tick", .integer(origin.cyclesPerTick)),
      ("duration_ticks", .integer(durationTicks)), ("format", .text(Self.format)),
      ("format_version", .integer(Self.formatVersion)),
      ("hardware_seconds", .number(hardwareSeconds)), ("image_hash", .text(origin.imageHash)),
      ("spec_hash", .text(origin.specHash)), ("tick_seconds", .number(origin.tickSeconds)),
      ("trial_seed", .integer(Int(bitPattern: UInt(origin.trialSeed)))),
    ]
    document.addAttribute("effects", .vector(.strings(origin.effects)), to: "/")
    if let mismatch = origin.mismatch {
      document.addAttribute("mismatch", .number(mismatch), to: "/")
    }
    for (name, value) in attributes { document.addAttribute(name, value, to: "/") }
  }

  private func add(_ adc: ADCRecording, to document: inout HDF5Document) {
    document.addGroup("/adc")
    document.add(
      "/adc/codes",
      HDF5Array(shape: [adc.samples, adc.times, adc.columns], values: .uint8(adc.codes)))
    document.addAttribute("every_ticks", .integer(adc.everyTicks), to: "/adc/codes")
    document.addAttribute(
      "populations", .vector(.strings(adc.populations)), to: "/adc/codes")
  }

  private func addPopulations(to document: inout HDF5Document) {
    document.addGroup("/populations")
    document.add(
      "/populations/count", .vector(.int64(populations.map { Int64($0.count) })))
    document.add(
      "/populations/first_unit", .vector(.int64(populations.map { Int64($0.firstUnit) })))
    document.add("/populations/name", .vector(.strings(populations.map(\.name))))
  }

  static let format = "synapus-recording"
  static let formatVersion = 1
}

extension HDF5Array {
  static func integer(_ value: Int) -> HDF5Array {
    HDF5Array(shape: [], values: .int64([Int64(value)]))
  }

  static func number(_ value: Double) -> HDF5Array {
    HDF5Array(shape: [], values: .float64([value]))
  }
}
