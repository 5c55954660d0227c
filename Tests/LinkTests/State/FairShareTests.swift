import Link
import TestSupport
import Testing

/// Chip time is shared by users, then by their sessions.
@Suite struct FairShareTests {
  /// A client that asks again some time after each answer.
  private struct Looper {
    let session: Int
    let user: String
    let cost, gap: Int
    var readyAt = 0
  }

  /// Serves loopers for some microseconds; answers what each session has had.
  private func serve(_ loopers: [Looper], for duration: Int, swap: Int = 0) -> [Int: Int] {
    var share = FairShare()
    var loopers = loopers
    var (now, had, last) = (0, [Int: Int](), 0)
    while now < duration {
      for looper in loopers where looper.readyAt <= now {
        share.enter(looper.session, of: looper.user)
      }
      guard let session = share.next(),
        let index = loopers.firstIndex(where: { $0.session == session })
      else {
        now = loopers.map(\.readyAt).min() ?? duration
        continue
      }
      let cost = loopers[index].cost + (last == session ? 0 : swap)
      last = session
      now += cost
      had[session, default: 0] += cost
      share.charge(session, of: loopers[index].user, cost)
      loopers[index].readyAt = now + loopers[index].gap
    }
    return had
  }

  @Test func thirtyTwoLoopersGetTheSame() {
    let loopers = (0..<32).map {
      Looper(session: $0 + 1, user: "u\($0 / 4)", cost: 5_000, gap: 1_000)
    }
    let had = serve(loopers, for: 60_000_000, swap: 700)
    let mean = had.values.reduce(0, +) / 32
    for (session, time) in had {
      #expect(abs(time - mean) * 10 < mean, "session \(session): \(time) of \(mean)")
    }
    #expect(had.count == 32)
  }

  @Test func unequalRunsGetEqualTime() {
    var loopers = (1...3).map {
      Looper(session: $0, user: "u\($0)", cost: 20_000 * $0, gap: 0)
    }
    loopers[1].readyAt = 0
    let had = serve(loopers, for: 60_000_000)
    for session in 1...3 { #expect(abs((had[session] ?? 0) - 20_000_000) < 1_000_000) }
  }

  @Test func moreSessionsGiveAUserNoMore() {
    let crowd = (1...4).map { Looper(session: $0, user: "crowd", cost: 5_000, gap: 1_000) }
    let one = Looper(session: 9, user: "one", cost: 5_000, gap: 1_000)
    let had = serve(crowd + [one], for: 20_000_000)
    let (single, all) = (had[9] ?? 0, (1...4).reduce(0) { $0 + (had[$1] ?? 0) })
    #expect(abs(single - all) * 10 < single)
    for session in 1...4 { #expect(abs((had[session] ?? 0) * 4 - all) * 10 < all) }
  }

  @Test func aPauseSavesNothingUp() {
    var share = FairShare()
    for _ in 0..<100 {
      share.enter(1, of: "a")
      #expect(share.next() == 1)
      share.charge(1, of: "a", 100_000)
    }
    // The other one comes late: it gets its quantum before, not ten seconds.
    var had = 0
    for _ in 0..<40 {
      share.enter(1, of: "a")
      share.enter(2, of: "b")
      guard let session = share.next() else { break }
      share.charge(session, of: session == 1 ? "a" : "b", 50_000)
      if session == 2 { had += 50_000 }
    }
    #expect(abs(had - 1_000_000) <= 200_000)
  }

  @Test func aSessionKeepsTheChipForItsQuantum() {
    var share = FairShare()
    var turns: [Int] = []
    for _ in 0..<8 {
      share.enter(1, of: "a")
      share.enter(2, of: "b")
      let session = share.next() ?? 0
      share.charge(session, of: session == 1 ? "a" : "b", 50_000)
      turns.append(session)
    }
    #expect(turns == [1, 1, 2, 2, 1, 1, 2, 2])
  }

  @Test func whoLeavesIsNotServed() {
    var share = FairShare()
    share.enter(1, of: "a")
    share.enter(2, of: "a")
    share.leave(1)
    share.leave(1)
    #expect(share.next() == 2)
    #expect(share.next() == nil)
    share.enter(1, of: "a")
    share.forget(1)
    #expect(share.next() == nil)
    #expect(share.totals.map(\.user) == ["a"])
  }

  @Test func latenciesHaveQuantiles() {
    var histogram = LatencyHistogram()
    for value in 1...1_000 { histogram.add(value) }
    #expect(histogram.count == 1_000)
    #expect((500...563).contains(histogram.quantile(0.5)))
    #expect((990...1_120).contains(histogram.quantile(0.99)))
    #expect(LatencyHistogram().quantile(0.5) == 0)
  }
}
