/// Short-term plasticity of one row driver.
///
/// An inactive part I relaxes to 0, and gains U·(1 − I) at each event; the event's charge counts
/// `offset + scale·I` times, I taken before it. Depressing drivers have 1 − λI, facilitating ones
/// 1 + λ(I − β): Schemmel, Brüderle, Meier and Ostendorf, ISCAS 2007. A depressing driver with
/// λ = 1 is the model of Tsodyks and Markram, PNAS 94 (1997), with U fixed.
public struct RowDriver: Equatable, Sendable {
  /// The constants of a driver; a driver without plasticity counts every event once.
  public struct Constants: Equatable, Sendable {
    /// Utilisation U.
    public var utilisation: Float = 0
    /// Rate of recovery, per tick.
    public var rate: Float = 0
    /// Amplitude of a rested driver, and what the inactive part adds.
    public var offset: Float = 1, scale: Float = 0
  }

  /// The inactive part just after the last event.
  public var inactive: Float = 0
  /// When the last event was.
  public var tick: Int32 = 0, phase: Int32 = 0

  /// Takes an event; gives how often its charge counts, at least 0.
  public mutating func amplitude(tick: Int32, phase: Int32, _ c: Constants) -> Float {
    let ticks = Float(tick - self.tick) + Float(phase - self.phase) * 0.015625
    let inactive = self.inactive * FloatMath.exp(-(c.rate * ticks))
    self = RowDriver(inactive: inactive + c.utilisation * (1 - inactive), tick: tick, phase: phase)
    return FloatMath.largest(c.offset + c.scale * inactive, 0)
  }
}
