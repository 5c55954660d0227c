import CZeroMQShim
import Foundation

/// A worker's process, as its parent has it.
final class WorkerProcess {
  let id: Int32
  private var ending: String?

  /// Starts a program with a socket at its descriptor ``ChipWorker/descriptor``.
  static func start(
    program: String, arguments: [String], socket: Int32
  ) throws(LinkError) -> WorkerProcess {
    var texts = ([program == thisProgram ? "synapus" : program] + arguments).map { strdup($0) }
    defer { for text in texts { free(text) } }
    texts.append(nil)
    let id = synapus_process_start(program, texts, socket)
    guard id > 0 else { throw .system(call: "posix_spawn", synapus_last_error()) }
    return WorkerProcess(id: id)
  }

  private static let thisProgram = "/proc/self/exe"

  private init(id: Int32) { self.id = id }

  deinit {
    guard ending == nil else { return }
    kill()
    _ = waitToEnd(milliseconds: 500)
  }

  /// How it ended, in words; nil when it has not.
  func ended() -> String? {
    guard ending == nil else { return ending }
    var code: Int32 = 0
    switch synapus_process_ended(id, &code) {
    case 0: return nil
    case 1: ending = "its process ended with exit code \(code)"
    case 2: ending = "its process was ended by signal \(String(cString: synapus_signal_name(code)))"
    default: ending = "its process is gone"
    }
    return ending
  }

  /// Waits a little for its end.
  func waitToEnd(milliseconds: Int) -> String? {
    for _ in 0..<max(1, 2 * milliseconds) {
      if let reason = ended() { return reason }
      usleep(500)
    }
    return ended()
  }

  func kill() {
    if ending == nil { synapus_process_kill(id) }
  }
}
