import ChipInterface
import Link

/// The run of the golden messages: four samples, whose recording comes in two parts, the first one
/// in two chunks, the second one with the answer.
enum GoldenRun {
  private static let id = "b5"

  static var terms: JSONObject {
    var terms = ExperimentCoding.fields(described)
    terms["credit"] = .integer(8)
    terms["accepted"] = .flag(true)
    terms["progress"] = .flag(true)
    terms["acks"] = .list([.text("b4")])
    return terms
  }

  static var experiment: Payload { Payload(experimentArrays) }

  static var experimentArrays: [WireArray] { ExperimentCoding.arrays(described) }

  /// What is asked for.
  static var described: Experiment {
    Experiment(
      durationTicks: 100,
      inputs: SpikeBatch(
        offsets: [0, 2, 2, 3, 5], cycles: [10, 5_000, 70, 8, 9_999], units: [0, 3, 7, 1, 2]),
      sampleNumbers: [100, 101, 102, .max],
      recorded: RecordingRequest(spikes: true, adcPopulations: ["label"], adcEvery: 50))
  }

  /// The recording of two samples.
  private static func part(cycles: [UInt32], narrow: Bool = false) -> Payload {
    let recording = Recording(
      spikes: SpikeBatch(
        offsets: [0, 1, cycles.count], cycles: cycles, units: cycles.map { $0 % 3 }),
      adc: [128, 129, 130, 131, 132, 133, 134, 135, 136, 137, 138, 139], adcColumns: 3, adcTimes: 2,
      traces: [], counters: RunCounters(), hardwareSeconds: 0)
    return Payload(RecordingCoding.arrays(recording, tracedCircuits: 0, narrow: narrow))
  }

  /// Splits a part as a server would whose frames hold 64 bytes.
  private static var chunks: [GoldenMessage] {
    let (part, size) = (part(cycles: [100, 250, 260]), 64)
    return stride(from: 0, to: part.frame.count, by: size).enumerated().map { seq, offset in
      let bytes = Array(part.frame.bytes[offset..<min(offset + size, part.frame.count)])
      var fields: JSONObject = [
        "seq": .integer(seq), "part": .integer(0), "offset": .integer(offset),
      ]
      let isLast = offset + size >= part.frame.count
      if isLast {
        fields["last"] = .object(["samples": samples(0, 2), "arrays": arrays(of: part)])
      }
      return .answer(
        "run.chunk", id: id, variant: isLast ? "-last" : "-\(seq)", fields,
        Payload([WireArray("chunk", bytes)]))
    }
  }

  private static func samples(_ first: Int, _ count: Int) -> JSONValue {
    .list([.integer(first), .integer(count)])
  }

  /// The list of arrays that stands in the header of a message with this payload.
  private static func arrays(of payload: Payload) -> JSONValue {
    let frames = Message.frames(header: ["type": .text("t"), "id": .text("1")], payload: payload)
    guard let message = try? Message(frames: frames, excess: 0, payloadLimit: 1 << 20),
      case .list(let entries)? = message.header["payload"], case .object(let entry)? = entries.first
    else { return .null }
    return entry["arrays"] ?? .null
  }

  private static func sums(_ parts: [Frame], chunks: Int) -> JSONObject {
    let counters: JSONObject = [
      "ticks": .integer(400), "input_events": .integer(5), "spikes": .integer(7),
      "row_events": .integer(12), "synaptic_events": .integer(96), "lost_at_port": .integer(0),
      "lost_in_network": .integer(0), "unfinished": .integer(0), "adc_clipped": .integer(0),
      "input_saturated": .integer(0),
    ]
    let energy: JSONObject = [
      "neurons": .number(1.1e-7), "synapses": .number(2.0e-8), "network": .number(3.0e-9),
      "readout": .number(4.0e-8), "learning": .number(0), "standby": .number(5.0e-7),
    ]
    return [
      "chunks": .integer(chunks), "bytes": .integer(parts.reduce(0) { $0 + $1.count }),
      "digest": .integer(Int(CRC32C.checksum(of: parts))), "hardware_seconds": .number(0.000_04),
      "energy_joules": .object(energy), "counters": .object(counters),
      "checkpoint": .integer(4), "runs_since": .integer(1),
    ]
  }

  static var answers: [GoldenMessage] {
    let first = part(cycles: [100, 250, 260])
    let second = part(cycles: [90, 400, 410, 980])
    var end = sums([first.frame, second.frame], chunks: chunks.count)
    end["samples"] = samples(2, 2)
    let narrow = part(cycles: [90, 400, 410, 980], narrow: true)
    var narrowEnd = sums([narrow.frame], chunks: 0)
    narrowEnd["samples"] = samples(0, 2)
    return [.answer("run.accepted", id: id, ["waiting": .integer(2)])] + chunks + [
      .answer("run.ok", id: id, end, second),
      .answer("run.ok", id: "b12", variant: "-narrow", narrowEnd, narrow),
      .answer(
        "run.ok", id: id, variant: "-chunked", sums([first.frame], chunks: chunks.count)),
    ]
  }

  /// What goes with a run.
  static var others: [GoldenMessage] {
    let place: JSONObject = [
      "session": GoldenMessages.session, "target": .text(id), "received": .integer(1),
      "credit": .integer(8),
    ]
    return [
      .request("run.credit", id: "b6", on: .run, place),
      .request("request.attach", id: "b7", on: .run, place),
      .answer(
        "request.attach.ok", id: "b7", ["target": .text(id), "state": .text("running")]),
    ]
  }
}

extension CRC32C {
  /// The checksum of frames joined.
  static func checksum(of frames: [Frame]) -> UInt32 {
    frames.reduce(0) { sum, frame in frame.withBytes { checksum($0, after: sum) } }
  }
}
