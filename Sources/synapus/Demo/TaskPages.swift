import Analysis
import ChipInterface
import HardwareSpec
import Training

/// The part of the page that tells of one task.
struct TaskPages {
  let result: DemoResult
  let figures: DemoFigures
  let settings: DemoSettings
  let folder: String

  private var report: TrainingReport { result.report }
  private var sample: DemoSample { figures.sample }

  var sections: [HTMLReport.Section] {
    [summary, course, gap, closeUp, device, network]
  }

  private func heading(_ text: String) -> String { "\(report.task): \(text)" }

  private func figure(_ figure: any Figure, _ name: String, _ caption: String) -> HTMLReport.Block {
    .figure(figure, file: "\(result.stem)-\(name).svg", caption: caption)
  }

  private func percent(_ fraction: Double?) -> String {
    fraction.map { NumberText.percent($0, places: 1) } ?? "–"
  }

  /// The flags that name this device.
  private var deviceFlags: String {
    "--mismatch \(settings.mismatch) --chip-seed \(settings.chipSeed)"
  }

  private var summary: HTMLReport.Section {
    let task = result.task
    return HTMLReport.Section(
      heading("the result"),
      [
        .keyFigures([
          .init("software, 4 bits", percent(report.quantisedAccuracy)),
          .init("deployed", percent(report.deployedAccuracy)),
          .init("after the loop", percent(report.finalLoopAccuracy)),
        ]),
        .paragraph(
          "Network \(task.shape): \(NumberText.count(task.train.count)) samples to learn from, "
            + "\(NumberText.count(task.test.count)) others to judge by. Software and loop figures "
            + "are the mean of the last three epochs. Guessing gives \(percent(result.chance))."),
        .table(result.table),
        .paragraph(wire),
        .preformatted(
          "synapus train \(report.task) \(deviceFlags) --net-seed \(settings.netSeed)"
            + (settings.trainsFloat ? "" : " --skip-float") + " --json"),
      ])
  }

  private var wire: String {
    let rate = report.samplesPerSecond.map {
      " The loop ran at \(NumberText.count(Int($0))) training samples a second."
    }
    return "Over ZeroMQ: \(NumberText.count(report.roundTrips)) round trips, "
      + "\(NumberText.count(report.bytesSent)) bytes to the server and "
      + "\(NumberText.count(report.bytesReceived)) bytes back." + (rate ?? "")
      + " The server's program was \(result.server). Its chip and the chip of this process, from"
      + " which the pictures are drawn, "
      + (result.agrees
        ? "gave the same recordings of \(DemoTask.compared) samples bit for bit."
        : "gave DIFFERENT recordings: this is a fault.")
  }

  private var course: HTMLReport.Section {
    HTMLReport.Section(
      heading("accuracy by epoch"),
      [
        figure(
          figures.accuracy, "accuracy",
          "On test samples after each epoch: in software with 4-bit weights, the fall when the "
            + "same weights are put on the chip, and the return in the loop (shaded). "
            + "Epoch 0 of training in the loop is the deployed network.")
      ])
  }

  private var gap: HTMLReport.Section {
    let same = report.gap.last?.accuracy == report.deployedAccuracy
    return HTMLReport.Section(
      heading("where the accuracy goes"),
      [
        .paragraph(
          "The trained weights before rounding on the ideal chip, then one effect more from bar to "
            + "bar: rounding to whole steps, the fixed error of each synapse, mismatch between "
            + "circuits, membrane noise, jitter of spikes, and offset and noise of the ADC. "
            + (same
              ? "With all of them on, this process's chip scores exactly what the server's did."
              : "With all of them on it scores \(percent(report.gap.last?.accuracy)).")
        ),
        figure(
          figures.gap, "gap",
          "Red bars lose, green bars gain; the order matters: effects are not independent."),
        .preformatted(
          "synapus evaluate \(folder)/\(result.stem).chip --task \(report.task) \(deviceFlags)"
            + " --effects synapse,mismatch"),
      ])
  }

  private var closeUp: HTMLReport.Section {
    let every = settings.spec.readout.sampleEveryTicks
    let microseconds = Double(every) * settings.spec.time.tickSeconds * 1e6
    return HTMLReport.Section(
      heading("one sample, close up"),
      [
        .paragraph(
          "Test sample \(sample.number) is of class \(sample.label). The ideal chip says "
            + "\(sample.idealClass), the chip as deployed says \(sample.deployedClass), and after "
            + "the loop it says \(sample.healedClass). The class is the readout neuron whose "
            + "membrane reaches the highest ADC code."),
        figure(
          figures.raster, "raster",
          "Each mark is a spike. Coding of the input: \(result.task.coding). The readout neurons "
            + "integrate and do not fire."),
        .preformatted("synapus plot \(folder)/\(result.stem)-sample.h5 -o raster.svg"),
        figure(
          figures.membrane, "membrane",
          "The membrane of hidden neuron \(sample.unit) with the same input and weights on the "
            + "ideal chip and on this one. Dots are what the chip's ADC told the host, every "
            + "\(NumberText.brief(microseconds)) µs; they lie beside the curve by the "
            + "channel's own offset. Dashed: threshold and reset, as asked for and as this circuit "
            + "has them. The curves have one point a tick, so that what crosses the threshold "
            + "within a tick is seen at reset after it. Ticks on top: the spikes of the two."),
        figure(
          figures.readout("Readout on the chip as deployed", sample.deployed), "readout-deployed",
          "Readout membranes, curves true and dots as converted, before training in the loop."),
        figure(
          figures.readout("Readout on the chip after the loop", sample.healed), "readout-loop",
          "The same sample on the same chip after training in the loop. Codes end at 0 and 255: "
            + "what is beyond is clipped."),
      ])
  }

  private var device: HTMLReport.Section {
    HTMLReport.Section(
      heading("this chip"),
      [
        figure(
          figures.mismatch, "mismatch",
          "What chip seed \(settings.chipSeed) drew for the circuits that the network uses, "
            + "against what was asked for (dashed). A quarter of the variance is shared by a block "
            + "of \(settings.spec.geometry.circuitsPerBlock) circuits, so the mean is off, too."),
        .preformatted("synapus serve \(deviceFlags)    # this device for your own programs"),
      ])
  }

  private var network: HTMLReport.Section {
    let copies = result.task.shape.inputCopies
    var blocks: [HTMLReport.Block] = []
    if let weights = figures.weights {
      let words =
        copies == 1
        ? "" : " Each input drives \(copies) row pairs, which round at different places."
      blocks.append(
        figure(
          weights, "weights",
          "Weights from inputs to hidden neurons in thresholds: as trained, and as the nearest of "
            + "31 steps that a row pair can hold." + words))
    }
    if let utilisation = figures.utilisation {
      blocks.append(
        figure(utilisation, "utilisation", "From the compiler's report; unused cores cost nothing.")
      )
    }
    blocks.append(
      .preformatted(
        """
        synapus image show \(folder)/\(result.stem).chip        # the image as deployed
        synapus image show \(folder)/\(result.stem)-loop.chip   # and after the loop
        synapus evaluate \(folder)/\(result.stem)-loop.chip --task \(report.task) \(deviceFlags)
        """))
    return HTMLReport.Section(heading("the network on the chip"), blocks)
  }
}
