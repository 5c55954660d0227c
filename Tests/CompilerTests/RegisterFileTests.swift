import ChipInterface
import Compiler
import Foundation
import HardwareSpec
import Testing

/// Register files: what they say, and how faults in them are told.
@Suite struct RegisterFileTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  private func text(_ example: String) throws -> String {
    try String(
      contentsOf: Self.root.appending(path: "examples/\(example).regs.yaml"), encoding: .utf8)
  }

  private func network(_ text: String, chip: String = "loihi") throws -> RegisterNetwork {
    try RegisterNetwork(
      yaml: text, file: "net.regs.yaml", for: try ChipLibrary.chip(chip))
  }

  @Test func exampleSetsItsRegisters() throws {
    let network = try network(text("two-layers"))
    #expect(network.name == "two-layers" && network.steps == 200)
    guard case .currentBased(let body) = network.body else {
      Issue.record("the example is not of current-based neurons")
      return
    }
    #expect(body.inputCount == 4 && body.populations.map(\.neurons.count) == [3, 2])
    let hidden = body.populations[0].neurons
    #expect(hidden.map(\.threshold) == [90, 100, 110])
    #expect(hidden[2].biasMantissa == 5 && hidden[2].biasExponent == 2)
    #expect(hidden[0].lowThreshold == nil && hidden[0].refractoryCount == 3)
    let output = body.populations[1].neurons[0]
    #expect(output.lowThreshold == -60 && output.resetInterval == 50 && output.resetOffset == 10)
    #expect(body.projections[0].synapses[6].weight == 120)
    #expect(body.projections[1].synapses.map(\.delay) == [2, 7])
    #expect(body.projections[1].synapses[0].receiver == 0)
    #expect(body.projections[1].synapses[0].sender == 1)
    let plastic = body.projections[2]
    #expect(plastic.weightBits == 6 && plastic.signMode == .excitatory)
    #expect(plastic.program?.epochTicks == 2 && plastic.program?.x1.impulse == 16)
    let spec = try ChipLibrary.chip("loihi")
    let compilation = try Compiler.compile(network, CompileOptions(spec))
    #expect(compilation.image.programs.count == 1)
    #expect(compilation.report.estimatedLatencyCycles == 2)
    #expect(compilation.report.layers.map(\.rows) == [6, 3])
    #expect(compilation.report.layers.map(\.truncated) == [6, 3])
  }

  @Test func crossbarExampleSetsItsRegisters() throws {
    let spec = try ChipLibrary.chip("truenorth")
    let network = try network(text("relay"), chip: "truenorth")
    let image = try Compiler.compile(network, CompileOptions(spec)).image
    guard case .crossbar(let first)? = image.cores[0].digital,
      case .crossbar(let second)? = image.cores[1].digital
    else {
      Issue.record("the example has no crossbar cores")
      return
    }
    #expect(first.axonTypes == [0, 0, 1] && first.synapses == [[0, 1], [1], [0, 1]])
    #expect(first.neurons.map(\.leak) == [-1, 0] && first.neurons[1].reset == .linear)
    #expect(second.seed == 2 && second.neurons[0].isStochastic == [false, false, true, false])
    #expect(image.inputRoutes.map { $0.map(\.pair) } == [[0], [1, 2]])
    #expect(image.spikeRoutes.map(\.delayTicks) == [0, 5])
  }

  /// One change to the example, the line of the fault, and a part of its sentence.
  @Test(arguments: [
    ("inputs: 4", "inputs: -4", 8, "'inputs' is -4"),
    ("name: two-layers", "name: 2 layers", 6, "'name' must be"),
    ("  current_decay: 410 ", "  current_decay: 4100 ", 13, "from 0 to 4095"),
    ("  current_decay: 410 ", "  currant_decay: 410 ", 13, "unknown key 'currant_decay'"),
    ("[90, 100, 110]", "[90, 100]", 15, "has 2 numbers; one, or a list of 3"),
    ("from: input", "from: nowhere", 29, "must be one of input, hidden, output"),
    ("- [-5, 63, 120, -90]", "- [-5, 63, 120]", 33, "must be a list of 4 numbers"),
    ("- [-5, 63, 120, -90]", "- [-5, 63, x, -90]", 33, "is x; a whole number"),
    ("weights: [[20, 30, 40], [50, 60, 70]]", "tags: [[1]]", 44, "either 'weights'"),
    ("signs: excitatory", "signs: positive", 49, "must be one of auto, mixed"),
    ("rule: stdp", "rule: hebb", 50, "must be one of stdp"),
    ("dw = 2^-2 * x1 * y0", "dw = 2^-2 * x1 * q0", 58, "line 4"),
    ("steps: 200", "steps: 0", 7, "'steps' is 0"),
  ])
  func faultsAreNamed(_ case: (old: String, new: String, line: Int, message: String)) throws {
    let (old, new, line, message) = `case`
    let text = try text("two-layers")
    #expect(text.contains(old), "\(old)")
    #expect {
      try network(text.replacingOccurrences(of: old, with: new))
    } throws: { error in
      guard case .faultyFile(_, let faults) = error as? CompilerError else { return false }
      let found = faults.contains { $0.message.contains(message) && abs($0.line - line) <= 1 }
      if !found { print(faults) }
      return found
    }
  }

  /// Text that would cost the parser much is refused before it is parsed.
  @Test func hostileTextIsRefused() throws {
    let start = "format: synapus-registers/1\nname: x\nsteps: 1\ninputs: 1\n"
    let hostile = [
      start + "populations: " + String(repeating: "[", count: 10_000),
      start + "a: &a [1]\nb: [*a, *a]\n", start + "x: \"]]]]\" [[[[[[[[[\n",
      start + String(repeating: " ", count: 50) + "x: 1\n", "", "[]", "\u{0}", "format: 1",
      String(repeating: "populations: []\n", count: 2),
      start + "populations: " + String(repeating: "9", count: 2 << 20),
    ]
    for text in hostile {
      #expect(throws: CompilerError.self, "\(text.prefix(80))") { try network(text) }
    }
  }

  /// Any damage to a line gives an error or a network, never a trap.
  @Test func damagedFilesNeverTrap() throws {
    for (example, chip) in [("two-layers", "loihi"), ("relay", "truenorth")] {
      let lines = try text(example).split(separator: "\n", omittingEmptySubsequences: false)
      let spec = try ChipLibrary.chip(chip)
      var random = SequentialRandom(seed: 4, stream: 7)
      for round in 0..<300 {
        var damaged = lines.map(String.init)
        let line = Int(random.next() % UInt64(lines.count))
        switch random.next() % 4 {
        case 0: damaged.remove(at: line)
        case 1: damaged[line] += damaged[Int(random.next() % UInt64(lines.count))]
        case 2: damaged[line] = damaged[line].replacingOccurrences(of: "0", with: "-99999999")
        default: damaged[line] = String(damaged[line].reversed())
        }
        let network = try? RegisterNetwork(
          yaml: damaged.joined(separator: "\n"), file: "round \(round)", for: spec)
        if let network { _ = try? Compiler.compile(network, CompileOptions(spec)) }
      }
    }
  }
}
