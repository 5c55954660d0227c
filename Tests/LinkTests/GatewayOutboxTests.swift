import Link
import Testing

/// What waits for slow readers: bounded, in order, and nobody waits for another's reader.
@Suite struct GatewayOutboxTests {
  /// Peers that take so many messages and then no more.
  private final class Readers {
    var room: [Peer: Int] = [:]
    var gone: Set<Peer> = []
    var taken: [Peer: [UInt8]] = [:]

    func send(_ frames: [Frame], _ peer: Peer) -> Socket.Sent {
      if gone.contains(peer) { return .unreachable }
      guard let left = room[peer], left > 0 else { return .full }
      room[peer] = left - 1
      taken[peer, default: []].append(frames[0].bytes[0])
      return .sent
    }
  }

  private let slow = Peer(.run, [1])
  private let fast = Peer(.run, [2])

  private func message(_ i: Int) -> [Frame] { [Frame([UInt8(i)])] }

  @Test func messagesStayInOrder() {
    let readers = Readers()
    readers.room = [slow: 3]
    var outbox = Outbox()
    for i in 0..<20 {
      #expect(outbox.send(message(i), to: slow, at: i, by: readers.send) == .fine)
    }
    #expect(outbox.count == 17)
    for step in 0..<40 where !outbox.isEmpty {
      readers.room[slow] = step % 3
      #expect(outbox.retry(at: 20 + step, by: readers.send).isEmpty)
    }
    #expect(readers.taken[slow] == (0..<20).map { UInt8($0) })
  }

  @Test func aFullPeerKeepsNobodyWaiting() {
    let readers = Readers()
    readers.room = [fast: 1000]
    var outbox = Outbox()
    for i in 0..<60 {
      #expect(outbox.send(message(i), to: slow, at: 0, by: readers.send) == .fine)
      #expect(outbox.send(message(i), to: fast, at: 0, by: readers.send) == .fine)
    }
    #expect(readers.taken[fast]?.count == 60)
    #expect(outbox.count == 60)
  }

  @Test func moreThanAllowedIsGivenUpAndCounted() {
    let readers = Readers()
    var outbox = Outbox()
    for i in 0..<Outbox.mostWaiting {
      #expect(outbox.send(message(i), to: slow, at: 0, by: readers.send) == .fine)
    }
    #expect(
      outbox.send(message(0), to: slow, at: 0, by: readers.send)
        == .givenUp(messages: Outbox.mostWaiting + 1))
    #expect(outbox.isEmpty)
  }

  @Test func patienceEndsOnlyWithoutProgress() {
    let readers = Readers()
    var outbox = Outbox()
    for i in 0..<10 { _ = outbox.send(message(i), to: slow, at: 0, by: readers.send) }
    readers.room[slow] = 1
    #expect(outbox.retry(at: Outbox.patience, by: readers.send).isEmpty)
    #expect(outbox.retry(at: 2 * Outbox.patience, by: readers.send).isEmpty)
    let givenUp = outbox.retry(at: 2 * Outbox.patience + 1, by: readers.send)
    #expect(givenUp.map(\.peer) == [slow] && givenUp.map(\.messages) == [9])
    #expect(outbox.isEmpty)
  }

  @Test func aPeerThatIsGoneIsGivenUpAtOnce() {
    let readers = Readers()
    var outbox = Outbox()
    for i in 0..<3 { _ = outbox.send(message(i), to: slow, at: 0, by: readers.send) }
    readers.gone = [slow, fast]
    #expect(outbox.retry(at: 1, by: readers.send).map(\.messages) == [3])
    #expect(outbox.send(message(0), to: fast, at: 1, by: readers.send) == .givenUp(messages: 1))
    for i in 0..<3 { _ = outbox.send(message(i), to: slow, at: 0) { _, _ in .full } }
    #expect(outbox.giveUpAll().map(\.messages) == [3])
    #expect(outbox.isEmpty)
  }
}
