import HardwareSpec

/// The grammar of learning rules, plastic blocks and feedback.
extension ImageTextParser {
  mutating func learningProgram() throws(ImageFormatError) -> LearningProgram {
    var line = try take("rule")
    var program = LearningProgram.plain
    program.name = try line.text("a name")
    try line.fields(&program, LearningProgram.fields)
    try line.end()
    var words = try take("words")
    while !words.isAtEnd {
      let place = words
      let digits = try words.anyWord("a word")
      guard digits.utf8.count == 8, let word = UInt32(digits, radix: 16) else {
        throw place.fault("eight hexadecimal digits")
      }
      program.words.append(MicrocodeWord(rawValue: word))
    }
    if isNext("membrane") {
      program.membraneTable = try numbers("membrane", -128...127).map { Int8($0) }
    }
    if isNext("rewiring") {
      var line = try take("rewiring")
      var rewiring = Rewiring.plain
      try line.fields(&rewiring, Rewiring.fields)
      try line.end()
      program.rewiring = rewiring
    }
    return program
  }

  mutating func plasticBlock() throws(ImageFormatError) -> PlasticBlock {
    var line = try take("learns")
    var block = PlasticBlock.plain
    try line.fields(&block, PlasticBlock.fields)
    try line.end()
    if isNext("centres") {
      block.membraneCentres = try numbers("centres", 0...255).map { UInt8($0) }
    }
    return block
  }

  mutating func feedbackProjection() throws(ImageFormatError) -> FeedbackProjection {
    var line = try take("feedback")
    try line.word("shift")
    let shift = try line.integer("a shift", in: 0...255)
    try line.word("from")
    var projection = FeedbackProjection(sources: [], targets: [], weights: [], shift: shift)
    while !line.isAtEnd { projection.sources.append(try circuit(&line)) }
    while isNext("to") {
      var line = try take("to")
      projection.targets.append(try circuit(&line))
      while !line.isAtEnd {
        projection.weights.append(Int8(try line.integer("a weight", in: -128...127)))
      }
    }
    return projection
  }

  /// A line of whole numbers.
  private mutating func numbers(
    _ keyword: String, _ allowed: ClosedRange<Int>
  ) throws(ImageFormatError) -> [Int] {
    var line = try take(keyword)
    var numbers: [Int] = []
    while !line.isAtEnd { numbers.append(try line.integer("a number", in: allowed)) }
    return numbers
  }
}
