import ArgumentParser
import Emulator
import Foundation

EmulatedChip.keepFreedMemory()

// The order matters: signals first, so that no half-written file survives an early Ctrl-C.
Interruption.install()
do {
  var command = try SynapusCommand.parseAsRoot()
  try command.run()
  TemporaryFiles.removeAll()
} catch {
  TemporaryFiles.removeAll()
  exit(Ending(of: error).announce())
}
