import Foundation
import Testing

import Datasets

/// Spike files as h5py writes them, see `tools/reference/make_spike_files.py`.
@Suite struct SpikeFileTests {
  /// Unpacks a file and reads it.
  private func read(_ text: String) throws -> SpikeFileDataset {
    var dataset: SpikeFileDataset?
    try Scratch.withFolder { folder in
      let data = try #require(Data(base64Encoded: text))
      try Scratch.write([UInt8](data), to: folder + "/spikes.h5.gz")
      try Scratch.write(GzipFile.read(folder + "/spikes.h5.gz"), to: folder + "/spikes.h5")
      dataset = try SpikeFileDataset(reading: folder + "/spikes.h5")
    }
    return try #require(dataset)
  }

  private func message(_ text: String) -> String {
    let error = #expect(throws: DatasetError.self) { try read(text) }
    return error?.description ?? "none"
  }

  @Test func listsOfHalfPrecisionAreRead() throws {
    let dataset = try read(SpikeFile.good)
    #expect(dataset.offsets == [0, 3, 3, 4])
    #expect(dataset.seconds == [0, 0.25, 0.5, 1])
    #expect(dataset.units == [3, 0, 3, 699])
    #expect(dataset.labels == [2, 0, 1])
    #expect(dataset.channels == 700 && dataset.classes == 3 && dataset.lastSecond == 1)
  }

  @Test func secondsBecomeCycles() throws {
    let coded = try read(SpikeFile.good).coded(ticksPerSecond: 100, ticks: 80)
    #expect(coded.cycles == [0, 1600, 3200] && coded.units == [3, 0, 3])
    #expect(coded.offsets == [0, 3, 3, 3] && coded.labels == [2, 0, 1])
    #expect(coded.spikesAfterEnd == 1)
  }

  @Test func faultsAreSaid() {
    #expect(message(SpikeFile.withoutLabels).contains("/labels must be one integer"))
    #expect(message(SpikeFile.largeLabel).contains("/labels must be one integer from 0 to 255"))
    #expect(message(SpikeFile.fewerUnits).contains("sample 0 has 3 times but 2 units"))
    #expect(message(SpikeFile.negativeTime).contains("a spike at -0.25 s of unit 0"))
  }

  @Test func otherFilesAreSaid() throws {
    #expect(throws: DatasetError.cannotOpen(file: "/nowhere.h5", code: ENOENT)) {
      try SpikeFileDataset(reading: "/nowhere.h5")
    }
    #expect(throws: DatasetError.notHDF5(file: #filePath)) {
      try SpikeFileDataset(reading: #filePath)
    }
  }
}

/// Files of two to three samples.
private enum SpikeFile {
  static let good = """
    H4sIAAAAAAACA+2avU4jMRDHbW8W9lagbEQDVItoTjoQQaKgoABBIAUCdFBQHkiRiPgQIkG661Kh0FEhaipERc8LIC\
    oegZqKNwg4HgfbkOTChxTg/ysy8nqw49mJPWbmMDsz2x32h0wSBCzBImZSIc5H7bbu/0OSkyyTPBP6Oa/29dLzFI3v\
    6q38zmSkdsVBz3PrKxkw8B3JZqaWpFyldkzySth6hd38Zq7A2Nbaem7rUeb+FvfWDP8cb3Heev6b9VR7w/8//x0nx4\
    3wKuG/hj+VfVuvmN+W7sv2d/LFguG3k6+cd3lhcYYzrzbf6bC9X19T+27E9s/dX43H1ftw7Nnjub+LrwJnvloj121l\
    Uc7VA1q2IeOqah/ZNBUnmSALhz4Lk6TnP1pS6glPjRzQuJ4QpR9KRdjbRqkt7KH8StT84GdnY329gPsB7AUm8tyQdn\
    TPjbiO/sWAff45xx+7cewrGM4dAAAA4LMzN704z40DXcfdHU8qY/KSK9z4YMKOT7uexauKhCMvnQCjnMQ7AAAAAAAA\
    AAAAPhp5T79I2Xd/E270ixf7W81j9Vp5rCjQ/xuIq58N8lds8OlrGOmHclvZs9X8S5ryorrftfGSkzdF/gUAAAD4Wv\
    GX1yT+SrxL/BVVVaNaLBHZcZcQdtzFS0PqLzucmY/a0p6CqRrLVq2iVt/DlZXrW+OY6tu6nHlPPo3H1atAdSv3mlWg\
    rqeVRAX198StQNU3kjBt623m/hXM22X2jfOqSkFe87uDIbyL1/AAMejmvqoxAAA=\

    """
  static let withoutLabels = """
    H4sIAAAAAAACA+2asU5CMRSGT3u5eiUaIC7odI2LCUYZHBwcNIoyECHq4KgDicRoiGCiGyMmjg4+gqODmy/g6OAD+A\
    gO7uilLbRFQBETlf8bOOntScs9/WlPaS/Sa+tj4ckwBXgehShKOjXJVdIsq/o9aZm0VWlvuHrO6nVx+Twm27f9drZS\
    qcC7ZqH6eXaF9QgMIunUSi6wu7Ks9PTATb9SsXCYLxHlz8on+5oul3vst51+044oH7if0++iFG4UQwn9anqquqZfuX\
    AUyJdOjwvlUh/0u72ZXWPEG7q7nDXn6ztZfpoz51ffMf1svQ8ajFwRC6bKYgQZEw9keDTr110n5G8+5keIyxkg7FI4\
    Iv3c94gHftwRLXuyXYfzyohw4ea0UfkV8VC6UnqZGe7sr17gZQpzgU6wbgRxtNcNv43/rYyfqreWP3q04ssJ6w4AAA\
    Dw19lYzWaYtqCr/Hyo6bJAi811v5EfLJn56WhLvioIWfbeSjCqEYwBAAAAAAAAAADw0wT79NuYuffXYVo9/7D+q+dY\
    ceMcK+qp/wb8+meH8yuabn4N7fih+qvi+dXzl2SCtLdvjXEuYZZx/gIAAAD8r/zL6ZJ/hfqSf4n8apyJ9hr5Fudmvs\
    Uq8ibXqNXj9Z+Jbbu7lvYdtW53LTPzwuKu8GBi37VUuffrnOl3mD8v6fuo9Df7FXfiWEN3xQTGohfeAMY8SriUMAAA\

    """
  static let largeLabel = """
    H4sIAAAAAAACA+2avU4jMRDHbW8W9lagbEQDVItoTjoQQaKgoABBIAUCdFBQHkiRiPgQIkG661Kh0FEhaipERc8LIC\
    oegZqKNwg4HgfbkOTChxTg/ysy8nrwxLMTe8z4MDsz2x32h0wSBCzBImZSIc5H7bbu/0OSkyyTPBP6Oa/29dLzFI3v\
    6q38zmSkdsVB27n1lQwY+I5kM1NLUq5SOyZ5JWy9wm5+M1dgbGttPbf1KHN/i3trRnyOt2i3XvxmPdXe8P8vfscpcC\
    O8SsSvEU9l39Yr5rdl+LL9nXyxYMTt5CvtLi8sznDm1eydDtvr9TW170bs+Nz91XhcvQ7Hnj2e+7v4KnDmqzly3VYe\
    5Vw9oGkbMq6q9pFPU3GSCfJw6LMwSXr+oyelnvDUyAGN6wlR+qFUhL1slNrCHyquRC0OfnY21tcTuB/AWmAi9w3pR3\
    ffiOvoXwzY+5+z/bEbx7+CYd8BAAAAPjtz04vz3NjQdd7d8aQyJg+5ws0PJuz8tOtZvqpIOPLSSTDKSbwDAAAAAAAA\
    AADgo5Hn9IuUffY34Ua/eLG/1TpWr1XHigL9v4G4+tmgfsUGn76GUX4ot5U/W62/pKkuqvtdHy85dVPUXwAAAICvlX\
    95TfKvxLvkX1FVNarlEpGddwlh5128NKT+ssOxfNSW/hRq8i17Rc2+hysv1/fGMd1v63LsnnyaiKt3A9W9udfsBup6\
    WkncoP6euDdQ9YkkTNt6m7l/BfN0mX2jXXVTkNfi7mAI7+I1PACDHWdxqjEAAA==\

    """
  static let fewerUnits = """
    H4sIAAAAAAACA+2aMU9bMRDHbb88eDy1you6ANOLWCpB1SAxMDC0gkCGClDL0LEgRSJKWkVNkGDLhNKNCTEzISZ2vg\
    Bi4iMwM/EN0jg+J7bVBJJWVUL+vyEnP1/s+HKxz7n7lVtbfx3OhkwSBCzBImbSIC4X7bbu/0aSk6yTvBD6OW/1TdPz\
    FI3v6u18zmaldsNBz3PvKxkwMI7ksh+3pfxK7ZjkjbD1KuVCMV9hrLS7ly81Zf6w+nPX8M/lPuft5r85T7X3/ef57z\
    I5boSvEv5r+FPdt/Wqhe/SfdnBj0K1YvjthwHn/bK5tcaZ157v/J29X99S++G97Z/l+d7j6n049uzx3N/FS4EzX62R\
    67ayKOfqAS3bkHFLdYZsmoqTTJCFQ5+FSdLzm5aUesJTIwc0ridEbUqpCHvbqA2FPZRfibYfvJ3sra8X8JjGXmAizw\
    1pR/fciLvoX6Xt8885/tidY1/BcO4AAAAAo87G6tYnbhzoOu6e6KgsyUuucOODFTs+DZx4NeHIayewOEnC9gAAAAAA\
    AAAAwP9C3tevUvbd34Qb/eKP/f3msaatPFYU6P8I4tZrj/wVm+t8DCP9UB8qe/abf8lQXlT3uzbedvKmyL8AAAAAo4\
    8w4ivvifgr8U/ir6ilGrVjiciOu4Sw4y5eW1DvnHBmPhlae/IBrKJW/4YrK3e3xinVt71y5j0bGY/rVoHqVu49VYG6\
    l1ESFdTjiVuBqm8kYcbWK+aPKubtMveX86pKQd72u+MFfBeD8Bsi9ux6qjEAAA==\

    """
  static let negativeTime = """
    H4sIAAAAAAACA+2av09bMRDHbb+88PpElRexpJ0eYkGCqmFjYACR0AwIUGFghEiRiEKrqAkSbJlQ2JgQMxPqxNCNf6\
    Dq1D+hM1P/A8DxOdhukxB+SCF8P0NOfj7s+N7FPnN3VMgtvQ3fh0wSBCzBImZyTXyfsdu6f4skJ9kkeS70c97qy9Dz\
    NI3v6m18zuel9rWDnuePr2TAwGukkF9Yk3KT2jHJn8LWq1XLlVKNsd3tYmn3Vpb269+2Df+c7XPeTv5b8FR7x7+f/8\
    6S40Z4lfBfw5+avq1XL3+R7sv2vpbrNcNv5x847/rKao4zrz3f2Qd7v/5F7auPtn9Wp7qPq/fh2LPHc38XwwJnvloj\
    121lUc7VA1q2IeOW6juyaTpOMUEWDn0WpkjPv7Wk1BOeGjmgcT0hGm+UirC3jcZA2EP5lWj7weRId329gL/j2AtM5L\
    kh7eieG3EH/Ytx+/xzjj/227GvYDh3AAAAgJfOp8XVZW4c6DruTt6p/JCXXOHGB3N2fDr6T7yqSDjy0gkwmim8AwAA\
    AAAAAAAA4LmR9/SLtH33N+FGv/hvf795rIyVx4oC/b+BuPXZJX/FJu6+hpF+aA6UPfvNv2QpL6r7XRuvOXlT5F8AAA\
    CA4Yq/vB7xV+JJ4q+opRq1Y4nIjruEsOMu3phWf5l0Zj4eSHsKpmos+7WKWv0YV1bubI0Tqm8bdeY9fTEe16kC1a3c\
    61WBWswqiQrq14lbgapvJGHW1quUDmrm7bLwyHlVpSBv+93hNN7FQ7gBz82gV6oxAAA=\

    """
}
