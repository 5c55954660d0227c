import ChipInterface
import Datasets
import HardwareSpec

extension TrainingTask {
  /// Yin-Yang, 5-120-3 with five copies of each input: 5,000 samples to learn from, 1,000 to judge.
  public static func yinYang(
    on spec: ChipSpec, hidden: Int = 120, train: Int = 5000, test: Int = 1000
  ) throws(TrainingError) -> TrainingTask {
    try checkSizes(hidden: hidden, train: train, test: test)
    let coding = LatencyCoding.yinYang(
      timeConstant: timeConstantTicks, cyclesPerTick: spec.time.cyclesPerTick)
    return TrainingTask(
      YinYang.published(train: train, test: test), coding, hidden: hidden, inputCopies: 5,
      settings: .yinYang, on: spec)
  }

  /// Fashion-MNIST at 16 x 16 pixels, 256-246-10: 60,000 pictures to learn from, 10,000 to judge.
  ///
  /// `train` and `test` take only the first pictures of each part.
  public static func fashionMNIST(
    on spec: ChipSpec, folder: String = FashionMNIST.defaultFolder, hidden: Int = 246,
    train: Int = 60_000, test: Int = 10_000
  ) throws(TrainingError) -> TrainingTask {
    try checkSizes(hidden: hidden, train: train, test: test)
    let samples: DividedSamples
    do { samples = try FashionMNIST.load(folder: folder) } catch { throw .dataset(error) }
    let part = DividedSamples(
      train: samples.train[0..<min(train, samples.train.count)],
      test: samples.test[0..<min(test, samples.test.count)])
    let coding = LatencyCoding.pictures(
      timeConstant: timeConstantTicks, cyclesPerTick: spec.time.cyclesPerTick)
    return TrainingTask(
      part, coding, hidden: hidden, inputCopies: 1, settings: .images, on: spec)
  }

  /// Handwritten digits of 8 x 8 pixels, 64-100-10: 1,198 pictures to learn from, 599 to judge.
  ///
  /// Pixels are coded as rates, over 100 ticks.
  public static func digits(
    on spec: ChipSpec, file: String? = nil, hidden: Int = 100
  ) throws(TrainingError) -> TrainingTask {
    try checkSizes(hidden: hidden, train: 1, test: 1)
    let samples: DividedSamples
    do { samples = try Digits.load(file: file) } catch { throw .dataset(error) }
    let coding = RateCoding(cyclesPerTick: spec.time.cyclesPerTick)
    let (train, test) = (coding.code(samples.train), coding.code(samples.test))
    return TrainingTask(
      name: "digits",
      shape: NetworkShape(inputs: Digits.pixelCount, hidden: hidden, outputs: 10),
      train: LabelledSpikes(train), test: LabelledSpikes(test),
      durationTicks: duration(of: train, on: spec), coding: coding.words, settings: .images)
  }

  /// Labelled spikes of a file, in hardware seconds; every fifth sample is kept to judge by.
  public static func spikeFile(
    _ path: String, on spec: ChipSpec, hidden: Int = 120
  ) throws(TrainingError) -> TrainingTask {
    try checkSizes(hidden: hidden, train: 1, test: 1)
    let file: SpikeFileDataset
    do { file = try SpikeFileDataset(reading: path) } catch { throw .dataset(error) }
    let ticks = min(file.lastSecond / spec.time.tickSeconds, Double(longestFileTicks)) + 1
    let coded = file.coded(
      ticksPerSecond: 1 / spec.time.tickSeconds, ticks: Int(ticks),
      cyclesPerTick: spec.time.cyclesPerTick)
    let samples = LabelledSpikes(coded)
    return TrainingTask(
      name: path, shape: NetworkShape(inputs: file.channels, hidden: hidden, outputs: file.classes),
      train: samples.selecting((0..<samples.count).filter { $0 % 5 != 4 }),
      test: samples.selecting((0..<samples.count).filter { $0 % 5 == 4 }),
      durationTicks: duration(of: coded, on: spec), coding: "spikes of \(path)", settings: .images)
  }

  /// Samples of a file beyond this are cut, in ticks: 16 ms of `synapus-1`.
  private static let longestFileTicks = 65_536

  /// Codes features as latencies; a sample runs two ticks longer than its coding, for the two
  /// layers, and on to the next sample of the ADC.
  public init(
    _ samples: DividedSamples, _ latencies: LatencyCoding, hidden: Int, inputCopies: Int,
    settings: HyperParameters, on spec: ChipSpec
  ) {
    let (train, test) = (latencies.code(samples.train), latencies.code(samples.test))
    self.init(
      name: samples.train.name,
      shape: NetworkShape(
        inputs: train.channels, hidden: hidden, outputs: samples.train.classes.count,
        inputCopies: inputCopies),
      train: LabelledSpikes(train), test: LabelledSpikes(test),
      durationTicks: Self.duration(of: train, on: spec), coding: latencies.words,
      settings: settings)
  }

  private static func duration(of samples: CodedSamples, on spec: ChipSpec) -> Int {
    let every = spec.readout.sampleEveryTicks
    return (samples.ticks + 2 + every - 1) / every * every
  }

  private static func checkSizes(hidden: Int, train: Int, test: Int) throws(TrainingError) {
    for (name, value) in [
      ("the number of hidden neurons", hidden), ("the number of training samples", train),
      ("the number of test samples", test),
    ] where !(1...1_000_000).contains(value) {
      throw .setting(name: name, value: Double(value), allowed: "1 to 1000000")
    }
  }
}

extension LabelledSpikes {
  /// Takes over coded samples.
  public init(_ samples: CodedSamples) {
    self.init(
      spikes: SpikeBatch(
        offsets: samples.offsets, cycles: samples.cycles, units: samples.units),
      labels: samples.labels.map { Int($0) })
  }

  /// The chosen samples, in the order given.
  public func selecting(_ samples: [Int]) -> LabelledSpikes {
    LabelledSpikes(spikes: spikes.selecting(samples), labels: samples.map { labels[$0] })
  }
}

extension LatencyCoding {
  /// The coding in words, for an image's description.
  fileprivate var words: String {
    var words = "latency (\(atZero) + \(atOne - atZero) x) tau, tau \(timeConstant) ticks"
    if let silentUpTo { words += ", silent up to \(silentUpTo)" }
    if let bias { words += ", bias at \(bias) tau" }
    return words
  }
}
