import ChipInterface
import HardwareSpec

/// What the server is and where its other sockets are: the answer to `hello`.
package struct ServerDescription: Equatable, Sendable {
  /// The version of the protocol that was chosen.
  package var version: Int
  /// The server's own program and version, for people.
  package var build: String
  /// A name for this life of the server; another one means that its state is lost.
  package var serverSession: String
  /// Where requests that use the chip go, and where events come from.
  package var runEndpoint, eventEndpoint: String
  /// What the server accepts.
  package var limits: ServerLimits
  /// The chip.
  package var chip: ChipInfo

  /// Makes a description.
  package init(
    version: Int = ProtocolVersion.newest, build: String, serverSession: String,
    runEndpoint: String, eventEndpoint: String, limits: ServerLimits, chip: ChipInfo
  ) {
    (self.version, self.build, self.serverSession) = (version, build, serverSession)
    (self.runEndpoint, self.eventEndpoint) = (runEndpoint, eventEndpoint)
    (self.limits, self.chip) = (limits, chip)
  }
}

/// The versions of the protocol that this program speaks.
package enum ProtocolVersion {
  /// The oldest and the newest.
  package static let oldest = 1
  package static let newest = 1
}

/// The limits that a server announces.
public struct ServerLimits: Equatable, Sendable {
  /// The largest payload of a request, and of a result, in bytes.
  public var requestBytes, resultBytes: Int
  /// Seconds without a message after which a session ends.
  public var sessionIdleSeconds: Int

  /// Makes limits; the defaults are 64 MiB, 256 MiB and 10 s.
  public init(
    requestBytes: Int = 64 << 20, resultBytes: Int = 256 << 20, sessionIdleSeconds: Int = 10
  ) {
    (self.requestBytes, self.resultBytes) = (requestBytes, resultBytes)
    self.sessionIdleSeconds = sessionIdleSeconds
  }
}

extension ServerDescription {
  /// The header fields of the answer.
  package var fields: JSONObject {
    [
      "version": .integer(version), "build": .text(build), "server_session": .text(serverSession),
      "endpoints": .object(["run": .text(runEndpoint), "events": .text(eventEndpoint)]),
      "limits": .object([
        "header_bytes": .integer(Message.largestHeader),
        "request_bytes": .integer(limits.requestBytes),
        "result_bytes": .integer(limits.resultBytes),
        "frames": .integer(Message.mostFrames),
        "session_idle_seconds": .integer(limits.sessionIdleSeconds),
      ]),
      "chip": .object(chip.fields),
    ]
  }

  /// The text of the chip file, as the payload.
  package var payload: Payload {
    Payload([WireArray("chip_file", Array(chip.spec.canonicalYAML.utf8))])
  }

  /// Reads the answer.
  package init(_ message: Message) throws(WireError) {
    let header = message.header
    let endpoints = try header.object("endpoints")
    let limits = try header.object("limits")
    self.init(
      version: try header.integer("version", ProtocolVersion.oldest...ProtocolVersion.newest),
      build: try header.text("build"), serverSession: try header.text("server_session"),
      runEndpoint: try endpoints.text("run"), eventEndpoint: try endpoints.text("events"),
      limits: ServerLimits(
        requestBytes: try limits.integer("request_bytes", 0...Int.max),
        resultBytes: try limits.integer("result_bytes", 0...1 << 40),
        sessionIdleSeconds: try limits.integer("session_idle_seconds", 1...1_000_000)),
      chip: try ChipInfo(header.object("chip"), file: message.array("chip_file", UInt8.self)))
  }
}

extension ChipInfo {
  fileprivate var fields: JSONObject {
    [
      "name": .text(spec.name), "hash": .text(spec.hash), "kind": .text(kind),
      "chip_seed": .text(chipSeed.description), "trial_seed": .text(trialSeed.description),
      "mismatch": mismatch.map { .number($0) } ?? .null,
      "effects": .list(effects.map { .text($0) }), "takes_exact_weights": .flag(takesExactWeights),
    ]
  }

  fileprivate init(_ object: JSONObject, file: [UInt8]) throws(WireError) {
    let name = try object.text("name")
    let spec: ChipSpec
    do {
      spec = try ChipSpec(yaml: String(decoding: file, as: UTF8.self), file: "\(name).yaml")
    } catch { throw WireError(.badPayload, error.description, field: "chip_file") }
    guard spec.hash == (try object.text("hash")) else {
      throw WireError(.badPayload, "the chip file has another hash than announced", field: "hash")
    }
    self.init(
      spec: spec, kind: try object.text("kind"), chipSeed: try object.seed("chip_seed"),
      trialSeed: try object.seed("trial_seed"),
      mismatch: object["mismatch"] == .null ? nil : try object.number("mismatch"),
      effects: try object.texts("effects"),
      takesExactWeights: try object.flag("takes_exact_weights"))
  }
}
