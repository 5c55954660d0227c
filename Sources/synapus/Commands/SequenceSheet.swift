import Analysis
import ChipInterface
import HardwareSpec

/// What a network in parts holds, in numbers.
struct SequenceSheet {
  private let sequence: ImageSequence
  private let hash: String
  private let sheets: [ImageSheet]

  init(_ sequence: ImageSequence, _ spec: ChipSpec, hash: String) throws {
    (self.sequence, self.hash) = (sequence, hash)
    sheets = try sequence.parts.map {
      ImageSheet($0.image, hash: try $0.image.contentHash(spec: spec))
    }
  }

  var json: JSON {
    .object([
      "network": .text(sequence.io.network), "hash": .text(hash),
      "inputs": .integer(sequence.inputCount),
      "populations": .list(sequence.populations.map { .text($0) }),
      "parts": .list(
        zip(sequence.parts, sheets).map { part, sheet in
          .object([
            "channels": .list(part.channels.map(channels)), "image": sheet.json,
          ])
        }),
    ])
  }

  /// The parts in a table, then what each holds.
  var text: String {
    var table = TextTable("part", "populations", "cores", "hears")
    for (number, part) in sequence.parts.enumerated() {
      table.append([
        "\(number)", part.image.io.populations.map(\.name).joined(separator: " "),
        "\(part.image.cores.count)", part.channels.map(origin).joined(separator: " "),
      ])
    }
    let sheets = sheets.enumerated().map { "part \($0)\n\n\($1.text)" }
    return """
      network   \(sequence.io.network), in \(sequence.parts.count) parts that run one after the other
      hash      \(hash)
      inputs    \(sequence.inputCount)

      \(table.text())
      \(sheets.joined(separator: "\n"))
      """
  }

  private func origin(_ channels: ImageSequence.Channels) -> String {
    switch channels.origin {
    case .inputs: return "inputs"
    case .population(let name): return name
    }
  }

  private func channels(_ channels: ImageSequence.Channels) -> JSON {
    .object([
      "from": .text(origin(channels)), "first": .integer(channels.firstSender),
      "count": .integer(channels.count),
    ])
  }
}
