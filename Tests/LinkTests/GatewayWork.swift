import ChipInterface
import HardwareSpec
import Link
import TestSupport

/// A session with a lease, and the work that is asked in it.
final class GatewayWork {
  let control, bulk: GatewayClient
  let session: String
  let epoch: Int
  private let spec: ChipSpec
  private let image: ChipImage

  /// Opens a session and acquires the chip.
  init(_ control: GatewayClient, _ run: GatewayClient, _ spec: ChipSpec) throws {
    (self.control, bulk, self.spec) = (control, run, spec)
    image = try TestImage.make(for: spec)
    session = try control.open()
    epoch = try control.acquire(session)
  }

  private var fields: JSONObject { ["chip": .text("0"), "epoch": .integer(epoch)] }

  /// Loads the test image.
  func load() throws -> Message {
    let payload = Payload(try ImageCoding.encode(image, spec: spec))
    return try bulk.ask("image.load", session: session, fields, payload: payload)
  }

  /// Sends a run of so many samples with one spike each.
  @discardableResult
  func sendRun(samples: Int) -> String {
    let inputs = SpikeBatch(
      offsets: Array(0...samples), cycles: (0..<samples).map { UInt32($0 % 50) },
      units: Array(repeating: 0, count: samples))
    let experiment = Experiment(
      durationTicks: 20, inputs: inputs, sampleNumbers: (0..<samples).map { UInt64($0) },
      recorded: RecordingRequest())
    var header = fields
    header.merge(ExperimentCoding.fields(experiment))
    return bulk.send(
      "run", session: session, header, payload: Payload(ExperimentCoding.arrays(experiment)))
  }

  /// Runs, and answers with the last message of the result.
  func run(samples: Int) throws -> Message {
    let id = sendRun(samples: samples)
    while true {
      let answer = try bulk.receive()
      if answer.id == id, answer.type != "run.chunk" { return answer }
    }
  }
}
