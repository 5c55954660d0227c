import Foundation
import HardwareSpec
import Link
import TestSupport
import Testing

/// The journal as the server's thread uses it.
@Suite struct JournalTests {
  private struct Missing: Error {}

  /// Waits for so many events.
  private func events(_ journal: Journal, _ count: Int) throws -> [ServerEvent] {
    var events: [ServerEvent] = []
    for _ in 0..<20_000 {
      events += journal.takeEvents()
      if events.count >= count { return events }
      usleep(1000)
    }
    throw Missing()
  }

  private func tickets(_ events: [ServerEvent]) -> [(ticket: Int, isGood: Bool)] {
    events.compactMap {
      if case .journaled(let ticket, let fault) = $0 { return (ticket, fault == nil) }
      return nil
    }
  }

  @Test func answersInOrder() throws {
    let folder = try StateFolder()
    let journal = try Journal(folder: folder.path, wakeUp: WakeUp())
    #expect(try journal.recovered() == RecoveredState())
    journal.write(ticket: 1, JournalSample.entries)
    for ticket in 2..<200 {
      let session = ticket % 50 == 0 ? "unknown" : "aa"
      journal.write(
        ticket: ticket,
        [.answered(session: session, id: "\(ticket)", fingerprint: 1, header: [])])
    }
    let done = tickets(try events(journal, 199))
    #expect(done.map(\.ticket) == Array(1..<200))
    #expect(done.filter { !$0.isGood }.map(\.ticket) == [50, 100, 150])
    #expect(journal.figures.commits == 196 && journal.figures.faults == 3)
    journal.close()
    let store = try folder.open()
    #expect(try store.recovered().sessions[0].answered.count == 2 + 195)
    store.close()
  }

  @Test func fetches() throws {
    let folder = try StateFolder()
    let journal = try Journal(folder: folder.path, wakeUp: WakeUp())
    journal.write(ticket: 1, JournalSample.entries)
    journal.fetch(ticket: 2, session: "aa", chip: "0")
    journal.fetch(ticket: 3, session: "aa", chip: "5")
    let events = try events(journal, 3)
    let expected = JournalModel(JournalSample.entries).images["aa"]?["0"]
    for case .fetched(let ticket, let image) in events {
      #expect(image == (ticket == 2 ? expected : nil))
    }
    journal.close()
  }

  @Test func whatWaitsIsWrittenBeforeClosing() throws {
    let folder = try StateFolder()
    let journal = try Journal(folder: folder.path, wakeUp: WakeUp())
    journal.write(ticket: 0, [.opened(session: "a", user: "u", client: "")])
    for ticket in 1...300 {
      journal.write(ticket: ticket, [.epochs(chip: "0", below: ticket)])
    }
    journal.close()
    #expect(tickets(journal.takeEvents()).filter(\.isGood).count == 301)
    journal.write(ticket: 400, [.epochs(chip: "0", below: 400)])
    #expect(tickets(journal.takeEvents()).map(\.isGood) == [false])
    let store = try folder.open()
    #expect(try store.recovered().epochs == ["0": 300])
    store.close()
  }

  @Test func theQueueIsBounded() throws {
    let folder = try StateFolder()
    let journal = try Journal(folder: folder.path, wakeUp: WakeUp())
    for ticket in 0..<20_000 {
      journal.write(ticket: ticket, [.epochs(chip: "0", below: ticket)])
    }
    let done = tickets(try events(journal, 20_000))
    #expect(done.contains { !$0.isGood } && done.contains { $0.isGood })
    #expect(Set(done.map(\.ticket)).count == 20_000)
    journal.close()
  }

  @Test func withoutAFolderNothingIsKept() throws {
    let journal = try Journal(folder: nil, wakeUp: WakeUp())
    #expect(try journal.recovered() == RecoveredState())
    journal.write(ticket: 1, JournalSample.entries)
    journal.fetch(ticket: 2, session: "aa", chip: "0")
    let events = journal.takeEvents()
    #expect(events.count == 2 && tickets(events).map(\.isGood) == [true])
    if case .fetched(let ticket, let image) = events[1] { #expect(ticket == 2 && image == nil) }
    journal.close()
  }
}
