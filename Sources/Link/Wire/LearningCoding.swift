import ChipInterface

/// What learning chips take and give beside other experiments; left out where it is empty.
enum LearningCoding {
  // MARK: Graded events

  static func arrays(_ graded: GradedEvents) -> [WireArray] {
    guard !graded.isEmpty else { return [] }
    let events = graded.samples.flatMap { $0 }
    var offsets = [0]
    for sample in graded.samples { offsets.append(offsets[offsets.count - 1] + sample.count) }
    return [
      WireArray("graded_offsets", offsets), WireArray("graded_ticks", events.map(\.tick)),
      WireArray("graded_channels", events.map(\.channel.rawValue)),
      WireArray("graded_units", events.map(\.unit)),
      WireArray("graded_values", events.map { Int32($0.value) }),
    ]
  }

  static func gradedEvents(_ message: Message) throws(WireError) -> GradedEvents {
    guard message.hasArray("graded_offsets") else { return GradedEvents() }
    let offsets = try message.array("graded_offsets", Int.self)
    let ticks = try message.array("graded_ticks", UInt32.self)
    let units = try message.array("graded_units", UInt32.self, shape: [ticks.count])
    let channels = try message.array("graded_channels", UInt8.self, shape: [ticks.count])
    let values = try message.array("graded_values", Int32.self, shape: [ticks.count])
    guard offsets.first == 0, offsets.last == ticks.count,
      zip(offsets, offsets.dropFirst()).allSatisfy({ $0 <= $1 })
    else {
      throw WireError(
        .badPayload, "offsets must ascend from 0 to the number of graded events",
        field: "graded_offsets", limit: ticks.count)
    }
    var events: [GradedEvents.Event] = []
    for i in ticks.indices {
      guard let channel = GradedEvents.Channel(rawValue: channels[i]),
        let value = Int16(exactly: values[i])
      else {
        throw WireError(
          .badPayload, "graded event \(i) has an unknown channel or a value beyond 16 bits",
          field: "graded_channels")
      }
      events.append(.init(tick: ticks[i], channel: channel, unit: units[i], value: value))
    }
    return GradedEvents(
      zip(offsets, offsets.dropFirst()).map { Array(events[$0..<$1]) })
  }

  // MARK: Recorded draws

  static func arrays(_ draws: LearningDraws?) -> [WireArray] {
    guard let draws else { return [] }
    return [
      WireArray("draws_x_decay", draws.xDecay), WireArray("draws_y_decay", draws.yDecay),
      WireArray("draws_rounding", draws.rounding), WireArray("draws_x_impulse", draws.xImpulse),
      WireArray("draws_y_impulse", draws.yImpulse),
      WireArray("draws_y_impulse_repeat", draws.yImpulseRepeat),
    ]
  }

  static func draws(_ message: Message) throws(WireError) -> LearningDraws? {
    guard message.hasArray("draws_x_decay") else { return nil }
    return LearningDraws(
      xDecay: try message.array("draws_x_decay"), yDecay: try message.array("draws_y_decay"),
      rounding: try message.array("draws_rounding"),
      xImpulse: try message.array("draws_x_impulse"),
      yImpulse: try message.array("draws_y_impulse"),
      yImpulseRepeat: try message.array("draws_y_impulse_repeat"))
  }

  // MARK: Registers

  static func names(_ probes: [RegisterProbe]) -> JSONValue {
    .list(probes.map { .text($0.register.rawValue) })
  }

  static func arrays(_ probes: [RegisterProbe]) -> [WireArray] {
    guard !probes.isEmpty else { return [] }
    let numbers: [Int32] = probes.flatMap { probe -> [Int32] in
      [Int32(clamping: probe.core), Int32(clamping: probe.part), probe.everyTick ? 1 : 0]
    }
    return [WireArray("register_places", numbers, shape: [probes.count, 3])]
  }

  static func probes(_ message: Message) throws(WireError) -> [RegisterProbe] {
    guard message.hasArray("register_places") else { return [] }
    let names = try message.header.texts("registers")
    let places = try message.array("register_places", Int32.self, shape: [names.count, 3])
    var probes: [RegisterProbe] = []
    for (i, name) in names.enumerated() {
      guard let register = RegisterProbe.Register(rawValue: name) else {
        throw WireError(.badHeader, "there is no register '\(name)'", field: "registers")
      }
      probes.append(
        RegisterProbe(
          register, core: Int(places[3 * i]), part: Int(places[3 * i + 1]),
          everyTick: places[3 * i + 2] != 0))
    }
    return probes
  }

  static func arrays(registers: [[Double]]) -> [WireArray] {
    registers.enumerated().map { WireArray("register_\($0)", $1) }
  }

  static func registers(_ message: Message) throws(WireError) -> [[Double]] {
    var registers: [[Double]] = []
    while message.hasArray("register_\(registers.count)") {
      registers.append(try message.array("register_\(registers.count)"))
    }
    return registers
  }

  /// Bytes that the registers of one sample take; nil when the number exceeds 64 bits.
  static func expectedBytes(
    _ probes: [RegisterProbe], image: ChipImage, ticks: Int
  ) -> Int? {
    var bytes = 0
    for probe in probes {
      let count = probe.count(in: image) ?? 0
      let (product, over) = (8 * count).multipliedReportingOverflow(
        by: probe.everyTick ? ticks : 1)
      let (sum, overSum) = bytes.addingReportingOverflow(product)
      if over || overSum { return nil }
      bytes = sum
    }
    return bytes
  }
}
