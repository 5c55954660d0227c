import Foundation

/// Folders of recorded cases.
enum GoldenFiles {
  /// The repository's `Tests/Golden`.
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Golden").path

  /// Recorded from lava-nc and nengo-loihi.
  static let recorded = folder + "/loihi"
  /// Written by `tools/reference/loihi_golden.py`, for the kinds that no recording is at hand of.
  static let modelled = folder + "/loihi-own"
}
