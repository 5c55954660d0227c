import ChipInterface
import HardwareSpec
import Link
import TestSupport

/// The payload of `run`, `weights.write` and of recordings: any arrays of any shapes under a valid
/// header, decoded, checked against an image, run on a chip without physics, and coded again.
///
/// An input is: numbers of the header, then arrays, each name, dtype, rank, sizes and elements.
struct PayloadFuzz: FuzzTarget {
  static let name = "payload"
  private static let names = [
    "sample_numbers", "offsets", "cycles", "units", "traced_circuits", "fast_adc", "sensed_cores",
    "probed_cores", "graded_offsets", "graded_ticks", "graded_units", "graded_channels",
    "graded_values", "register_places", "draws_x_decay", "draws_y_decay", "draws_rounding",
    "draws_x_impulse", "draws_y_impulse", "draws_y_impulse_repeat", "blocks", "steps", "exact",
    "adc", "traces", "correlations", "occupancy", "register_0", "register_1", "image",
  ]
  private static let registers = [
    "current", "voltage", "input", "spike", "x1", "x2", "y1", "y2", "y3", "error", "membrane",
    "reward", "weight", "delay", "tag", "none",
  ]
  private static let mostElements = 4096

  private let spec: ChipSpec
  private let chip: FakeChip
  private let image: ChipImage
  private let good: [UInt8]

  init() throws {
    spec = try ChipLibrary.chip("synapus-1")
    image = try TestImage.make(for: spec)
    chip = FakeChip(spec)
    try chip.load(image)
    good = try Self.input(
      TestImage.ticks, ExperimentCoding.arrays(TestImage.experiment(for: spec, samples: 2)))
  }

  // MARK: Inputs

  func seeds() throws -> [[UInt8]] {
    var experiment = TestImage.experiment(for: spec, samples: 2)
    let core = try required(CoreOnChip(1, on: spec.geometry), "core")
    let circuit = try required(CircuitOnChip(core, column: 2, on: spec.geometry), "circuit")
    experiment.recorded.tracedCircuits = [circuit]
    experiment.recorded.fastADC = circuit
    experiment.recorded.sensedCores = [core]
    experiment.recorded.probedCores = [core]
    experiment.graded = GradedEvents([
      [.init(tick: 3, channel: .reward, unit: 0, value: -5)], [],
    ])
    experiment.draws = LearningDraws(
      xDecay: [0.5], yDecay: [0.25], rounding: [0.125], xImpulse: [1], yImpulse: [2],
      yImpulseRepeat: [3])
    experiment.recorded.registers = [RegisterProbe(.x1, core: 0, part: 1, everyTick: true)]
    let weights = [
      try TestImage.block(for: spec, seed: 5),
      WeightBlock(
        core: core, firstPair: 3, pairCount: 1, firstColumn: 9, columnCount: 2,
        values: .exact([0.25, -1e-9])),
    ]
    let recording = try chip.run(TestImage.experiment(for: spec, samples: 2))
    let full = ExperimentCoding.arrays(experiment)
    return [
      good, try Self.input(TestImage.ticks, full),
      try Self.input(9, WeightCoding.encode(weights)),
      try Self.input(
        9,
        RecordingCoding.arrays(recording, tracedCircuits: 0) + [
          WireArray("correlations", [1, 2] as [UInt8]), WireArray("register_0", [1.5]),
        ]),
    ]
  }

  /// The input that gives these arrays.
  private static func input(_ ticks: Int, _ arrays: [WireArray]) throws -> [UInt8] {
    func number(_ value: Int, _ size: Int) -> [UInt8] {
      (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    var bytes = number(ticks, 4) + number(1, 4) + [3, 1, 4]
    let frames = Message.frames(header: [:], payload: Payload(arrays))
    let payload = frames[2].bytes
    var offset = 0
    for array in try descriptions(frames[1]) {
      guard case .list(let sizes)? = array["shape"] else { continue }
      let shape: [Int] = sizes.map { if case .integer(let size) = $0 { size } else { 0 } }
      let type = ElementType(rawValue: try array.text("dtype")) ?? .u8
      let place = names.firstIndex(of: try array.text("name")) ?? 0
      bytes += [UInt8(place), UInt8(ElementType.allCases.firstIndex(of: type) ?? 0)]
      bytes += [UInt8(shape.count)] + shape.flatMap { number($0, 2) }
      let size = shape.reduce(type.size, *)
      bytes += payload[offset..<offset + size]
      offset += (size + 7) & ~7
    }
    return bytes
  }

  private static func descriptions(_ header: Frame) throws -> [JSONObject] {
    guard case .object(let object) = try JSONValue(parsing: header.bytes),
      case .list(let parts)? = object["payload"], case .object(let part)? = parts.first,
      case .list(let arrays)? = part["arrays"]
    else { return [] }
    return arrays.compactMap { if case .object(let array) = $0 { array } else { nil } }
  }

  private func message(_ input: [UInt8]) -> Message? {
    var bytes = FuzzBytes(input)
    var header: JSONObject = [
      "type": .text("run"), "id": .text("1"), "hardware_seconds": .number(0.5),
      "counters": .object([:]), "energy_joules": .object([:]),
      "duration_ticks": .integer(bytes.number(4)), "adc_every": .integer(bytes.number(4)),
    ]
    let flags = bytes.byte()
    header["record_spikes"] = .flag(flags & 1 == 1)
    header["adc_populations"] = .list(flags & 2 == 2 ? [.text("label")] : [])
    header["registers"] = .list(
      (0..<bytes.byte() % 5).map { _ in .text(Self.registers[Int(bytes.byte()) % 16]) })
    var arrays: [WireArray] = []
    while !bytes.isEmpty, arrays.count < 64 { arrays.append(Self.array(&bytes)) }
    let frames = Message.frames(header: header, payload: Payload(arrays))
    return try? Message(frames: frames, excess: 0, payloadLimit: 1 << 24)
  }

  private static func array(_ bytes: inout FuzzBytes) -> WireArray {
    let name = names[Int(bytes.byte()) % names.count]
    let type = ElementType.allCases[Int(bytes.byte()) % ElementType.allCases.count]
    var (shape, count): ([Int], Int) = ([], 1)
    for _ in 0...(Int(bytes.byte()) + 3) % 4 {
      let size = min(bytes.number(2), mostElements / max(1, count))
      shape.append(size)
      count *= size
    }
    func elements<Element: WireElement & FixedWidthInteger>(_: Element.Type) -> WireArray {
      WireArray(
        name, (0..<count).map { _ in Element(truncatingIfNeeded: bytes.number(type.size)) },
        shape: shape)
    }
    switch type {
    case .u8: return elements(UInt8.self)
    case .i8: return elements(Int8.self)
    case .u16: return elements(UInt16.self)
    case .i32: return elements(Int32.self)
    case .u32: return elements(UInt32.self)
    case .i64: return elements(Int.self)
    case .u64: return elements(UInt64.self)
    case .f64:
      let values = (0..<count).map { _ in
        Double(bitPattern: UInt64(truncatingIfNeeded: bytes.number(8)))
      }
      return WireArray(name, values, shape: shape)
    }
  }

  // MARK: Taking them

  func take(_ bytes: [UInt8]) throws {
    guard let message = message(bytes) else { throw FuzzFinding("our own message is refused") }
    if message.hasArray("cycles"), !message.hasArray("adc") {
      try HeaderFuzz.answering("1") { () throws(WireError) in
        try take(try ExperimentCoding.decode(message, spec: spec))
      }
    }
    if message.hasArray("blocks") {
      try HeaderFuzz.answering("1") { () throws(WireError) in
        let blocks = try WeightCoding.decode(message, spec: spec)
        try same([:], WeightCoding.encode(blocks)) { message throws(WireError) in
          WeightCoding.encode(try WeightCoding.decode(message, spec: spec))
        }
        try? chip.write(blocks)
      }
    }
    if message.hasArray("adc") {
      try HeaderFuzz.answering("1") { () throws(WireError) in
        _ = try RecordingCoding.decode(message)
      }
    }
    if message.hasArray("image") {
      try HeaderFuzz.answering("1") { () throws(WireError) in
        _ = try ImageCoding.decode(message, spec: spec)
      }
    }
  }

  private func take(_ experiment: Experiment) throws(WireError) {
    try same(ExperimentCoding.fields(experiment), ExperimentCoding.arrays(experiment)) {
      message throws(WireError) in
      ExperimentCoding.arrays(try ExperimentCoding.decode(message, spec: spec))
    }
    guard experiment.durationTicks <= 200, experiment.inputs.sampleCount <= 8 else {
      try? experiment.validate(on: spec, image: image)
      return
    }
    _ = try? chip.run(experiment)
  }

  /// What was decoded and coded must come out equal when that is done again.
  private func same(
    _ fields: JSONObject, _ arrays: [WireArray],
    _ again: (Message) throws(WireError) -> [WireArray]
  ) throws(WireError) {
    var header: JSONObject = ["type": .text("t"), "id": .text("1")]
    header.merge(fields)
    let frames = Message.frames(header: header, payload: Payload(arrays))
    guard let message = try? Message(frames: frames, excess: 0, payloadLimit: 1 << 26),
      Payload(try again(message)).frame.bytes == frames[2].bytes
    else { throw WireError(.internalError, "what was decoded is not coded as it was") }
  }

  func takeGood() throws {
    let message = try required(message(good), "good message")
    let experiment = try ExperimentCoding.decode(message, spec: spec)
    try FuzzFinding.require(
      experiment.inputs == TestImage.experiment(for: spec, samples: 2).inputs,
      "a good experiment is not understood")
  }
}
