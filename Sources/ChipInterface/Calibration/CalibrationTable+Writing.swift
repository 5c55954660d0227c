import HardwareSpec

extension CalibrationTable {
  /// The table as a JSON file, with its hash; equal tables give equal bytes.
  public var json: String { json(hash: hash) }

  func json(hash: String?) -> String {
    var members = [
      "\"format\": \"\(Self.format)\"", "\"chip\": \(Self.text(chipName))",
      "\"spec_hash\": \(Self.text(specHash))", "\"chip_seed\": \(chipSeed)",
    ]
    if let hash { members.append("\"hash\": \"\(hash)\"") }
    let targets = CircuitParameter.allCases.compactMap { parameter in
      self.targets[parameter].map { "\"\(parameter.rawValue)\": \($0)" }
    }
    members.append("\"targets\": {\(targets.joined(separator: ", "))}")
    let cores = self.cores.map { "    " + $0.json }.joined(separator: ",\n")
    members.append("\"cores\": [\n\(cores)\n  ]")
    return "{\n  " + members.joined(separator: ",\n  ") + "\n}\n"
  }

  /// A string with what JSON must not have bare.
  private static func text(_ string: String) -> String {
    var text = "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"", "\\": text += "\\\(scalar)"
      case _ where scalar.value < 32:
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
  }
}

extension CalibratedCore {
  fileprivate var json: String {
    let codes = Self.lists(codes) { "\($0)" }
    let residuals = Self.lists(residuals) { "\($0)" }
    return """
      {"core": \(index),
           "columns": [\(columns.map { "\($0)" }.joined(separator: ", "))],
           "success": [\(success.map { $0 ? "1" : "0" }.joined(separator: ", "))],
           "codes": {\(codes)},
           "residuals": {\(residuals)}}
      """
  }

  private static func lists<Number>(
    _ lists: [CircuitParameter: [Number]], _ text: (Number) -> String
  ) -> String {
    CircuitParameter.allCases.compactMap { parameter in
      lists[parameter].map { list in
        "\"\(parameter.rawValue)\": [\(list.map(text).joined(separator: ", "))]"
      }
    }.joined(separator: ",\n        ")
  }
}
