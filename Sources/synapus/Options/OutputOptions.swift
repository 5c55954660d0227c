import ArgumentParser

/// How a command answers.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Answer with one JSON object on standard output.")
  var json = false
}
