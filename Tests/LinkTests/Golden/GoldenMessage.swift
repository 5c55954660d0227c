import Foundation
import Link

/// A message of `docs/protocol/golden`: its frames, and who sends it.
struct GoldenMessage {
  /// Which way it goes.
  enum Kind: String { case control, run, answer, event }

  /// The file's name without `.syn`; what stands after a `-` tells variants of a type apart.
  let name: String
  let kind: Kind
  let frames: [Frame]

  /// Makes a request; the header begins with its type and id.
  static func request(
    _ type: String, id: String, on channel: Channel, variant: String = "",
    _ fields: JSONObject = [:], _ payload: Payload? = nil
  ) -> GoldenMessage {
    var header: JSONObject = ["type": .text(type), "id": .text(id)]
    header.merge(fields)
    return GoldenMessage(
      name: type + variant, kind: channel == .run ? .run : .control,
      frames: Message.frames(header: header, payload: payload))
  }

  /// Makes an answer as the server does.
  static func answer(
    _ type: String, id: String, variant: String = "", _ fields: JSONObject = [:],
    _ payload: Payload? = nil
  ) -> GoldenMessage {
    let reply = Reply(id: id, .message(type: type, fields, payload))
    return GoldenMessage(name: type + variant, kind: .answer, frames: reply.frames)
  }

  /// Makes an event.
  static func event(_ type: String, sequence: Int, _ fields: JSONObject = [:]) -> GoldenMessage {
    var header: JSONObject = ["type": .text(type), "sequence": .integer(sequence)]
    header.merge(fields)
    return GoldenMessage(
      name: "event." + type, kind: .event, frames: Message.frames(header: header, payload: nil))
  }
}

// MARK: Files

extension GoldenMessage {
  /// `docs/protocol/golden` of the repository.
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "docs/protocol/golden")

  /// The bytes of the file: each frame after its length as u32, little-endian.
  var file: [UInt8] {
    frames.flatMap { frame -> [UInt8] in
      withUnsafeBytes(of: UInt32(frame.count).littleEndian) { Array($0) } + frame.bytes
    }
  }

  /// The frames in the bytes of a file; a last one that is cut short is as long as there are bytes.
  static func frames(file bytes: some Collection<UInt8>) -> [Frame] {
    var rest = bytes[...]
    var frames: [Frame] = []
    while rest.count >= 4 {
      let count = rest.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
      rest = rest.dropFirst(4)
      frames.append(Frame(Array(rest.prefix(count))))
      rest = rest.dropFirst(count)
    }
    return frames
  }
}
