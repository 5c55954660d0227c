/// A small reader of value change dumps, written from the standard's grammar for the tests.
struct VCDReader {
  enum Value: Equatable { case event, integer(Int), real(Double) }

  struct Change: Equatable {
    var time: Int
    var name: String
    var value: Value
  }

  private(set) var timescale = ""
  /// The full names of the variables, as `chip.core_0.spike_a_0`, with their type and width.
  private(set) var variables: [String: (type: String, width: Int)] = [:]
  private(set) var changes: [Change] = []
  private(set) var lastTime = -1

  init?(_ text: String) {
    var words = text.split(whereSeparator: \.isWhitespace).map(String.init)[...]
    var (scopes, names): ([String], [String: String]) = ([], [:])
    header: while let word = words.popFirst() {
      guard let end = words.firstIndex(of: "$end") else { return nil }
      let body = Array(words[..<end])
      words = words[(end + 1)...]
      switch word {
      case "$version", "$comment", "$date": continue
      case "$timescale": timescale = body.joined(separator: " ")
      case "$scope":
        guard body.count == 2, body[0] == "module" else { return nil }
        scopes.append(body[1])
      case "$upscope":
        guard scopes.popLast() != nil else { return nil }
      case "$var":
        guard body.count >= 4, let width = Int(body[1]) else { return nil }
        let name = (scopes + [body[3]]).joined(separator: ".")
        guard names[body[2]] == nil, variables[name] == nil else { return nil }
        names[body[2]] = name
        variables[name] = (body[0], width)
      case "$enddefinitions":
        guard scopes.isEmpty, body.isEmpty else { return nil }
        break header
      default: return nil
      }
    }
    while let word = words.popFirst() {
      guard read(word, &words, names) else { return nil }
    }
  }

  private mutating func read(
    _ word: String, _ words: inout ArraySlice<String>, _ names: [String: String]
  ) -> Bool {
    let rest = String(word.dropFirst())
    switch word.first {
    case "#":
      guard let time = Int(rest), time > lastTime else { return false }
      lastTime = time
      return true
    case "1":
      return append(names[rest], .event)
    case "b":
      guard let number = Int(rest, radix: 2), let identifier = words.popFirst() else {
        return false
      }
      return append(names[identifier], .integer(number))
    case "r":
      guard let number = Double(rest), let identifier = words.popFirst() else { return false }
      return append(names[identifier], .real(number))
    default: return false
    }
  }

  private mutating func append(_ name: String?, _ value: Value) -> Bool {
    guard let name, lastTime >= 0, let (type, width) = variables[name] else { return false }
    switch value {
    case .event: guard type == "event" else { return false }
    case .integer(let number): guard type == "wire", number < 1 << width else { return false }
    case .real: guard type == "real" else { return false }
    }
    changes.append(Change(time: lastTime, name: name, value: value))
    return true
  }
}
