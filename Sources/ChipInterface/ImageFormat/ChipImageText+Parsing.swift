import HardwareSpec

extension ChipImageText {
  /// Reads the text of an image and validates it for the chip.
  ///
  /// Empty lines and lines that begin with `#` are passed over. Errors name the line.
  public static func parse(_ text: String, spec: ChipSpec) throws(ImageFormatError) -> ChipImage {
    var parser = try ImageTextParser(text, spec)
    let image = try parser.image()
    try parser.finish()
    try image.requireValid(on: spec)
    return image
  }
}

/// The grammar of the text form, one function a rule.
struct ImageTextParser {
  private let lines: [ImageTextLine]
  private let lastLine: Int
  private let spec: ChipSpec
  private var position = 0

  init(_ text: String, _ spec: ChipSpec) throws(ImageFormatError) {
    self.spec = spec
    var lines: [ImageTextLine] = []
    let pieces = Array(text.utf8).split(
      separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, bytes) in pieces.enumerated() {
      if let line = try ImageTextLine(bytes, number: index + 1) { lines.append(line) }
    }
    (self.lines, lastLine) = (lines, pieces.count)
  }

  var geometry: ChipGeometry { spec.geometry }

  func isNext(_ keyword: String) -> Bool {
    position < lines.count && lines[position].keyword == keyword
  }

  mutating func take(_ keyword: String) throws(ImageFormatError) -> ImageTextLine {
    guard position < lines.count else {
      throw .line(lastLine, expected: "'\(keyword)'", found: "the end of the text")
    }
    var line = lines[position]
    try line.word(keyword)
    position += 1
    return line
  }

  /// Refuses lines that are left over.
  func finish() throws(ImageFormatError) {
    guard position == lines.count else { throw lines[position].fault("the end of the text") }
  }

  mutating func image() throws(ImageFormatError) -> ChipImage {
    var first = try take("synapus-image")
    _ = try first.integer("version", in: 1...ChipImageText.version)
    try first.end()
    let (name, hash) = try chip()
    let io = try description()
    var cores: [CoreImage] = []
    while isNext("core") { cores.append(try core(after: cores.last?.core)) }
    var inputs: [[RowPairOnChip]] = []
    while isNext("input") { inputs.append(try input(inputs.count)) }
    var delayed: [DelayedInput] = []
    while isNext("delayed-input") { delayed.append(try delayedInput()) }
    var routes: [SpikeRoute] = []
    while isNext("route") { routes.append(try route()) }
    var groups: [CircuitGroup] = []
    while isNext("group") { groups.append(try group()) }
    var sources: [BackgroundSource] = []
    while isNext("background") { sources.append(try backgroundSource()) }
    var programs: [LearningProgram] = []
    while isNext("rule") { programs.append(try learningProgram()) }
    var feedback: [FeedbackProjection] = []
    while isNext("feedback") { feedback.append(try feedbackProjection()) }
    try take("end").end()
    var image = ChipImage(
      chipName: name, specHash: hash, cores: cores, inputRoutes: inputs, spikeRoutes: routes, io: io
    )
    image.delayedInputs = delayed
    (image.groups, image.backgroundSources) = (groups, sources)
    (image.programs, image.feedback) = (programs, feedback)
    return image
  }

  mutating func chip() throws(ImageFormatError) -> (String, String) {
    var line = try take("chip")
    let (name, hash) = (try line.text("a chip's name"), try line.text("a chip's hash"))
    try line.end()
    guard name == spec.name, hash == spec.hash else {
      throw .imageOfAnotherChip(
        image: name, imageHash: hash, chip: spec.name, chipHash: spec.hash)
    }
    return (name, hash)
  }

  /// Cores come in ascending order, so that a core is never allocated twice.
  private mutating func core(after last: CoreOnChip?) throws(ImageFormatError) -> CoreImage {
    var line = try take("core")
    let place = line
    let core = try line.core(geometry)
    try line.end()
    if let last, core <= last { throw place.fault("a core above \(last.index)") }
    if let digital = spec.digital { return CoreImage(core, digital: try digitalCore(digital)) }
    let senses = isNext("senses")
    if senses { try take("senses").end() }
    var circuits: [CircuitSettings] = []
    while isNext("circuit") { circuits.append(try circuit(circuits.count)) }
    var image = CoreImage(core, circuits: circuits, on: geometry)
    image.sensesCorrelation = senses
    while isNext("plastic") { image.rowPlasticity.append(try rowPlasticity()) }
    while isNext("learns") { image.plasticBlocks.append(try plasticBlock()) }
    var next = 0
    while isNext("row") { next = try row(atLeast: next, into: &image) + 1 }
    return image
  }

  private mutating func circuit(_ column: Int) throws(ImageFormatError) -> CircuitSettings {
    var line = try take("circuit")
    _ = try line.integer("the next column", in: column...column)
    var codes: [Int] = []
    for (name, _) in CircuitSettings.zero.namedCodes {
      try line.word(name)
      codes.append(try line.integer("a code", in: 0...(name == "refractory" ? 255 : 65_535)))
    }
    let fires = try line.word(among: ["fires", "silent"]) == "fires"
    try line.end()
    var settings = CircuitSettings(
      leak: UInt16(codes[0]), reset: UInt16(codes[1]), threshold: UInt16(codes[2]),
      membraneTime: UInt16(codes[3]), excitatoryTime: UInt16(codes[4]),
      inhibitoryTime: UInt16(codes[5]), excitatoryGain: UInt16(codes[6]),
      inhibitoryGain: UInt16(codes[7]), refractoryCount: UInt8(codes[8]), fires: fires)
    while isNext("option") { try option(&settings.options) }
    return settings
  }

  private mutating func option(_ options: inout CircuitOptions) throws(ImageFormatError) {
    var line = try take("option")
    let place = line
    let word = try line.word(among: CircuitOptions.Part.allCases.map(\.rawValue))
    for (part, names) in CircuitOptions.parts where part.rawValue == word {
      guard options.codes(of: part) == nil else { throw place.fault("each option once") }
      var codes: [UInt16] = []
      for name in names {
        try line.word(name)
        codes.append(UInt16(try line.integer("a code", in: 0...65_535)))
      }
      options.set(part, codes)
    }
    try line.end()
  }

  private mutating func rowPlasticity() throws(ImageFormatError) -> RowPlasticity {
    var line = try take("plastic")
    let pair = try line.integer("a row pair", in: 0...geometry.rowPairsPerCore - 1)
    try line.word("utilisation")
    let utilisation = try line.integer("a utilisation", in: 0...15)
    try line.word("recovery")
    let recovery = try line.integer("a code", in: 0...65_535)
    let facilitates = try line.word(among: ["facilitates", "depresses"]) == "facilitates"
    try line.end()
    return RowPlasticity(
      pair: pair, utilisation: UInt8(utilisation), recoveryTime: UInt16(recovery),
      facilitates: facilitates)
  }

  private mutating func row(
    atLeast lowest: Int, into image: inout CoreImage
  ) throws(ImageFormatError) -> Int {
    var line = try take("row")
    let last = geometry.synapseRowsPerCore - 1
    let row = try line.integer("a row after the last one", in: min(lowest, last)...last)
    guard row >= lowest else { throw line.fault("no further row") }
    let place = line
    let digits = Array(try line.anyWord("weights").utf8)
    try line.end()
    let width = ChipImageText.digitsPerWeight(spec)
    guard digits.count % width == 0, digits.count / width <= geometry.circuitsPerCore else {
      throw place.fault("up to \(geometry.circuitsPerCore) weights of \(width) digits")
    }
    for (index, digit) in digits.enumerated() {
      guard let value = Character(Unicode.Scalar(digit)).hexDigitValue else {
        throw place.fault("hexadecimal digits")
      }
      let at = row * geometry.circuitsPerCore + index / width
      image.weights[at] = image.weights[at] << 4 | UInt8(value)
    }
    return row
  }

  private mutating func input(_ channel: Int) throws(ImageFormatError) -> [RowPairOnChip] {
    var line = try take("input")
    _ = try line.integer("the next input", in: channel...channel)
    return try pairs(&line)
  }

  private mutating func delayedInput() throws(ImageFormatError) -> DelayedInput {
    var line = try take("delayed-input")
    let channel = try line.integer("an input", in: 0...Int(UInt32.max))
    try line.word("delay")
    let delay = try line.integer("a delay in ticks", in: 1...Int(UInt16.max))
    return DelayedInput(channel: channel, delayTicks: UInt16(delay), targets: try pairs(&line))
  }

  private mutating func route() throws(ImageFormatError) -> SpikeRoute {
    var line = try take("route")
    let source = try circuit(&line)
    var delay = 0
    if line.isNext("delay") {
      try line.word("delay")
      delay = try line.integer("a delay in ticks", in: 1...255)
    }
    return SpikeRoute(source: source, targets: try pairs(&line), delayTicks: UInt8(delay))
  }

  func circuit(_ line: inout ImageTextLine) throws(ImageFormatError) -> CircuitOnChip {
    let place = line
    let (core, column) = try line.coordinate("core and column")
    guard let onChip = CoreOnChip(core, on: geometry),
      let circuit = CircuitOnChip(onChip, column: column, on: geometry)
    else { throw place.fault("a circuit of the chip") }
    return circuit
  }

  private mutating func group() throws(ImageFormatError) -> CircuitGroup {
    var line = try take("group")
    var group = CircuitGroup(members: [], couplings: [])
    while !line.isAtEnd { group.members.append(try circuit(&line)) }
    while isNext("coupling") { group.couplings.append(try coupling()) }
    return group
  }

  private mutating func coupling() throws(ImageFormatError) -> Coupling {
    var line = try take("coupling")
    let first = try line.integer("a member", in: 0...65_535)
    let second = try line.integer("a member", in: 0...65_535)
    let joined = try line.word(among: ["joined", "time"]) == "joined"
    let code = joined ? nil : UInt16(try line.integer("a code", in: 0...65_534))
    try line.end()
    return Coupling(first: first, second: second, conductance: code)
  }

  private mutating func backgroundSource() throws(ImageFormatError) -> BackgroundSource {
    var line = try take("background")
    try line.word("period")
    let period = try line.integer("clock cycles", in: 1...65_535)
    try line.word("probability")
    let probability = try line.integer("periods of 256", in: 1...256)
    try line.word("seed")
    let seed = try line.integer("a seed", in: 0...Int(UInt32.max))
    return BackgroundSource(
      targets: try pairs(&line), periodCycles: period, probability: probability, seed: UInt32(seed))
  }

  private func pairs(_ line: inout ImageTextLine) throws(ImageFormatError) -> [RowPairOnChip] {
    try line.word("->")
    var pairs: [RowPairOnChip] = []
    while !line.isAtEnd {
      let place = line
      let (core, pair) = try line.coordinate("core and row pair")
      guard let onChip = CoreOnChip(core, on: geometry),
        let target = RowPairOnChip(onChip, pair: pair, on: geometry)
      else { throw place.fault("a row pair of the chip") }
      pairs.append(target)
    }
    return pairs
  }
}

extension CircuitSettings {
  fileprivate static let zero = CircuitSettings(
    leak: 0, reset: 0, threshold: 0, membraneTime: 0, excitatoryTime: 0, inhibitoryTime: 0,
    excitatoryGain: 0, inhibitoryGain: 0, refractoryCount: 0, fires: false)
}
