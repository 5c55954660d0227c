import Compiler
import Foundation

extension SideFile {
  /// What stands beside a network's file, if anything does.
  static func beside(_ network: String) throws -> SideFile? {
    let path = URL(fileURLWithPath: network).deletingPathExtension().path + suffix
    guard !network.hasSuffix(RegisterNetwork.fileSuffix),
      FileManager.default.fileExists(atPath: path)
    else { return nil }
    Console.say("reading \(path)")
    return try SideFile(
      yaml: try InputFile.text(path, largest: largestBytes), file: path)
  }
}
