import Analysis
import ChipInterface
import Compiler
import Foundation
import HardwareSpec

/// `bench compile`: seconds of each pass, and the largest memory.
struct CompileBench {
  let workload: CompileWorkload
  let spec: ChipSpec

  /// What was measured.
  struct Measurement: Encodable {
    var workload = "compile"
    var network, chip: String
    var seconds: Double
    var passes: [String: Double]
    var coresUsed, synapses, hops: Int
    var worstLinkLoad: Int
    var imageBytes: Int
    var imageHash: String
    var peakRSSMiB: Double

    enum CodingKeys: String, CodingKey {
      case workload, network, chip, seconds, passes, synapses, hops
      case coresUsed = "cores_used"
      case worstLinkLoad = "worst_link_load"
      case imageBytes = "image_bytes"
      case imageHash = "image_hash"
      case peakRSSMiB = "peak_rss_mib"
    }
  }

  /// Compiles, writes the report and the image's bytes; making the network is not timed.
  func run() throws -> Measurement {
    let graph = try workload.graph()
    var options = CompileOptions(spec)
    let (passes, clock) = (CompilePasses(), ResourceClock())
    options.progress = passes.progress
    let result = try Compiler.compile(graph, name: workload.size.rawValue, options)
    options.progress.tell("encode")
    let bytes = try result.image.encoded(spec: result.spec)
    let report = result.report
    _ = report.json
    let seconds = clock.seconds
    return Measurement(
      network: workload.size.rawValue, chip: result.spec.name, seconds: seconds,
      passes: passes.finish(), coresUsed: report.coresUsed,
      synapses: report.resources?.synapses.used ?? 0, hops: report.hops,
      worstLinkLoad: report.worstLinkLoad, imageBytes: bytes.count,
      imageHash: ContentHash.hexadecimal(of: bytes), peakRSSMiB: ResourceClock.peakRSSMiB)
  }
}

extension CompileBench.Measurement {
  /// The figures as a table for people.
  var table: String {
    var table = TextTable("figure", "value")
    table.append(["network", "\(network) on \(chip)"])
    table.append(["seconds", NumberText.brief(seconds) + " s"])
    for (pass, seconds) in passes.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
      table.append(["of it \(pass)", NumberText.brief(seconds) + " s"])
    }
    table.append(["cores", "\(coresUsed)"])
    table.append(["synapses", "\(synapses)"])
    table.append(["hops", "\(hops)"])
    table.append(["image", "\(imageBytes) bytes"])
    table.append(["largest memory", NumberText.brief(peakRSSMiB) + " MiB"])
    return table.text()
  }
}
