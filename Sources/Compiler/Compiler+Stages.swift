import HardwareSpec
import NIR

extension Compiler {
  /// A graph up to its codes, before anything has a place: for tests and tools that look at a stage.
  package static func quantised(
    _ graph: NIRGraph, _ options: CompileOptions
  ) throws(CompilerError) -> QuantisedNetwork {
    try options.check()
    var log = CompileLog(network: "", options)
    let options = options.withStep(of: graph, &log)
    let lowered = try lowered(graph, name: "", options, &log)
    let legal = Legalisation(options).legalise(lowered, &log)
    let quantised = Quantisation(options).quantise(legal, &log)
    try log.stopAtMisfits()
    return try quantised.checked(on: options.spec)
  }
}
