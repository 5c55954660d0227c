/// What a client has sent and received, signs of life not counted.
public struct LinkStatistics: Equatable, Sendable {
  /// Requests that were answered.
  public var roundTrips = 0
  /// Bytes of all frames of requests, and of answers.
  public var bytesSent = 0
  /// Bytes of all frames of answers.
  public var bytesReceived = 0

  /// Makes statistics at zero.
  public init() {}
}
