import ChipInterface
import HardwareSpec

/// The versions of the protocol that this program speaks.
package enum ProtocolVersion {
  /// The oldest and the newest.
  package static let oldest = 2
  package static let newest = 2
}

/// What the server is and where its other sockets are: the answer to `hello`.
package struct ServerDescription: Equatable, Sendable {
  /// The version of the protocol that was chosen.
  package var version: Int
  /// The server's own program and version, for people.
  package var build: String
  /// A name for this life of the server; another one means that volatile state is lost.
  package var serverSession: String
  /// Where requests that use a chip go, and where events come from.
  package var runEndpoint, eventEndpoint: String
  /// What the server accepts.
  package var limits: ServerLimits
  /// What it offers beyond chips: `compile`, `calibrate`.
  package var features: [String]

  /// Makes a description.
  package init(
    version: Int = ProtocolVersion.newest, build: String, serverSession: String,
    runEndpoint: String, eventEndpoint: String, limits: ServerLimits, features: [String] = []
  ) {
    (self.version, self.build, self.serverSession) = (version, build, serverSession)
    (self.runEndpoint, self.eventEndpoint) = (runEndpoint, eventEndpoint)
    (self.limits, self.features) = (limits, features)
  }
}

extension ServerDescription {
  /// The header fields of the answer that are the same for all users.
  package var fields: JSONObject {
    [
      "version": .integer(version), "build": .text(build), "server_session": .text(serverSession),
      "endpoints": .object(["run": .text(runEndpoint), "events": .text(eventEndpoint)]),
      "limits": .object(limits.fields), "features": .list(features.map { .text($0) }),
    ]
  }

  /// Reads the answer.
  package init(_ message: Message) throws(WireError) {
    let header = message.header
    let endpoints = try header.object("endpoints")
    self.init(
      version: try header.integer("version", ProtocolVersion.oldest...ProtocolVersion.newest),
      build: try header.text("build"), serverSession: try header.text("server_session"),
      runEndpoint: try endpoints.text("run"), eventEndpoint: try endpoints.text("events"),
      limits: try ServerLimits(header.object("limits")), features: try header.texts("features"))
  }
}

/// A chip as `hello` and `chip.info` tell of it.
package enum ChipCoding {
  /// The fields of an entry; `name` is what the server calls the chip.
  package static func fields(_ info: ChipInfo, chip name: String) -> JSONObject {
    [
      "chip": .text(name), "name": .text(info.spec.name), "hash": .text(info.spec.hash),
      "kind": .text(info.kind), "chip_seed": .text(info.chipSeed.description),
      "trial_seed": .text(info.trialSeed.description),
      "mismatch": info.mismatch.map { .number($0) } ?? .null,
      "effects": .list(info.effects.map { .text($0) }),
      "takes_exact_weights": .flag(info.takesExactWeights),
    ]
  }

  /// The text of the chip file, as the payload of `chip.info`.
  package static func payload(_ info: ChipInfo) -> Payload {
    Payload([WireArray("chip_file", Array(info.spec.canonicalYAML.utf8))])
  }

  /// Reads the answer to `chip.info`.
  package static func decode(_ message: Message) throws(WireError) -> ChipInfo {
    let object = message.header
    let name = try object.text("name")
    let file = try message.array("chip_file", UInt8.self)
    let spec: ChipSpec
    do {
      spec = try ChipSpec(yaml: String(decoding: file, as: UTF8.self), file: "\(name).yaml")
    } catch { throw WireError(.badPayload, error.description, field: "chip_file") }
    guard spec.hash == (try object.text("hash")) else {
      throw WireError(.badPayload, "the chip file has another hash than announced", field: "hash")
    }
    return ChipInfo(
      spec: spec, kind: try object.text("kind"), chipSeed: try object.seed("chip_seed"),
      trialSeed: try object.seed("trial_seed"),
      mismatch: object["mismatch"] == .null ? nil : try object.number("mismatch"),
      effects: try object.texts("effects"),
      takesExactWeights: try object.flag("takes_exact_weights"))
  }
}
