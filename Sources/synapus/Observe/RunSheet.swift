import Analysis
import ChipInterface
import HardwareSpec

/// What a run counted, and what it cost the chip, for people.
struct RunSheet {
  private let recording: Recording
  private let spec: ChipSpec
  private let samples: Int

  init(_ recording: Recording, _ spec: ChipSpec, samples: Int) {
    (self.recording, self.spec, self.samples) = (recording, spec, samples)
  }

  var text: String { counts.text() + "\n" + cost }

  /// What was counted; losses and clips only where there are some.
  private var counts: TextTable {
    var table = TextTable("count", "value")
    table.append(["samples", NumberText.count(samples)])
    let always: Set<String> = [
      "ticks", "input_events", "spikes", "row_events", "synaptic_events", "lost_at_port",
      "lost_in_network", "unfinished", "adc_clipped", "input_saturated",
    ]
    for (name, path) in RunCounters.named {
      let value = recording.counters[keyPath: path]
      guard value != 0 || always.contains(name) else { continue }
      table.append([name.replacing("_", with: " "), NumberText.count(value)])
    }
    return table
  }

  private var cost: String {
    let each = Double(max(samples, 1))
    let time =
      "hardware time  \(NumberText.brief(recording.hardwareSeconds * 1e6)) us, "
      + "\(NumberText.brief(recording.hardwareSeconds / each * 1e6)) us a sample\n"
    guard spec.energy != nil else {
      return time + "energy         not known: the chip file has no section 'energy'\n"
    }
    let total = recording.energy.total
    var table = TextTable("energy", "joules", "share")
    for (name, path) in EnergyUse.named {
      let value = recording.energy[keyPath: path]
      table.append([
        name, NumberText.brief(value), NumberText.percent(total > 0 ? value / total : 0, places: 2),
      ])
    }
    return time + "energy         \(NumberText.brief(total / each * 1e6)) uJ a sample, "
      + "\(NumberText.brief(total / max(recording.hardwareSeconds, 1e-30) * 1e3)) mW\n\n"
      + table.text()
  }
}
