import HardwareSpec
import Link

/// One message of every type, as one short story: alice loads an image, trains, and leaves.
enum GoldenMessages {
  static let session = JSONValue.text("0f5e9c3b6a7d48e2b1c4d7e8f9a0b1c2")
  static let serverSession = "7a0c51d2e94b4f638b1de2f0c3a4956d"
  /// Stands for an image: the protocol does not look into it.
  static let image = Array("an image, as docs/chip-image.md has it".utf8)
  static let imageHash = JSONValue.text(ContentHash.hexadecimal(of: image))
  /// Stands for a chip file.
  static let chipFile = Array("name: synapus-1\n".utf8)

  static var all: [GoldenMessage] {
    greetings + sessions + leases + looks + operations + uploads + images + runs
      + GoldenRun.answers + GoldenRun.others + tools + events + [error]
  }

  /// The keys of work under the lease of the story.
  static func work(_ fields: JSONObject = [:]) -> JSONObject {
    var all: JSONObject = ["session": session, "epoch": .integer(17)]
    all.merge(fields)
    return all
  }

  static func bytes(_ name: String, _ bytes: [UInt8]) -> Payload {
    Payload([WireArray(name, bytes)])
  }

  // MARK: Control

  private static var chip: JSONObject {
    [
      "chip": .text("0"), "name": .text("synapus-1"),
      "hash": .text(ContentHash.hexadecimal(of: chipFile)), "kind": .text("emulated"),
      "chip_seed": .text("1"), "trial_seed": .text("18446744073709551615"),
      "mismatch": .number(0.2),
      "effects": .list(["mismatch", "synapse", "adc", "noise", "jitter"].map { .text($0) }),
      "takes_exact_weights": .flag(false), "state": .text("idle"),
    ]
  }

  private static var greetings: [GoldenMessage] {
    let server = ServerDescription(
      build: "synapus 0.1", serverSession: serverSession, runEndpoint: "ipc:///tmp/s.run",
      eventEndpoint: "ipc:///tmp/s.evt", limits: ServerLimits(),
      features: ["compile", "calibrate"])
    var hello = server.fields
    hello["user"] = .text("alice")
    hello["role"] = .text("admin")
    hello["chips"] = .list([.object(chip)])
    return [
      .request(
        "hello", id: "a1", on: .control, ["versions": .list([.integer(2), .integer(2)])]),
      .answer("hello.ok", id: "a1", hello),
      .request("chip.info", id: "a2", on: .control, ["chip": .text("0")]),
      .answer("chip.info.ok", id: "a2", chip, bytes("chip_file", chipFile)),
    ]
  }

  private static var sessions: [GoldenMessage] {
    let held: JSONObject = [
      "chip": .text("0"), "epoch": .integer(17), "state": .text("granted"),
    ]
    let leases = JSONValue.list([.object(held)])
    return [
      .request("session.open", id: "a3", on: .control, ["client": .text("train yinyang, alice")]),
      .answer("session.open.ok", id: "a3", ["session": session]),
      .request("session.resume", id: "a4", on: .control, ["session": session]),
      .answer(
        "session.resume.ok", id: "a4",
        [
          "server_session": .text(serverSession),
          "images": .list([
            .object([
              "chip": .text("0"), "image": imageHash, "state": .text("kept"),
              "checkpoint": .integer(3), "runs_since": .integer(12),
            ])
          ]), "leases": leases,
        ]),
      .request("ping", id: "a5", on: .control, ["session": session]),
      .request("ping", id: "a5", on: .control, variant: "-bare"),
      .answer("ping.ok", id: "a5", ["server_session": .text(serverSession), "leases": leases]),
      .answer("ping.ok", id: "a5", variant: "-bare", ["server_session": .text(serverSession)]),
      .request("session.close", id: "a9", on: .control, ["session": session]),
      .answer("session.close.ok", id: "a9"),
      .request("bye", id: "a9", on: .control), .answer("bye.ok", id: "a9"),
    ]
  }

  private static var leases: [GoldenMessage] {
    [
      .request(
        "lease.acquire", id: "a6", on: .control,
        [
          "session": session, "chip": .text("0"), "mode": .text("shared"),
          "ttl_ms": .integer(10_000), "note": .text("training"), "wait_ms": .integer(5_000),
        ]),
      .answer(
        "lease.acquire.ok", id: "a6",
        [
          "chip": .text("0"), "state": .text("granted"), "epoch": .integer(17),
          "mode": .text("shared"),
        ]),
      .answer(
        "lease.acquire.ok", id: "a6", variant: "-queued",
        [
          "chip": .text("0"), "state": .text("queued"), "position": .integer(2),
          "held_by": .text("bob: nightly (12 s)"),
        ]),
      .request("lease.release", id: "a7", on: .control, ["session": session, "chip": .text("0")]),
      .answer("lease.release.ok", id: "a7"),
      .request("lease.break", id: "a8", on: .control, ["chip": .text("0")]),
      .answer("lease.break.ok", id: "a8", ["broken": .integer(1)]),
    ]
  }

  private static var looks: [GoldenMessage] {
    [
      .request("status", id: "a10", on: .control),
      .answer("status.ok", id: "a10", GoldenStatus.fields),
      .request(
        "cancel", id: "a11", on: .control, ["session": session, "target": .text("b5")]),
      .answer("cancel.ok", id: "a11", ["cancelled": .integer(1)]),
      .request(
        "request.state", id: "a12", on: .control, ["session": session, "target": .text("b5")]),
      .answer(
        "request.state.ok", id: "a12",
        [
          "target": .text("b5"), "state": .text("running"), "samples": .integer(2),
          "of": .integer(4),
        ]),
    ]
  }

  private static var operations: [GoldenMessage] {
    let metrics = "# TYPE synapus_requests_total counter\nsynapus_requests_total 310\n"
    return [
      .request("metrics", id: "a13", on: .control),
      .answer("metrics.ok", id: "a13", [:], bytes("text", Array(metrics.utf8))),
      .request("chip.reset", id: "a14", on: .control, ["chip": .text("0")]),
      .answer("chip.reset.ok", id: "a14"),
      .request("server.stop", id: "a15", on: .control), .answer("server.stop.ok", id: "a15"),
    ]
  }

  // MARK: Run

  private static var uploads: [GoldenMessage] {
    let first = Array(image.prefix(16))
    let whole = bytes("image", image)
    let entry: JSONObject = [
      "upload": .text("u1"), "bytes": .integer(whole.frame.count),
      "crc32c": .integer(Int(whole.frame.checksum)),
      "arrays": .list([
        .object([
          "name": .text("image"), "dtype": .text("u8"), "shape": .list([.integer(image.count)]),
        ])
      ]),
    ]
    return [
      .request(
        "put", id: "b1", on: .run,
        [
          "session": session, "upload": .text("u1"), "offset": .integer(0),
          "total": .integer(whole.frame.count),
        ], bytes("data", first)),
      .answer("put.ok", id: "b1", ["received": .integer(16)]),
      .request(
        "image.load", id: "b2", on: .run, variant: "-upload",
        work(["payload": .list([.object(entry)])])),
    ]
  }

  private static var images: [GoldenMessage] {
    return [
      .request(
        "image.load", id: "b2", on: .run,
        work(["chip": .text("0"), "checkpoint_every": .integer(1), "deadline_ms": .integer(60_000)]
        ),
        bytes("image", image)),
      .answer("image.load.ok", id: "b2", ["image": imageHash, "durable": .flag(true)]),
      .request("image.commit", id: "b3", on: .run, work()),
      .answer(
        "image.commit.ok", id: "b3", ["checkpoint": .integer(4), "durable": .flag(true)]),
      .request("weights.write", id: "b4", on: .run, work(), Payload(weights)),
      .answer("weights.write.ok", id: "b4", ["volatile": .flag(true)]),
      .request("image.read", id: "b9", on: .run, work()),
      .answer("image.read.ok", id: "b9", [:], bytes("image", image)),
    ]
  }

  private static var weights: [WireArray] {
    [
      WireArray("blocks", [0, 4, 1, 0, 3, 0] as [Int32], shape: [1, 6]),
      WireArray("steps", [7, -7, 0] as [Int8]), WireArray("exact", [Double]()),
    ]
  }

  private static var runs: [GoldenMessage] {
    // A run that brings its weights along, comes after another request, and takes narrow types.
    var terms = GoldenRun.terms
    terms["after"] = .text("b4")
    terms["narrow"] = .flag(true)
    terms["acks"] = nil
    return [
      .request("run", id: "b5", on: .run, work(GoldenRun.terms), GoldenRun.experiment),
      .request(
        "run", id: "b12", on: .run, variant: "-weights", work(terms),
        Payload(GoldenRun.experimentArrays + weights)),
    ]
  }

  private static var tools: [GoldenMessage] {
    let options = JSONValue.object(["seed": .text("1")])
    return [
      .request(
        "compile", id: "b8", on: .run,
        ["session": session, "chip": .text("0"), "options": options],
        bytes("network", Array("a NIR file".utf8))),
      .request(
        "compile", id: "b11", on: .run, variant: "-lists",
        [
          "session": session, "chip": .text("0"),
          "options": .object([
            "copies": .list([.text("fc1=5"), .text("fc2=3")]), "seed": .text("1"),
          ]),
        ], bytes("network", Array("a NIR file".utf8))),
      .answer(
        "compile.ok", id: "b8", [:],
        Payload([WireArray("image", image), WireArray("report", Array("{}".utf8))])),
      .request("calibrate", id: "b10", on: .run, work(["options": .object([:])])),
      .answer("calibrate.ok", id: "b10", [:], bytes("table", Array("a table".utf8))),
    ]
  }

  // MARK: Events and errors

  private static var events: [GoldenMessage] {
    let run: JSONObject = ["id": .text("b5"), "chip": .text("0")]
    var progress = run
    progress.merge([
      "samples": .integer(2), "of": .integer(4), "seconds": .number(1.2),
      "left_seconds": .number(1.8), "spikes": .integer(6),
    ])
    return [
      .event("state", sequence: 17, GoldenStatus.fields),
      .event("progress", sequence: 18, progress),
      .event(
        "queue", sequence: 19, ["chip": .text("0"), "waiting": .list([GoldenStatus.waiting])]),
      .event("busy", sequence: 20, run), .event("idle", sequence: 21, run),
      .event("bye", sequence: 22),
    ]
  }

  private static var error: GoldenMessage {
    let error = WireError(
      .chipRefused, "sample 0 has a spike on input 99; the image has inputs 0..<8",
      field: "units", limit: 7, actual: 99)
    return GoldenMessage(
      name: "error", kind: .answer, frames: Reply(id: "b5", .failure(error)).frames)
  }
}
