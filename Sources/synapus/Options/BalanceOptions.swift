import ArgumentParser
import Compiler
import Foundation
import NIR
import Recordings

/// How a network of weights and rectifiers becomes a spiking one.
struct BalanceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Samples that thresholds of a network without neurons are balanced by: input spikes (.h5), or"
        + " values in the array 'samples' of an .npz.", valueName: "file"))
  var balanceData: String?
  @Option(
    help: ArgumentHelp("Spikes a tick that stand for an input of 1.", valueName: "rate"))
  var inputRate = ConversionSettings().inputRate
  @Option(
    help: ArgumentHelp("Spikes a tick of a layer's largest activation.", valueName: "rate"))
  var peakRate = ConversionSettings().peakRate
  @Option(
    help: ArgumentHelp(
      "The percentile of activations that counts as the largest.", valueName: "percent"))
  var percentile = ConversionSettings().percentile
  @Option(
    help: ArgumentHelp(
      "What max-pools become: differences gives the same numbers, mean takes no neurons.",
      valueName: "differences|mean"))
  var maxPool = ConversionSettings.Maximum.differences
  @Option(
    help: ArgumentHelp("The spiking network that was made, a NIR file to write.", valueName: "file")
  )
  var saveSpiking: String?

  private var settings: ConversionSettings {
    var settings = ConversionSettings()
    (settings.inputRate, settings.peakRate) = (inputRate, peakRate)
    (settings.percentile, settings.maximum) = (percentile, maxPool)
    return settings
  }

  /// Refuses samples where nothing is balanced.
  func refuse(_ network: String) throws {
    guard balanceData == nil, saveSpiking == nil else {
      throw Failure(
        .usage, "'\(network)' has neurons, so there is nothing to convert", at: network,
        try: "leave out --balance-data and --save-spiking")
    }
  }

  /// Reads an npz file as a network.
  static func network(_ path: String, name: String) throws -> RateNetwork {
    let file = try RateNetworkFile(try NPZFile(reading: path), name: name, file: path)
    for note in file.notes { Console.say("note: \(note)") }
    return file.network
  }

  /// The spiking network, with notes of what was changed.
  func converted(_ network: RateNetwork, _ options: CompileOptions) throws -> NIRGraph {
    let samples = try balanceData.map { try read($0, network, options) }
    let result = try network.spiking(balancedBy: samples, settings, options)
    for note in result.notes { Console.say("note: \(note)") }
    if let saveSpiking { try NIRFile.write(result.graph, to: saveSpiking) }
    return result.graph
  }

  private func read(
    _ path: String, _ network: RateNetwork, _ options: CompileOptions
  ) throws -> BalanceSamples {
    let inputs = try network.inputCount()
    if path.hasSuffix(RateNetworkFile.fileSuffix) {
      return try BalanceSamples(try NPZFile(reading: path), inputs: inputs, file: path)
    }
    let spikes = try InputSpikes(reading: path, on: options.spec.time)
    return try BalanceSamples(
      spikes.spikes, inputs: inputs, ticks: spikes.durationTicks ?? options.durationTicks,
      inputRate: settings.inputRate)
  }
}

extension ConversionSettings.Maximum: ExpressibleByArgument {}
