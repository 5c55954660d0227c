import Compiler
import Foundation
import HardwareSpec
import NIR
import Testing

/// Files that frameworks wrote, each compiled for the default chip with the options it needs.
@Suite("Networks of real frameworks fit, and say what they lose")
struct ExampleNetworkTests {
  /// What one file needs, and what its report says.
  struct Example: Sendable, CustomTestStringConvertible {
    var name: String
    var dt: Double
    var ticksPerStep = 1
    var reset = CompileOptions.Reset.file
    var copies: [String: Int] = [:]
    var populations: [String]
    var projections: [String]
    /// Parts of sentences of the report.
    var told: [String]

    var testDescription: String { name }
  }

  static let examples = [
    Example(
      name: "nir_delay_threshold_scale", dt: 1e-3, ticksPerStep: 8, populations: ["thr"],
      projections: [0, 8, 16, 24, 40, 64].map { "lin@\($0)" },
      told: ["compares the input of each step"]),
    Example(
      name: "norse_affine_lif_li", dt: 1e-3, populations: ["1", "3"], projections: ["0", "2"],
      told: ["biases of 8 neurons", "no synaptic time constant"]),
    Example(
      name: "rockpool_linear_cubalif", dt: 1e-3, reset: .subtract,
      populations: ["1_LIFTorch", "3_LIFTorch"],
      projections: ["0_LinearTorch", "2_LinearTorch"],
      told: ["over a step of 0.001 s", "instead of subtracting its threshold"]),
    Example(
      name: "sinabs_conv_if_sumpool", dt: 1, ticksPerStep: 4, reset: .subtract,
      populations: ["1", "4", "7"], projections: ["0", "3", "6"],
      told: ["a step of 1 was taken", "longest membrane", "instead of subtracting"]),
    Example(
      name: "snntorch_affine_lif", dt: 1e-4, reset: .subtract, populations: ["1", "3"],
      projections: ["0", "2"], told: ["over a step of 0.0001 s", "several there"]),
    Example(
      name: "snntorch_affine_lif_resetzero", dt: 1e-4, populations: ["1", "3"],
      projections: ["0", "2"], told: ["over a step of 0.0001 s"]),
    Example(
      name: "snntorch_recurrent_cubalif", dt: 1e-4, populations: ["rlif.lif", "out"],
      projections: ["fc1", "rlif.w_rec", "fc2"], told: ["over a step of 0.0001 s"]),
    Example(
      name: "spikingjelly_cubalif", dt: 1e-3, populations: ["_1", "_3"],
      projections: ["_0", "_2"], told: ["over a step of 0.001 s", "biases of 4 neurons"]),
    Example(
      name: "spyx_cubalif_lif", dt: 1, reset: .subtract, populations: ["layer_1", "layer_3"],
      projections: ["layer_0", "layer_2"], told: ["a step of 1 was taken"]),
  ]

  private func graph(_ name: String) throws -> NIRGraph {
    let folder = try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
    return try NIRFile(reading: folder.appendingPathComponent("\(name).nir").path).graph
  }

  @Test(arguments: examples) func compiles(_ example: Example) throws {
    let spec = try ChipLibrary.chip("synapus-1")
    var options = CompileOptions(spec)
    (options.dtIsGiven, options.ticksPerStep) = (false, example.ticksPerStep)
    options.reset = example.reset
    options.projections = example.copies.sorted { $0.key < $1.key }.map {
      .init($0.key, copies: $0.value)
    }
    let result = try Compiler.compile(graph(example.name), name: example.name, options)
    let io = result.image.io
    #expect(io.dt == example.dt / Double(example.ticksPerStep))
    #expect(io.populations.map(\.name) == example.populations)
    #expect(io.projections.map(\.name) == example.projections)
    #expect(io.readout.population == example.populations.last)
    let told = result.report.notes.map(\.message) + result.report.approximations.map(\.message)
    for part in example.told { #expect(told.contains { $0.contains(part) }, "\(part): \(told)") }
    #expect(result.report.layers.allSatisfy { $0.clipped == 0 })
  }

  /// What is approximated is refused with `strict`, in the words of the report.
  @Test(arguments: ["norse_affine_lif_li", "sinabs_conv_if_sumpool"])
  func strictRefusesWhatIsApproximated(name: String) throws {
    var options = CompileOptions(try ChipLibrary.chip("synapus-1"))
    options.dtIsGiven = false
    options.ticksPerStep = 4
    let loose = try Compiler.compile(graph(name), name: name, options).report.approximations
    options.strict = true
    let refused = try misfits(graph(name), options)
    #expect(refused.allSatisfy { $0.code == "E0320" })
    #expect(!loose.isEmpty && loose.allSatisfy { refused.contains(.approximated($0)) })
  }
}
