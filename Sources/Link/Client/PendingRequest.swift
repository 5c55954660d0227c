import ChipInterface

/// A request on the run socket that was sent, and is kept until it is answered.
final class PendingRequest {
  let id, type: String
  /// The session that it was sent in.
  let session: String
  /// The message as it was sent: what is sent again is the same, byte for byte.
  let frames: [Frame]
  /// Where results come together that are larger than a frame.
  let assembly: PartAssembly
  /// The answer, an error maybe, when it is complete.
  var answer: Message?
  /// When something was last heard of it, or asked.
  var lastSign = SuspendingClock.now
  /// How often it was asked for without any sign.
  var asked = 0
  /// Whether the server is known to have it.
  var isKnown = false
  /// Whether it must be done after another one, and not without it.
  var comesAfter = false
  /// Whether the weights that were to be sent travel with it.
  var joinsWrite = false
  /// How often an answer came while chunks were missing.
  var gaps = 0

  /// Keeps a request.
  init(
    id: String, type: String, session: String, frames: [Frame], resultLimit: Int, credit: Int
  ) {
    (self.id, self.type, self.session, self.frames) = (id, type, session, frames)
    assembly = PartAssembly(byteLimit: resultLimit, credit: credit)
  }

  /// Notes a sign of the request.
  func noteSign() {
    (lastSign, asked, isKnown) = (.now, 0, true)
  }

  /// Whether nothing was heard of it for so long.
  func isSilent(for time: Duration) -> Bool {
    answer == nil && SuspendingClock.now - lastSign >= time
  }
}
