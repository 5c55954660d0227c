import Analysis
import ChipInterface
import Foundation
import HardwareSpec
import Training

/// The words and pictures of the demo's page.
struct DemoReport {
  let settings: DemoSettings
  let folder: String
  let figures: [DemoFigures]

  /// The page, with all its pictures drawn from the chips of this process.
  func page() -> HTMLReport {
    let tasks = figures.flatMap {
      TaskPages(result: $0.result, figures: $0, settings: settings, folder: folder).sections
    }
    return HTMLReport(
      title: "Synapus: break a network on an analog chip, and heal it in the loop",
      subtitle:
        "Chip \(settings.spec.name), chip seed \(settings.chipSeed), trial seed 0, net seed "
        + "\(settings.netSeed), mismatch \(NumberText.percent(settings.mismatch, places: 0)), "
        + "synapus \(SynapusCommand.version), \(settings.threads) cores of \(CPU.model)",
      sections: [about] + tasks + [limits])
  }

  private var about: HTMLReport.Section {
    let spec = settings.spec
    return HTMLReport.Section(
      "What was done",
      [
        .paragraph(
          "An analog neuromorphic chip computes with currents and voltages. It is fast and frugal, "
            + "but no two of its circuits are equal: time constants, gains and thresholds differ "
            + "by tens of per cent from neuron to neuron, and each chip differs from the next. A "
            + "network that was trained in software therefore loses accuracy when it is put on "
            + "such a chip. Synapus emulates the chip with its faults, so that the cure can be "
            + "tried without one: to train on with the chip's own answers, which is called "
            + "training in the loop."),
        .paragraph(
          "For each task the demo did this. (1) It trained a spiking network of one hidden layer "
            + "in software, with the weights rounded to the chip's 4 bits, on an ideal chip. (2) "
            + "It compiled the network to a chip image. (3) It started a control server in a "
            + "process of its own; behind it is the emulated chip, with mismatch, synapse errors, "
            + "noise, jitter and a faulty readout. (4) It deployed the network as it is: accuracy "
            + "falls. (5) It trained on over ZeroMQ: each mini-batch runs on the chip, the "
            + "recorded spikes and ADC codes take the place of the host model's own in the "
            + "backward pass, and the new weights are written to the chip. The host knows the "
            + "chip's nominal constants only; it never sees what this device drew."),
        .paragraph(
          "The chip, \(spec.name): \(spec.geometry.coreCount) cores of "
            + "\(spec.geometry.circuitsPerCore) neuron circuits and "
            + "\(spec.geometry.synapseRowsPerCore) synapse rows, \(spec.synapse.weightBits)-bit "
            + "weights, circuits \(NumberText.count(Int(spec.time.acceleration))) times faster "
            + "than nerve cells; a tick of the emulation is "
            + "\(NumberText.brief(spec.time.tickSeconds * 1e9)) ns. All times in this page are "
            + "hardware time, in microseconds. One chip seed is one device: the same seeds give "
            + "the same chip and the same numbers on every run."),
        .paragraph("This page again, with every picture:"),
        .preformatted(command(figures.map(\.result.report.task).joined(separator: " "))),
      ])
  }

  private func command(_ tasks: String) -> String {
    "synapus demo \(tasks) --report \(folder) --mismatch \(settings.mismatch) "
      + "--chip-seed \(settings.chipSeed) --net-seed \(settings.netSeed)"
      + (settings.trainsFloat ? " --float" : "")
  }

  private var limits: HTMLReport.Section {
    HTMLReport.Section(
      "What the model leaves out",
      [
        .paragraph(
          "The input stage saturates sharply, on silicon it bends softly; reset is instant, on "
            + "silicon the membrane takes about 1.5 µs; charge that arrives within a tick meets "
            + "saturation from the next tick on; a membrane that crosses the threshold and falls "
            + "back within one tick does not fire; effective weights have 8 bits. Spikes "
            + "between cores take a fixed time, without contention. There is no plasticity, no "
            + "conductance-based synapse, no adaptive neuron and no calibration yet: all circuits "
            + "get the same codes, which is why deployment hurts as much as it does. "
            + "docs/neuron-circuits.md lists the circuits and the differences; 'synapus fidelity' "
            + "prints by how much the emulator is off its closed forms.")
      ])
  }
}
