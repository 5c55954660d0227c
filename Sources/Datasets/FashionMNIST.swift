/// Loads Fashion-MNIST: 70,000 pictures of clothes in ten classes, 28 x 28 pixels of 8 bits.
///
/// Pictures are padded with two black pixels on every side to 32 x 32, and four pixels averaged
/// into one: 16 x 16 features in 0...1, as many as a core of the chip has neurons.
/// Source: Xiao, Rasul, Vollgraf, arXiv:1708.07747; Debian package dataset-fashion-mnist.
public enum FashionMNIST {
  /// Where Debian's package puts the four files.
  public static let defaultFolder = "/usr/share/datasets/fashion-mnist"

  /// The classes, in the order of labels.
  public static let classes = [
    "T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag",
    "ankle boot",
  ]

  /// Pixels along one side of the pictures in the files, and along one side of ours.
  static let (fileSide, side) = (28, 16)

  /// Loads 60,000 pictures to train on and 10,000 to test on.
  ///
  /// - Throws: ``DatasetError``, naming the file and what to do.
  public static func load(
    folder: String = defaultFolder
  ) throws(DatasetError) -> DividedSamples {
    DividedSamples(
      train: try load(folder: folder, part: "train", count: 60_000),
      test: try load(folder: folder, part: "t10k", count: 10_000))
  }

  /// Loads the two files of one part; `count` is how many pictures they must hold.
  package static func load(
    folder: String, part: String, count: Int
  ) throws(DatasetError) -> LabelledSamples {
    let labelFile = "\(folder)/\(part)-labels-idx1-ubyte.gz"
    let labels = Array(try open(labelFile, shape: [count]).values)
    if let sample = labels.firstIndex(where: { $0 >= classes.count }) {
      throw .labelOutOfRange(
        file: labelFile, sample: sample, label: Int(labels[sample]), classes: classes.count)
    }
    let pictures = try open(
      "\(folder)/\(part)-images-idx3-ubyte.gz", shape: [count, fileSide, fileSide])
    return LabelledSamples(
      name: "fashion-mnist", classes: classes, featureCount: side * side,
      features: averaged(Array(pictures.values), count: count), labels: labels)
  }

  private static func open(_ file: String, shape: [Int]) throws(DatasetError) -> IDXFile {
    do throws(DatasetError) {
      return try IDXFile(gzip: file, shape: shape)
    } catch .cannotOpen(let file, 2) {  // ENOENT
      throw .fashionMNISTMissing(file: file)
    }
  }

  /// Averages blocks of 2 x 2 pixels after padding; the two outer rings of pixels are padding.
  private static func averaged(_ pixels: [UInt8], count: Int) -> [Float] {
    var features = [Float](repeating: 0, count: count * side * side)
    for picture in 0..<count {
      for row in 1..<side - 1 {
        for column in 1..<side - 1 {
          let corner = (picture * fileSide + 2 * (row - 1)) * fileSide + 2 * (column - 1)
          let sum =
            Int(pixels[corner]) + Int(pixels[corner + 1]) + Int(pixels[corner + fileSide])
            + Int(pixels[corner + fileSide + 1])
          features[(picture * side + row) * side + column] = Float(sum) / (4 * 255)
        }
      }
    }
    return features
  }
}
