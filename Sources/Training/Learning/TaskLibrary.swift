/// The tasks of the learning rules, by name.
public enum TaskLibrary {
  /// All tasks, in the order in which they are listed.
  public static let tasks: [any LearningTask] = [
    PairSTDPTask(), TripletSTDPTask(), RSTDPTask(), PongTask(), HomeostasisTask(),
    StructuralTask(), BurstTask(), DigitsTask(), FourBitTask(), SuperSpikeTask(), EPropTask(),
    DecolleTask(), LikelihoodTask(), FeedbackTask(),
  ]

  /// The task of that name, or nil.
  public static func task(_ name: String) -> (any LearningTask)? {
    tasks.first { $0.name == name }
  }
}
