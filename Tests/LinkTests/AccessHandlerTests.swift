import Foundation
import Link
import Synchronization
import TestSupport
import Testing

/// The authentication handler by RFC 27, and servers whose handler does what libzmq's own tests
/// have handlers do.
@Suite struct AccessHandlerTests {
  private func answer(_ frames: [[UInt8]], _ list: AccessList) throws -> [String] {
    let context = try Context()
    let handler = try AuthenticationHandler(context, list) { _, _ in }
    defer { handler.stop() }
    let socket = try Socket(.request, context, largestFrame: 1024)
    try socket.connect(AuthenticationHandler.endpoint)
    _ = socket.send(frames.map { Frame($0) })
    guard Socket.poll([socket], milliseconds: 10_000)[0],
      let (answer, excess) = socket.receive(atMost: 20)
    else { throw MissingValue(description: "there is no answer") }
    #expect(excess == 0)
    return answer.map { String(decoding: $0.bytes, as: UTF8.self) }
  }

  private func question(_ key: [UInt8], _ changes: [Int: String] = [:]) -> [[UInt8]] {
    var frames = ["1.0", "7", "synapus", "127.0.0.1", "", "CURVE"].map { Array($0.utf8) } + [key]
    for (i, text) in changes { frames[i] = Array(text.utf8) }
    return frames
  }

  private func bytes(_ key: String) -> [UInt8] {
    let alphabet = Array(
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#")
    let values = key.map { alphabet.firstIndex(of: $0) ?? 0 }
    return stride(from: 0, to: 40, by: 5).flatMap { start -> [UInt8] in
      let word = values[start..<start + 5].reduce(0) { $0 * 85 + $1 }
      return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> $0) }
    }
  }

  @Test func answersAreThoseOfTheStandard() throws {
    let keys = try TestKeys()
    let alice = try keys.add("alice").keys.publicKey
    let stranger = try keys.stranger().keys.publicKey
    let list = try AccessList(keys.folder)
    func status(_ key: [UInt8], _ changes: [Int: String] = [:]) throws -> String {
      let answer = try answer(question(key, changes), list)
      #expect(answer.count == 6)
      #expect(answer[0] == "1.0" && answer[1] == (changes[1] ?? "7") && answer[5].isEmpty)
      #expect((answer[2] == "200") == !answer[4].isEmpty)
      return answer[2]
    }
    let good = bytes(alice)
    #expect(try answer(question(good), list)[4] == "alice \(alice)")
    #expect(try status(good) == "200")
    #expect(try status(good, [1: "another id"]) == "200")
    #expect(try status(bytes(stranger)) == "400")
    #expect(try status(good, [2: "other"]) == "400")
    #expect(try status(good, [5: "PLAIN"]) == "400")
    #expect(try status(good, [5: "NULL"]) == "400")
    #expect(try status(good, [0: "1.1"]) == "500")
    #expect(try status(Array(good.dropLast())) == "500")
    #expect(try answer([[1]], list)[2] == "500")
    #expect(try answer(question(good) + [good], list)[2] == "500")
    #expect(try answer(question(good) + Array(repeating: good, count: 30), list)[2] == "500")
  }

  @Test(arguments: BadHandler.Fault.allCases)
  func aFaultyHandlerLetsNobodyIn(fault: BadHandler.Fault) throws {
    let keys = try TestKeys()
    let alice = try keys.add("alice")
    let test = try GatewayServer { settings in
      settings.keys = keys.folder
      settings.authentication = { context, list throws(LinkError) in
        try BadHandler(context, list, fault)
      }
    }
    let client = try GatewayClient(test.endpoint, security: alice.security)
    client.send("ping")
    let answer = try client.next(milliseconds: fault == .none ? 10_000 : 400)
    #expect(answer?.type == fault.answer, "\(answer?.refusal?.detail ?? "")")
    test.server.stop()
  }
}

/// An authentication handler that does one thing wrong.
final class BadHandler: Authenticating, @unchecked Sendable {
  enum Fault: CaseIterable {
    case none, wrongVersion, wrongID, wrongStatus, tooManyParts, tooFewParts, disconnects,
      doesNotReceive, doesNotSend

    /// The type of the answer to a ping.
    var answer: String? { self == .none ? "ping.ok" : nil }
  }

  private let fault: Fault
  private let list: AccessList
  private let wakeUp: WakeUp
  private let over = DispatchSemaphore(value: 0)
  private var socket: Socket?
  private let isOver = Atomic<Bool>(false)

  init(_ context: Context, _ list: AccessList, _ fault: Fault) throws(LinkError) {
    (self.fault, self.list) = (fault, list)
    wakeUp = try WakeUp()
    let socket = try Socket(.reply, context, largestFrame: 1024)
    _ = try socket.bind(AuthenticationHandler.endpoint)
    self.socket = socket
    Thread { [self] in
      serve()
      self.socket = nil
      over.signal()
    }.start()
  }

  var denied: Int { 0 }
  func reload() {}

  func stop() {
    isOver.store(true, ordering: .relaxed)
    wakeUp.signal()
    over.wait()
  }

  private func serve() {
    if fault == .disconnects { socket = nil }
    while !isOver.load(ordering: .relaxed) {
      let sockets = fault == .doesNotReceive ? [] : [socket].compactMap { $0 }
      guard Socket.poll(sockets, wakeUp, milliseconds: 50).contains(true),
        let frames = socket?.receive(atMost: 20)?.frames.map(\.bytes)
      else { continue }
      let key = list.userID(publicKey: Z85.key(frames[6]) ?? "") ?? ""
      if let answer = answer(frames[1], key) {
        _ = socket?.send(answer.map { Frame($0) })
      }
    }
  }

  private func answer(_ id: [UInt8], _ user: String) -> [[UInt8]]? {
    func frames(_ version: String, _ id: [UInt8], _ status: String) -> [[UInt8]] {
      [Array(version.utf8), id] + [status, "OK", user, ""].map { Array($0.utf8) }
    }
    switch fault {
    case .wrongVersion: return frames("9.9", id, "200")
    case .wrongID: return frames("1.0", id + id + [1], "200")
    case .wrongStatus: return frames("1.0", id, "9999")
    case .tooManyParts: return frames("1.0", id, "200") + [[], []]
    case .tooFewParts: return frames("1.0", id, "200").dropLast(2)
    case .doesNotSend: return nil
    case .none, .disconnects, .doesNotReceive: return frames("1.0", id, "200")
    }
  }
}
