/// One sign of a joined circuit's synapses: a current that decays, behind the input stage.
///
/// As ``SynapticInput``, in other units: the current in what an event of weight 1 at the tick's
/// start leaves of itself, and what the membrane sees of it in counts of its goal.
struct JoinedInput: Equatable {
  /// What one sign of synapses does to current and membrane.
  struct Constants: Equatable {
    /// What is left of the current after a tick.
    var left: Float = 0
    /// What a current of 1 at the tick's start adds to the membrane's goal, in counts.
    var mean: Float = 0
    /// Current at the tick's end for each moment of the arriving charge; for the first it is 1.
    var inject = SynapticInput.Moments()
    /// What each moment adds to the goal, in counts.
    var arrive = SynapticInput.Moments()
    /// Where the input stage saturates, in counts of the goal.
    var level: Float = 1e30
  }

  /// The current.
  var current: Float = 0
  /// Times the input stage was saturated.
  private(set) var saturated: Int64 = 0

  /// Takes a tick's arrivals; gives what the sign adds to the membrane's goal.
  mutating func receive(
    _ moments: SynapticInput.Moments?, _ c: Constants, secondOrder: Bool
  ) -> Float {
    var goal = current * c.mean
    current *= c.left
    if let m = moments {
      goal += m.m0 * c.arrive.m0 + m.m1 * c.arrive.m1
      current += m.m0 + m.m1 * c.inject.m1
      if secondOrder {
        goal += m.m2 * c.arrive.m2
        current += m.m2 * c.inject.m2
      }
      current = FloatMath.largest(current, 0)
    }
    if goal > c.level { saturated += 1 }
    return FloatMath.least(goal, c.level)
  }
}
