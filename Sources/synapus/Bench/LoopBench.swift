import ChipInterface
import Foundation
import Link
import Training

/// Training in the loop on the same device here and behind a server, in windows side by side: what
/// disturbs the machine meets both.
struct LoopBench {
  private static let (windows, batches) = (40, 15)

  let threads: Int

  /// What the two sides took.
  struct Comparison: Encodable {
    /// Seconds a batch, and the median of the ratios of neighbouring windows.
    var here, there, ratio: Double
    /// Where the time of a batch goes.
    var partsHere, partsThere: Parts
    /// Seconds of a batch that the server's chip was at work, and of the run that it was not: the
    /// line and the gateway.
    var serversChip, line: Double

    enum CodingKeys: String, CodingKey {
      case here = "in_process_seconds"
      case there = "seconds"
      case ratio
      case partsHere = "in_process_parts"
      case partsThere = "parts"
      case serversChip = "servers_chip_seconds"
      case line = "line_seconds"
    }
  }

  /// Seconds of a batch by part, as the client sees them.
  struct Parts: Encodable {
    /// Running the mini-batch, the backward pass with the update, writing weights.
    var chip, backward, write: Double

    fileprivate init(_ seconds: LoopSeconds, batches: Int) {
      let count = Double(batches)
      (chip, backward) = (seconds.chip / count, seconds.backward / count)
      write = seconds.write / count
    }
  }

  /// Trains in turns on both.
  func run(_ chip: any Chip, _ remote: RemoteChip) throws -> Comparison {
    var (here, there) = (
      try LoopWindow(chip, threads: threads), try LoopWindow(remote, threads: threads)
    )
    for _ in 0..<2 {
      _ = try here.seconds(batches: Self.batches)
      _ = try there.seconds(batches: Self.batches)
    }
    let chipBefore = try Self.chipSeconds(remote)
    var (local, away): ([Double], [Double]) = ([], [])
    for window in 0..<Self.windows {
      if window % 2 == 0 { local.append(try here.seconds(batches: Self.batches)) }
      away.append(try there.seconds(batches: Self.batches))
      if window % 2 == 1 { local.append(try here.seconds(batches: Self.batches)) }
    }
    let count = Double(Self.windows * Self.batches)
    let atWork = (try Self.chipSeconds(remote) - chipBefore) / count
    let parts = (here.parts, there.parts)
    return Comparison(
      here: local.median / Double(Self.batches), there: away.median / Double(Self.batches),
      ratio: zip(away, local).map { $0 / $1 }.median, partsHere: parts.0, partsThere: parts.1,
      serversChip: atWork, line: parts.1.chip + parts.1.write - atWork)
  }

  /// The seconds that the server's chip has been at work, as its status tells.
  private static func chipSeconds(_ remote: RemoteChip) throws -> Double {
    struct Status: Decodable {
      struct Totals: Decodable { var chip_seconds: Double }
      var totals: Totals
    }
    let status = Data(try remote.status().utf8)
    return try JSONDecoder().decode(Status.self, from: status).totals.chip_seconds
  }
}

/// A stretch of training in the loop, on a chip here or elsewhere.
struct LoopWindow {
  private let loop: TrainingLoop
  private let workload: ImageWorkload
  private var batch = 0

  /// Loads the network of W5.
  init(_ chip: any Chip, threads: Int) throws {
    workload = try ImageWorkload(chip.info.spec, images: 100)
    let settings = HyperParameters.images
    let shape = NetworkShape(inputs: 256, hidden: 246, outputs: 10)
    loop = try TrainingLoop(
      chip: chip, image: workload.image,
      weights: ShadowWeights(shape: shape, settings: settings, seed: 0, stream: 0),
      loss: settings.loss, precision: .rounded, threads: threads)
  }

  /// Where the time of a batch went, over all batches.
  var parts: LoopBench.Parts { .init(loop.seconds, batches: max(1, batch)) }

  /// Trains so many batches of 100, and tells how long they took.
  mutating func seconds(batches: Int) throws -> Double {
    let clock = ResourceClock()
    for _ in 0..<batches {
      _ = try loop.train(
        workload.inputs, labels: workload.labels,
        numbers: (0..<100).map { UInt64(batch * 100 + $0) }, rate: 1e-4)
      batch += 1
    }
    return clock.seconds
  }
}
