/// Holds samples of equally many features, each with the class that it belongs to.
public struct LabelledSamples: Equatable, Sendable {
  /// Name for tables and messages, such as `yinyang`.
  public let name: String
  /// Names of the classes; a label is an index into them.
  public let classes: [String]
  /// Features of a sample.
  public let featureCount: Int
  /// Features of shape [sample, feature], within 0...1.
  public let features: [Float]
  /// One label a sample, below the number of classes.
  public let labels: [UInt8]

  /// Number of samples.
  public var count: Int { labels.count }

  /// Joins `featureCount` features for every label.
  public init(
    name: String, classes: [String], featureCount: Int, features: [Float], labels: [UInt8]
  ) {
    precondition(features.count == labels.count * featureCount)
    precondition(labels.allSatisfy { $0 < classes.count })
    (self.name, self.classes, self.featureCount) = (name, classes, featureCount)
    (self.features, self.labels) = (features, labels)
  }

  /// The features of one sample.
  public func features(ofSample sample: Int) -> ArraySlice<Float> {
    features[sample * featureCount..<(sample + 1) * featureCount]
  }

  /// The samples of a range, as a set of their own.
  public subscript(range: Range<Int>) -> LabelledSamples {
    LabelledSamples(
      name: name, classes: classes, featureCount: featureCount,
      features: Array(features[range.lowerBound * featureCount..<range.upperBound * featureCount]),
      labels: Array(labels[range]))
  }
}

/// Is a data set that is divided into what is trained on and what is tested on.
public struct DividedSamples: Equatable, Sendable {
  /// What is trained on.
  public let train: LabelledSamples
  /// What is tested on, and never trained on.
  public let test: LabelledSamples

  /// Joins the two parts.
  public init(train: LabelledSamples, test: LabelledSamples) {
    (self.train, self.test) = (train, test)
  }
}
