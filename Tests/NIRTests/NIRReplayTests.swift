import Foundation
import NIR
import Testing

/// Replays against closed forms, and the order of a step.
@Suite struct NIRReplayTests {
  private static func one(_ value: Double = 1) -> NIRTensor { NIRTensor([value]) }

  private static func network(
    _ nodes: [(String, NIRNode)], _ edges: [(String, String)]
  ) throws -> NIRGraph {
    try NIRGraph(
      nodes: nodes.map { NIRNamedNode($0.0, $0.1) }, edges: edges.map { NIREdge($0.0, $0.1) })
  }

  private static func chain(_ node: NIRNode) throws -> NIRGraph {
    try network(
      [("input", .input(shape: [1])), ("n", node), ("output", .output(shape: [1]))],
      [("input", "n"), ("n", "output")])
  }

  /// What comes out of a chain of one node for inputs of one value.
  private static func run(
    _ node: NIRNode, _ stepping: NIRStepping, _ inputs: [Float]
  ) throws -> [Float] {
    var replay = try NIRReplay(chain(node), stepping)
    return inputs.map { input in
      replay.step([input])
      return replay.value(of: "output")[0]
    }
  }

  /// v after n steps of constant drive, by the closed form of each rule's recurrence.
  @Test(arguments: NIRStepping.Rule.allCases)
  func constantDriveFollowsTheClosedForm(rule: NIRStepping.Rule) throws {
    let (tau, dt, steps) = (0.02, 0.001, 50)
    let node = NIRNode.li(NIRLI(tau: Self.one(tau), r: Self.one(), vLeak: Self.one(0)))
    let found = try Self.run(
      node, NIRStepping(rule: rule, dt: dt), [Float](repeating: 0.25, count: steps))
    let (kept, gain): (Double, Double)
    switch rule {
    case .nir, .spikingjelly, .norse, .snntorch: (kept, gain) = (1 - dt / tau, dt / tau)
    case .spyx: (kept, gain) = (1 - dt / tau, 1)
    case .sinabs: (kept, gain) = (exp(-dt / tau), 1)
    case .rockpool: (kept, gain) = (exp(-dt / tau), exp(-dt / tau))
    }
    for (step, value) in found.enumerated() {
      let exact = 0.25 * gain * (1 - pow(kept, Double(step + 1))) / (1 - kept)
      #expect(abs(Double(value) - exact) < 2e-6 * (1 + exact), "\(rule) step \(step)")
    }
  }

  /// An integrate-and-fire neuron of threshold 1 that gets 0.75 a step.
  @Test func resetsDifferAsTheirNamesSay() throws {
    let node = NIRNode.if(NIRIF(r: Self.one(), vThreshold: Self.one(), vReset: Self.one(0.5)))
    let drive = [Float](repeating: 0.75, count: 6)
    func spikes(_ reset: NIRStepping.Reset, _ rule: NIRStepping.Rule = .nir) throws -> [Float] {
      try Self.run(node, NIRStepping(rule: rule, dt: 1, reset: reset), drive)
    }
    // v: .75 1.5! .5+.75=1.25! 1.25! ...
    #expect(try spikes(.file) == [0, 1, 1, 1, 1, 1])
    // v: .75 1.5! .75 1.5! ...
    #expect(try spikes(.zero) == [0, 1, 0, 1, 0, 1])
    // v: .75 | 1.5! | .5 + .75 = 1.25! | 1 is not above 1 | 1.75! | 1.5!
    #expect(try spikes(.subtract) == [0, 1, 1, 0, 1, 1])
    #expect(try spikes(.lateSubtract) == [0, 1, 1, 0, 1, 1])
    // The same one step later: spyx spikes by the membrane of the step before.
    #expect(try spikes(.lateSubtract, .spyx) == [0, 0, 1, 1, 0, 1])
    // At the threshold, not only above it.
    #expect(try spikes(.subtract, .sinabs) == [0, 1, 1, 1, 0, 1])
  }

  @Test func severalSpikesAStepAreCounted() throws {
    let node = NIRNode.if(NIRIF(r: Self.one(), vThreshold: Self.one(0.5), vReset: Self.one(0)))
    let stepping = NIRStepping(
      rule: .sinabs, dt: 1, reset: .subtract, spikesPerStep: .multiple)
    #expect(try Self.run(node, stepping, [1.25, 0.25, -3, 0.5]) == [2, 1, 0, 0])
  }

  @Test func delaysShiftEachElement() throws {
    let delay = NIRDelay(delay: NIRTensor([0, 0.001, 0.003]))
    let graph = try Self.network(
      [
        ("input", .input(shape: [3])), ("d", .delay(delay)), ("output", .output(shape: [3])),
      ], [("input", "d"), ("d", "output")])
    var replay = try NIRReplay(graph, NIRStepping(rule: .nir, dt: 0.001))
    var found: [[Float]] = []
    for step in 1...5 {
      replay.step([Float](repeating: Float(step), count: 3))
      found.append(replay.value(of: "output"))
    }
    #expect(found == [[1, 0, 0], [2, 1, 0], [3, 2, 0], [4, 3, 1], [5, 4, 2]])
  }

  /// A neuron that inhibits itself hears its own spike one step later.
  @Test func spikesComeBackOneStepLater() throws {
    let node = NIRNode.if(NIRIF(r: Self.one(), vThreshold: Self.one(), vReset: Self.one(0)))
    let back = NIRNode.linear(NIRLinear(weight: NIRTensor(shape: [1, 1], values: [-2])))
    let graph = try Self.network(
      [
        ("input", .input(shape: [1])), ("n", node), ("back", back), ("output", .output(shape: [1])),
      ], [("input", "n"), ("n", "back"), ("back", "n"), ("n", "output")])
    var replay = try NIRReplay(graph, NIRStepping(rule: .nir, dt: 1))
    let found = (0..<6).map { _ in
      replay.step([1.5])
      return replay.value(of: "output")[0]
    }
    // v: 1.5! | 1.5 − 2 = −.5 | 1 | 2.5! | −.5 | 1
    #expect(found == [1, 0, 0, 1, 0, 0])
  }

  @Test func edgesIntoANodeAddUp() throws {
    let three = NIRNode.scale(NIRScale(scale: NIRTensor([3])))
    let graph = try Self.network(
      [
        ("a", .input(shape: [1])), ("b", .input(shape: [1])), ("three", three),
        ("output", .output(shape: [1])),
      ], [("a", "three"), ("b", "three"), ("b", "output"), ("three", "output")])
    var replay = try NIRReplay(graph, NIRStepping(rule: .nir, dt: 1))
    replay.step(["a": [1], "b": [0.5]])
    #expect(replay.value(of: "output") == [5])
  }

  /// Weights that feed each other have no value; a delay between them gives them one.
  @Test func cyclesWithoutStateAreRefused() throws {
    let half = NIRNode.scale(NIRScale(scale: NIRTensor([0.5])))
    let ends: [(String, NIRNode)] = [
      ("input", .input(shape: [1])), ("output", .output(shape: [1])), ("a", half),
    ]
    let edges = [("input", "a"), ("a", "b"), ("b", "a"), ("a", "output")]
    let loop = try Self.network(ends + [("b", half)], edges)
    #expect(throws: NIRError.loopWithoutState(nodes: ["a", "b"])) {
      try NIRReplay(loop, NIRStepping(rule: .nir, dt: 1))
    }
    let delayed = try Self.network(ends + [("b", .delay(NIRDelay(delay: Self.one())))], edges)
    var replay = try NIRReplay(delayed, NIRStepping(rule: .nir, dt: 1))
    let found = (0..<4).map { _ in
      replay.step([1])
      return replay.value(of: "output")[0]
    }
    #expect(found == [0.5, 0.75, 0.875, 0.9375])
  }

  /// Every window of a convolution, against sums written out.
  @Test func convolutionsAreTheSumsOfTheirWindows() throws {
    var random = RandomGraphs.Numbers(seed: 11)
    let cases: [(Int, [Int], [Int], NIRPadding)] = [
      (1, [1, 1], [1, 1], .valid), (2, [2, 1], [1, 2], .explicit([1, 2])),
      (1, [1, 1], [2, 1], .same), (2, [3, 2], [1, 1], .explicit([0, 1])),
    ]
    for (groups, stride, dilation, padding) in cases {
      let weight = random.tensor([4, 4 / groups, 3, 2])
      let convolution = NIRConv2d(
        weight: weight, bias: random.tensor([4]), stride: stride, padding: padding,
        dilation: dilation, groups: groups)
      let graph = try Self.network(
        [
          ("input", .input(shape: [4, 7, 6])), ("c", .conv2d(convolution)),
          ("output", .output(shape: [])),
        ], [("input", "c"), ("c", "output")])
      let input = random.tensor([4, 7, 6]).values.map { Float($0) }
      var replay = try NIRReplay(graph, NIRStepping(rule: .nir, dt: 1))
      replay.step(input)
      let shape = try #require(replay.shape(of: "c")).output
      let expected = Self.sums(convolution, input, [4, 7, 6], shape)
      #expect(replay.value(of: "output") == expected)
    }
  }

  /// The definition of a convolution, place by place; values are multiples of 1/16, so exact.
  private static func sums(
    _ c: NIRConv2d, _ input: [Float], _ shape: [Int], _ output: [Int]
  ) -> [Float] {
    let kernel = Array(c.weight.shape.dropFirst(2))
    let before = (0..<2).map { axis -> Int in
      switch c.padding {
      case .same: c.dilation[axis] * (kernel[axis] - 1) / 2
      case .valid: 0
      case .explicit(let zeros): zeros[axis]
      }
    }
    let (perGroup, outPerGroup) = (c.weight.shape[1], output[0] / c.groups)
    var sums: [Float] = []
    for out in 0..<output[0] {
      for y in 0..<output[1] {
        for x in 0..<output[2] {
          var sum = c.bias.values[out]
          for channel in 0..<perGroup {
            for row in 0..<kernel[0] {
              for column in 0..<kernel[1] {
                let (v, h) = (
                  y * c.stride[0] - before[0] + row * c.dilation[0],
                  x * c.stride[1] - before[1] + column * c.dilation[1]
                )
                guard (0..<shape[1]).contains(v), (0..<shape[2]).contains(h) else { continue }
                let from = out / outPerGroup * perGroup + channel
                let tap = ((out * perGroup + channel) * kernel[0] + row) * kernel[1] + column
                sum += c.weight.values[tap] * Double(input[(from * shape[1] + v) * shape[2] + h])
              }
            }
          }
          sums.append(Float(sum))
        }
      }
    }
    return sums
  }

  @Test func aStepMustHaveALength() throws {
    let graph = try Self.chain(.i(NIRI(r: Self.one())))
    for dt in [0, -1, Double.nan, .infinity] {
      #expect(throws: NIRError.self) { try NIRReplay(graph, NIRStepping(rule: .nir, dt: dt)) }
    }
  }
}

extension RandomGraphs {
  /// Random multiples of 1/16.
  struct Numbers {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func tensor(_ shape: [Int]) -> NIRTensor {
      let values = (0..<shape.reduce(1, *)).map { _ -> Double in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Double(Int(state >> 33) % 65 - 32) / 16
      }
      return NIRTensor(shape: shape, values: values)
    }
  }
}
