import ChipInterface
import Recordings

/// The units of a recording in design words: `hidden:17` is neuron 17 of population `hidden`.
struct UnitNames {
  let populations: [RecordedPopulation]

  /// The unit in design words; its number where no population has it.
  func name(_ unit: Int) -> String {
    for population in populations {
      let index = unit - population.firstUnit
      if (0..<population.count).contains(index) { return "\(population.name):\(index)" }
    }
    return "unit \(unit)"
  }

  /// The names of the columns of ADC codes, population by population.
  func columns(of adc: [String]) -> [String] {
    adc.flatMap { name in
      let count = populations.first { $0.name == name }?.count ?? 0
      return (0..<count).map { "\(name):\($0)" }
    }
  }

  /// The unit that a text means: a number, or `population:index`.
  func unit(_ text: String) throws -> Int {
    let end = populations.map { $0.firstUnit + $0.count }.max() ?? 0
    if let unit = Int(text) {
      guard (0..<end).contains(unit) else {
        throw Failure(
          .usage, "there is no neuron \(unit); the image has \(end), numbered from 0",
          try: "a number below \(end), or population:index")
      }
      return unit
    }
    guard let colon = text.lastIndex(of: ":"), let index = Int(text[text.index(after: colon)...])
    else {
      throw Failure(
        .usage, "'\(text)' is no neuron; a unit number or population:index is allowed",
        try: populations.first.map { "\($0.name):0" })
    }
    let name = String(text[..<colon])
    guard let population = populations.first(where: { $0.name == name }) else {
      let known = populations.map(\.name).joined(separator: ", ")
      throw Failure(.usage, "there is no population '\(name)'; there are \(known)")
    }
    guard (0..<population.count).contains(index) else {
      throw Failure(
        .usage, "'\(name)' has no neuron \(index); it has \(population.count), numbered from 0")
    }
    return population.firstUnit + index
  }
}

extension ImageIO {
  /// The circuit of a recorded unit.
  func circuit(ofUnit unit: Int) -> (range: CircuitRange, column: Int)? {
    var next = 0
    for range in populations.flatMap(\.ranges) {
      if unit < next + range.count { return (range, range.firstColumn + unit - next) }
      next += range.count
    }
    return nil
  }
}
