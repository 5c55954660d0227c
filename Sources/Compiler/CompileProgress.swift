/// Who is told how far a compilation is.
///
/// Two of them are always equal: what a program shows of a compilation does not change it.
public struct CompileProgress: Equatable, Sendable {
  /// The pass at work, and the part of it that is done, 0 to 1.
  public typealias Listener = @Sendable (_ pass: String, _ share: Double) -> Void

  private let listener: Listener?

  /// Nobody is told.
  public static let none = CompileProgress(listener: nil)

  /// Tells a function; it may be called often and must be quick.
  public init(_ listener: @escaping Listener) { self.listener = listener }

  private init(listener: Listener?) { self.listener = listener }

  /// Tells what a program does after the compiler, for example that it encodes the image.
  public func tell(_ pass: String) { report(pass) }

  /// Always true.
  public static func == (a: CompileProgress, b: CompileProgress) -> Bool { true }

  /// Tells that a pass begins, or how far it is.
  func report(_ pass: String, _ share: Double = 0) { listener?(pass, share) }
}
