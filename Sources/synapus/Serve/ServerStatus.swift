import Foundation

/// What a server says of its state; what older or newer ones leave out is empty.
struct ServerStatus: Decodable {
  struct Holder: Decodable {
    var client, user, mode: String
    var note: String?
    var seconds: Double
  }

  struct Waiting: Decodable {
    var user, mode: String
    var position: Int
  }

  struct Job: Decodable {
    var type, user: String
    var seconds: Double
    var samples, of: Int?
  }

  struct Share: Decodable {
    var user: String
    var chipSeconds: Double
  }

  struct Chip: Decodable {
    var chip, state: String
    var holders: [Holder]?
    var waiting: [Waiting]?
    var queue: Int?
    var job: Job?
    var users: [Share]?
  }

  var phase: String
  var uptimeSeconds: Double?
  var sessions: Int?
  var chips: [Chip]?
  var totals: [String: Double]?

  /// Understands a server's answer.
  init(json: String) throws {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    do {
      self = try decoder.decode(ServerStatus.self, from: Data(json.utf8))
    } catch {
      throw Failure(.serverRefusal, "the server's status cannot be read: it lacks what it must say")
    }
  }

  /// The state for people.
  func text(at endpoint: String) -> String {
    var lines = ["\(endpoint): \(phase)" + (uptimeSeconds.map { ", up \(Self.time($0))" } ?? "")]
    if let sessions { lines[0] += ", \(sessions) \(sessions == 1 ? "session" : "sessions")" }
    for chip in chips ?? [] { lines += ["", chip.headline] + chip.lines }
    if let totals, !totals.isEmpty {
      let words = totals.sorted { $0.key < $1.key }.map { key, value in
        "\(key.snakeCase.replacing("_", with: " ")) \(Self.number(value))"
      }
      lines += ["", "totals: " + words.joined(separator: ", ")]
    }
    return lines.joined(separator: "\n")
  }

  static func time(_ seconds: Double) -> String {
    let whole = Int(max(0, min(seconds, 1e9)))
    if whole < 60 { return number(seconds) + " s" }
    if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
    return "\(whole / 3600) h \(whole / 60 % 60) min"
  }

  static func number(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15
      ? "\(Int(value))" : String(format: "%.1f", value)
  }
}

extension ServerStatus.Chip {
  fileprivate var headline: String {
    var words = "chip \(chip): \(state)"
    if let job {
      words += ", \(job.type) of \(job.user) since \(ServerStatus.time(job.seconds))"
      if let samples = job.samples, let of = job.of { words += ", \(samples) of \(of) samples" }
    }
    if let queue, queue > 0 { words += ", \(queue) waiting" }
    return words
  }

  fileprivate var lines: [String] {
    var lines: [String] = []
    if let holders, !holders.isEmpty {
      let rows = holders.map {
        [$0.user, $0.mode, ServerStatus.time($0.seconds), $0.client, $0.note ?? ""]
      }
      lines += TextTable(["holder", "lease", "since", "client", "note"], rows).lines(indent: "  ")
    }
    if let waiting, !waiting.isEmpty {
      let rows = waiting.map { ["\($0.position)", $0.user, $0.mode] }
      lines += TextTable(["queue", "user", "wants"], rows).lines(indent: "  ")
    }
    let total = (users ?? []).reduce(0) { $0 + $1.chipSeconds }
    if let users, total > 0 {
      let rows = users.map { share in
        [
          share.user, ServerStatus.time(share.chipSeconds),
          String(format: "%.0f %%", 100 * share.chipSeconds / total),
        ]
      }
      lines += TextTable(["user", "chip time", "share"], rows).lines(indent: "  ")
    }
    return lines
  }
}

extension String {
  /// `chipSeconds` as `chip_seconds`: what the decoder made of the server's keys, undone.
  fileprivate var snakeCase: String {
    reduce(into: "") { text, character in
      text += character.isUppercase ? "_" + character.lowercased() : String(character)
    }
  }
}
