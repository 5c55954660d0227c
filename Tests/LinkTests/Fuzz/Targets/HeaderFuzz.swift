import ChipInterface
import HardwareSpec
import Link
import TestSupport

/// Messages: frames, JSON header, request, and the answers to what is refused.
///
/// An input is a file as in `docs/protocol/golden`: frames, each after its length as u32. Lengths
/// beyond the end are cut, and an input that begins with `{` is a header alone.
struct HeaderFuzz: FuzzTarget {
  static let name = "header"
  private let good: [Frame]

  init() throws {
    good = Message.frames(
      header: ["type": .text("ping"), "id": .text("a"), "session": .text("s")], payload: nil)
  }

  func seeds() throws -> [[UInt8]] {
    let spec = try ChipLibrary.chip("synapus-1")
    let experiment = TestImage.experiment(for: spec, samples: 1)
    var run: JSONObject = [
      "type": .text("run"), "id": .text("b5"), "session": .text("0f"), "epoch": .integer(17),
    ]
    run.merge(ExperimentCoding.fields(experiment))
    let messages = [
      Message.frames(header: run, payload: Payload(ExperimentCoding.arrays(experiment))),
      Reply(id: "a", .failure(WireError(.busy, "why", field: "f", limit: 1, actual: 2))).frames,
      Reply(
        id: "a",
        .message(
          type: "hello.ok",
          ServerDescription(
            build: "b", serverSession: "s", runEndpoint: "ipc:///r", eventEndpoint: "ipc:///e",
            limits: ServerLimits(), features: []
          ).fields, nil)
      ).frames,
    ]
    return messages.map(Self.joined) + Self.headers.map { Array($0.utf8) }
  }

  private static let headers = [
    #"{"type":"hello","id":"a1","versions":[2,2]}"#,
    #"{"type":"session.open","id":"a3","client":"train, alice"}"#,
    #"{"type":"session.resume","id":"a4","session":"0f5e"}"#,
    #"{"type":"lease.acquire","id":"a6","session":"0f","chip":"0","mode":"shared","ttl_ms":10000,"note":"n","wait_ms":5000}"#,
    #"{"type":"cancel","id":"a11","session":"0f5e","target":"b7","acks":["b1","b2"]}"#,
    #"{"type":"request.state","id":"a12","session":"0f5e","target":"b7"}"#,
    #"{"type":"put","id":"b1","session":"0f","upload":"u1","offset":0,"total":8,"payload":[{"bytes":8,"crc32c":2351477386,"arrays":[{"name":"data","dtype":"u8","shape":[8]}]}]}"#,
    #"{"type":"image.load","id":"b2","session":"0f","epoch":17,"checkpoint_every":1,"payload":[{"bytes":9,"crc32c":1,"upload":"u1","arrays":[{"name":"image","dtype":"u8","shape":[9]}]}]}"#,
    #"{"type":"run.credit","id":"b6","session":"0f5e","target":"b5","received":16,"credit":8}"#,
    #"{"type":"compile","id":"b8","chip":"0","deadline_ms":1,"options":{"seed":"1","x":"é\u00e9\ud83d\ude00"}}"#,
    #"{"type":"weights.write","id":"b4","epoch":-0.5e-3,"x":[null,true,false,1e308,[[[]]]]}"#,
  ]

  static func joined(_ frames: [Frame]) -> [UInt8] {
    frames.flatMap { frame in
      (0..<4).map { UInt8(truncatingIfNeeded: frame.count >> (8 * $0)) } + frame.bytes
    }
  }

  static func frames(_ bytes: [UInt8]) -> [Frame] {
    if bytes.first == UInt8(ascii: "{") { return [Message.magic, Frame(bytes)] }
    var (frames, rest): ([Frame], ArraySlice<UInt8>) = ([], bytes[...])
    while rest.count >= 4, frames.count < 12 {
      let size = rest.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
      rest = rest.dropFirst(4)
      frames.append(Frame(rest.prefix(size)))
      rest = rest.dropFirst(size)
    }
    return frames
  }

  func take(_ bytes: [UInt8]) throws {
    let frames = Self.frames(bytes)
    if frames.count > 1 { try takeJSON(frames[1].bytes) }
    var message: Message
    do throws(MalformedMessage) {
      message = try Message(frames: frames, excess: 0, payloadLimit: 1 << 20)
    } catch {
      try Self.requireAnswer(error.error, error.id)
      return
    }
    try take(&message)
  }

  private func takeJSON(_ bytes: [UInt8]) throws {
    do throws(WireError) {
      let value = try JSONValue(parsing: bytes)
      let again = try? JSONValue(parsing: value.json)
      if again != value { throw WireError(.internalError, "not read as it was written") }
    } catch {
      try FuzzFinding.require(error.code != .internalError, error.detail)
    }
  }

  private func take(_ message: inout Message) throws {
    try Self.answering(message.id) { () throws(WireError) in try message.verifyChecksums() }
    for channel in [Channel.control, .run] {
      try Self.answering(message.id) { () throws(WireError) in
        let request = try Request(message, on: channel)
        _ = (request.command.right, request.fingerprint)
      }
    }
    try Self.answering(message.id) { () throws(WireError) in _ = try ServerDescription(message) }
    try Self.answering(message.id) { () throws(WireError) in _ = try ChipCoding.decode(message) }
    _ = message.refusal
    for upload in message.missingUploads {
      message.attach(upload: upload.name, pieces: [Frame([1, 2]), Frame([])])
    }
    try Self.answering(message.id) { () throws(WireError) in try message.verifyChecksums() }
  }

  /// Whatever is refused can be answered, and the answer be read.
  static func answering(_ id: String, _ body: () throws(WireError) -> Void) throws {
    do throws(WireError) { try body() } catch { try requireAnswer(error, id) }
  }

  static func requireAnswer(_ error: WireError, _ id: String?) throws {
    try FuzzFinding.require(error.code != .internalError, error.detail)
    let frames = Reply(id: id, .failure(error)).frames
    let answer = try? Message(frames: frames, excess: 0, payloadLimit: 0)
    try FuzzFinding.require(
      answer?.refusal?.code == error.code.rawValue && answer?.id == id ?? "",
      "the answer to \(error) cannot be read")
  }

  func takeGood() throws {
    let message = try Message(frames: good, excess: 0, payloadLimit: 1 << 20)
    let request = try Request(message, on: .control)
    try FuzzFinding.require(request.command == .ping, "a good message is not understood")
  }
}
