import ChipInterface
import Foundation
import HardwareSpec
import Link
import TestSupport
import Testing

/// Packets of ill will end the link, and nothing else.
@Suite struct WorkerHostilityTests {
  private let spec: ChipSpec

  init() throws { spec = try ChipLibrary.chip("synapus-1") }

  /// The two ends of a link, one of which is in the test's hands.
  private static func pair() throws -> (Int32, Int32) {
    var ends: [Int32] = [-1, -1]
    guard socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue), 0, &ends) == 0 else {
      throw MissingValue(description: "socket pair")
    }
    return (ends[0], ends[1])
  }

  private static func send(_ bytes: [UInt8], by socket: Int32) -> Bool {
    bytes.withUnsafeBytes {
      Foundation.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
    } == bytes.count
  }

  private static func receive(from socket: Int32) throws -> [UInt8] {
    var place = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
    guard poll(&place, 1, 5000) == 1 else { throw MissingValue(description: "packet") }
    var bytes = [UInt8](repeating: 0, count: 1 << 17)
    let count = recv(socket, &bytes, bytes.count, 0)
    return Array(bytes.prefix(max(0, count)))
  }

  /// A worker's thread at one end; the test is the gateway.
  private func serve(_ socket: Int32) -> DispatchSemaphore {
    let ended = DispatchSemaphore(value: 0)
    let spec = spec
    let thread = Thread {
      ChipWorker.serve(descriptor: socket, WorkerServices(chip: FakeChip(spec)))
      ended.signal()
    }
    thread.start()
    return ended
  }

  /// Packets as a gateway really sends them, whose payload travels in them.
  private func orders() throws -> [[UInt8]] {
    let (mine, its) = try Self.pair()
    defer { close(mine) }
    let link = WorkerLink(socket: its)
    let batch = TestImage.experiment(for: spec, samples: 3)
    let block = try TestImage.block(for: spec, seed: 1)
    link.send(job: 1, .run(slot: 1, try TestWorker.run(batch)))
    link.send(job: 2, .write(slot: 1, try TestWorker.write([block])))
    link.send(job: 3, .restore(slot: 2, StoredImage(hash: "x", bytes: [1, 2], state: [3])))
    link.send(job: 4, .calibrate(try TestWorker.options(["a": .text("b")])))
    link.cancel(job: 4)
    return try (0..<6).map { _ in try Self.receive(from: mine) }
  }

  /// Changes some bytes, or cuts the end off, or adds to it.
  private static func damaged(_ packet: [UInt8], _ random: inout SequentialRandom) -> [UInt8] {
    var packet = packet
    switch Int.random(in: 0..<4, using: &random) {
    case 0: packet.removeLast(Int.random(in: 1..<packet.count, using: &random))
    case 1: packet += [UInt8](repeating: 0, count: Int.random(in: 1...64, using: &random))
    default:
      for _ in 0...Int.random(in: 0..<4, using: &random) {
        let place = Int.random(in: 0..<packet.count, using: &random)
        packet[place] = UInt8.random(in: 0...255, using: &random)
      }
    }
    return packet
  }

  @Test func workersSurviveWrongOrders() throws {
    var random = SequentialRandom(seed: 6, stream: 1)
    let packets = try orders()
    for round in 0..<300 {
      let (mine, its) = try Self.pair()
      let ended = serve(its)
      for _ in 0..<5 {
        let packet = packets[Int.random(in: 0..<packets.count, using: &random)]
        if !Self.send(Self.damaged(packet, &random), by: mine) { break }
      }
      shutdown(mine, Int32(SHUT_WR))
      #expect(ended.wait(timeout: .now() + 5) == .success, "seed 6, round \(round)")
      close(mine)
    }
  }

  @Test func gatewaysSurviveWrongReports() throws {
    let (mine, its) = try Self.pair()
    let ended = serve(its)
    var packets = [try Self.receive(from: mine)]
    let orders = try orders()
    for order in orders.dropFirst().dropLast() {
      _ = Self.send(order, by: mine)
      packets.append(try Self.receive(from: mine))
    }
    close(mine)
    ended.wait()
    var random = SequentialRandom(seed: 7, stream: 1)
    var ends = 0
    for _ in 0..<2000 {
      let (mine, its) = try Self.pair()
      defer { close(mine) }
      let link = WorkerLink(socket: its)
      let packet = packets[Int.random(in: 0..<packets.count, using: &random)]
      _ = Self.send(Self.damaged(packet, &random), by: mine)
      if case .ended? = link.takeReports().last { ends += 1 }
      shutdown(mine, Int32(SHUT_WR))
      _ = link.takeReports()
      #expect(link.descriptor == -1)
    }
    #expect(ends > 1000)
  }

  /// A worker that ends with packets unread is heard to its end all the same.
  @Test func lastWordsAreHeard() throws {
    let (mine, its) = try Self.pair()
    let link = WorkerLink(socket: its)
    link.cancel(job: 1)
    ChipWorker.refuse(descriptor: mine, reason: "there is no chip")
    guard case .ended(let reason)? = link.takeReports().last else {
      throw MissingValue(description: "end")
    }
    #expect(reason == "there is no chip")
  }

  @Test func processesThatSayNonsenseAreEnded() throws {
    let link = try WorkerLink(
      .process(program: "/bin/sh", arguments: ["-c", "echo hello >&3; exec sleep 100"]))
    var reports: [WorkerReport] = []
    guard case .ended(let reason) = try TestWorker.report(of: link, into: &reports) else {
      throw MissingValue(description: "end")
    }
    #expect(reason.hasPrefix("it sent what is no report"))
  }
}
