import ChipInterface

/// What differs between two files of images: of networks in parts, part by part.
struct ImageDiffSheet {
  private let notes: [String]
  private let parts: [(name: String, diff: ImageDiff)]

  init(_ first: RunnableFile, _ second: RunnableFile, limit: Int) {
    let (a, b) = (first.images, second.images)
    notes = a.count == b.count ? [] : ["parts: \(a.count) -> \(b.count)"]
    parts = zip(a, b).enumerated().map { number, images in
      (
        a.count > 1 ? "part \(number): " : "",
        ImageDiff(images.0, images.1, on: first.spec, second.spec, limit: limit)
      )
    }
  }

  var isEmpty: Bool { notes.isEmpty && parts.allSatisfy(\.diff.isEmpty) }

  private var lines: [String] {
    notes + parts.flatMap { part in part.diff.lines.map { part.name + $0 } }
  }

  var text: String { lines.joined(separator: "\n") }

  var json: JSON {
    .object([
      "equal": .flag(isEmpty), "differences": .list(lines.map { .text($0) }),
      "synapses": list(\.projections), "neurons": list(\.populations),
      "routes": list(\.routes),
      "network": .list(parts.flatMap(\.diff.network).map { .text("\($0)") }),
      "placement": .list(parts.flatMap(\.diff.placement).map { .text("\($0)") }),
      "chip": .list(parts.flatMap(\.diff.chip).map { .text("\($0)") }),
    ])
  }

  private func list(_ kind: KeyPath<ImageDiff, [DesignDifference]>) -> JSON {
    .list(parts.flatMap { $0.diff[keyPath: kind] }.map(Self.json))
  }

  private static func json(_ difference: DesignDifference) -> JSON {
    var members: [(String, JSON)] = [
      ("of", .text(difference.owner)), ("what", .text(difference.aspect)),
      ("count", .integer(difference.count)),
    ]
    if let steps = difference.largestSteps { members.append(("largest_steps", .integer(steps))) }
    if let target = difference.target { members.append(("target", .text(target))) }
    members.append(("parts", .list(difference.parts.map(Self.json))))
    return .object(members)
  }

  private static func json(_ part: DesignDifference.Part) -> JSON {
    var members: [(String, JSON)] = [("number", .integer(part.number))]
    if let receiver = part.receiver { members.append(("receiver", .integer(receiver))) }
    members += [("first", .text(part.first)), ("second", .text(part.second))]
    return .object(members)
  }
}

extension RunnableFile {
  /// The images in the order in which they run.
  fileprivate var images: [ChipImage] {
    switch self {
    case .image(let file): return [file.image]
    case .sequence(let sequence, _): return sequence.parts.map(\.image)
    }
  }
}
