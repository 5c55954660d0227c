/// The maximum over a window of values that are not negative, by rounds of rectified differences.
///
/// max(a, b) = relu(a − b) + b, and b = relu(b). The first round takes the values of a window in
/// pairs and has two neurons a pair; each further round does the same with the sums of the round
/// before, until one is left. The sum of what is left belongs to the next layer.
struct Tournament {
  /// One convolution a round, a rectifier behind each.
  let rounds: [RateConvolution]
  /// Adds up the neurons of the last round, channel by channel.
  let sum: RateConvolution

  init(window: RateWindow, channels: Int) {
    let area = window.size[0] * window.size[1]
    // Of each player, which outputs of the round before add up to it.
    var players = (0..<area).map { [$0] }
    var (taps, rounds) = (area, [RateConvolution]())
    repeat {
      let round = Self.round(players, taps: taps)
      let shape = rounds.isEmpty ? window : Self.point
      rounds.append(Self.convolution(shape, channels, taps, round.rows, isFirst: rounds.isEmpty))
      (players, taps) = (round.winners, round.rows.count)
    } while players.count > 1
    self.rounds = rounds
    sum = Self.convolution(
      Self.point, channels, taps, [Array(repeating: 1, count: taps)], isFirst: false)
  }

  private static let point = RateWindow(size: [1, 1], stride: [1, 1])

  /// The weights of a round's neurons, and which of them add up to each winner.
  private static func round(
    _ players: [[Int]], taps: Int
  ) -> (rows: [[Double]], winners: [[Int]]) {
    var (rows, winners) = ([[Double]](), [[Int]]())
    func row(_ positive: [Int], _ negative: [Int]) -> [Double] {
      (0..<taps).map { (positive.contains($0) ? 1 : 0) - (negative.contains($0) ? 1 : 0) }
    }
    for first in stride(from: 0, to: players.count, by: 2) {
      if first + 1 < players.count {
        winners.append([rows.count, rows.count + 1])
        rows += [row(players[first], players[first + 1]), row(players[first + 1], [])]
      } else {
        winners.append([rows.count])
        rows.append(row(players[first], []))
      }
    }
    return (rows, winners)
  }

  /// Rows of weights, the same for each channel; a first round's taps lie in the window, those of
  /// later ones in channels.
  private static func convolution(
    _ window: RateWindow, _ channels: Int, _ taps: Int, _ rows: [[Double]], isFirst: Bool
  ) -> RateConvolution {
    let weights = (0..<channels).flatMap { _ in rows.flatMap { $0 } }
    return RateConvolution(
      window, groups: channels, inputs: channels * (isFirst ? 1 : taps),
      outputs: channels * rows.count, weights: weights,
      bias: Array(repeating: 0, count: channels * rows.count))
  }
}
