import ChipInterface
import HardwareSpec

/// Pong in closed loop, by reward-modulated STDP (Wunderlich et al., 2019).
///
/// The ball's column is one of 32 states, each an input that fires while the state is shown; the 32
/// neurons each name a column for the paddle, and the one that fired most is obeyed. The reward is
/// 1 for the ball's own column, less 0.3 for each column beside it, 0 beyond three; the chip gets it
/// less its running mean for that state (Wunderlich et al. 2019, Frontiers in Neuroscience 13:260).
public struct PongTask: LearningTask {
  /// The name on the command line.
  public let name = "pong"
  /// One sentence on what is learnt.
  public let summary = "a paddle learns by reward to be where the ball comes down"
  /// The rules that run.
  public let rules = ["r-stdp"]
  /// Passes over as many trials as there are states.
  public let defaultEpochs = 300

  private let columns = PongGame.columns

  /// Makes the task.
  public init() {}

  /// Plays 32 trials an epoch, then counts the columns whose ball is caught, without reward.
  public func run(
    _ setting: LearningSetting, on chip: any Chip
  ) throws(TrainingError) -> LearningResult {
    let program = try LearningProgram.named("r-stdp", on: chip.info.spec)
    var neuron = OnChipNeuron(membraneTicks: 20, synapticTicks: 5, peakPerStep: 0.038)
    neuron.inhibitoryTicks = 20
    neuron.inhibitoryPeakPerStep = 0.038
    let layer = try RewardedChoice(
      program, inputs: columns, actions: columns, neuronsPerAction: 1, neuron: neuron,
      inhibition: 12, weights: 7...11, setting, on: chip)
    var random = SequentialRandom(seed: setting.seed, stream: 0x504F_4E47)
    var game = PongGame(&random)
    var means = [Double](repeating: 1, count: columns)
    var curve: [Double] = []
    for epoch in 0..<setting.epochs {
      var hits = 0
      for _ in 0..<columns {
        let state = game.ballColumn
        let action = try layer.act(on: Self.stimulus(state))
        let reward = Self.reward(distance: abs(action - state))
        layer.reward(Int((64 * (reward - means[state])).rounded()))
        means[state] += 0.02 * (reward - means[state])
        if abs(action - state) <= PongGame.reach { hits += 1 }
        game.advance(paddleTarget: action, &random)
      }
      curve.append(Double(hits) / Double(columns))
      setting.progress(
        .init(
          fraction: Double(epoch + 1) / Double(setting.epochs + 10),
          note: "at the ball in \(hits) of \(columns) trials"))
    }
    let caught = try caughtFraction(layer, &random)
    return LearningResult(
      figures: [
        LearningFigure(
          "columns whose ball is caught, of 32", measured: caught,
          chance: Double(2 * PongGame.reach + 1) / Double(columns), required: 0.9)
      ],
      measures: [
        (
          "epoch from which 9 of 10 trials end at the ball",
          Double(Self.epoch(reaching: 0.9, curve))
        ),
        ("balls caught while learning", Double(game.caught)),
        ("balls missed while learning", Double(game.missed)),
      ],
      curve: curve, counters: layer.counters, hardwareSeconds: layer.hardwareSeconds)
  }

  /// One ball for each column to come down in; nothing is rewarded, so nothing is learnt.
  private func caughtFraction(
    _ layer: RewardedChoice, _ random: inout SequentialRandom
  ) throws(TrainingError) -> Double {
    var caught = 0
    for column in 0..<columns {
      var game = PongGame(landingIn: column, &random)
      while game.caught + game.missed == 0 {
        let action = try layer.act(on: Self.stimulus(game.ballColumn))
        game.advance(paddleTarget: action, &random)
      }
      caught += game.caught
    }
    return Double(caught) / Double(columns)
  }

  /// A state's input fires every four ticks.
  static func stimulus(_ state: Int) -> [(tick: Int, input: Int)] {
    stride(
      from: RewardedChoice.stimulusTicks.lowerBound, to: RewardedChoice.stimulusTicks.upperBound,
      by: 4
    ).map { ($0, state) }
  }

  /// The reward for an action so many columns beside the ball.
  static func reward(distance: Int) -> Double { distance > 3 ? 0 : 1 - 0.3 * Double(distance) }

  /// The first epoch, from 1, from which on the mean of five epochs stays above a value; 0: none.
  static func epoch(reaching value: Double, _ curve: [Double]) -> Int {
    let smooth = curve.indices.map { i in
      let part = curve[i..<min(i + 5, curve.count)]
      return part.reduce(0, +) / Double(part.count)
    }
    guard let last = smooth.lastIndex(where: { $0 < value }) else { return 1 }
    return last + 1 < smooth.count ? last + 2 : 0
  }
}

/// The game: a ball that bounces between the walls, and a paddle at the bottom.
struct PongGame {
  /// Columns of the field, and rows from top to paddle.
  static let columns = 32, rows = 24
  /// How many columns the paddle covers to either side, and goes in one step.
  static let reach = 1, paddleSpeed = 3

  private(set) var ballColumn: Int
  private(set) var caught = 0
  private(set) var missed = 0
  private var row = Self.rows
  private var direction: Int
  private var isFalling = true
  private var paddle: Int

  /// Serves a ball from the top, in any column.
  init(_ random: inout SequentialRandom) {
    ballColumn = Int(random.uniform() * Double(Self.columns))
    direction = random.uniform() < 0.5 ? -1 : 1
    paddle = Self.columns / 2
  }

  /// Serves a ball that comes down in a column: played backwards from there.
  init(landingIn column: Int, _ random: inout SequentialRandom) {
    self.init(&random)
    ballColumn = column
    for _ in 0..<row { moveSideways() }
    direction = -direction
  }

  /// Moves paddle and ball by one step; a ball that is caught bounces, one that is missed is served
  /// anew.
  mutating func advance(paddleTarget: Int, _ random: inout SequentialRandom) {
    let way = min(max(paddleTarget - paddle, -Self.paddleSpeed), Self.paddleSpeed)
    paddle += way
    if row == 0 { land(&random) }
    moveSideways()
    row += isFalling ? -1 : 1
    if row == Self.rows { isFalling = true }
  }

  private mutating func land(_ random: inout SequentialRandom) {
    guard abs(ballColumn - paddle) <= Self.reach else {
      let (missed, caught, paddle) = (missed + 1, caught, paddle)
      self = PongGame(&random)
      (self.missed, self.caught, self.paddle) = (missed, caught, paddle)
      return
    }
    caught += 1
    isFalling = false
  }

  private mutating func moveSideways() {
    if !(0..<Self.columns).contains(ballColumn + direction) { direction = -direction }
    ballColumn += direction
  }
}
