// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"), .treatAllWarnings(as: .error),
]
let strictC: [CSetting] = [
  .enableWarning("all"), .enableWarning("extra"), .treatAllWarnings(as: .error),
]

/// One of our modules in `Sources/`, or in the folder named.
func module(
  _ name: String, at path: String? = nil, _ dependencies: [Target.Dependency],
  resources: [Resource] = []
) -> Target {
  .target(
    name: name, dependencies: dependencies, path: path, resources: resources,
    swiftSettings: strict)
}

/// The tests of one of our modules.
func tests(
  _ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []
) -> Target {
  .testTarget(
    name: name, dependencies: dependencies + ["TestSupport"], resources: resources,
    swiftSettings: strict)
}

let package = Package(
  name: "synapus",
  products: [
    .executable(name: "synapus", targets: ["synapus"]),
    .library(
      name: "Synapus",
      targets: [
        "HardwareSpec", "ChipInterface", "FirmwareModels", "NIR", "Recordings", "Datasets",
        "Compiler", "Emulator", "Training", "Link", "Analysis", "Fidelity",
      ]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
    .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"),
    .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
  ],
  targets: [
    // What the chip is, and what is said to it.
    module(
      "HardwareSpec", at: "hwspec",
      [.product(name: "Yams", package: "Yams"), .product(name: "Crypto", package: "swift-crypto")],
      resources: [.embedInCode("chips")]),
    module("ChipInterface", ["HardwareSpec"]),
    module(
      "FirmwareModels", at: "firmware-models", ["HardwareSpec"],
      resources: [.embedInCode("rules")]),

    // Files in and out.
    module("NIR", ["HardwareSpec", "CHDF5", "CHDF5Shim"]),
    module("Recordings", ["HardwareSpec", "ChipInterface", "NIR", "CHDF5", "CHDF5Shim", "CZlib"]),
    module("Datasets", ["HardwareSpec", "CHDF5", "CHDF5Shim", "CZlib"]),

    // The toolchain and the chip.
    module(
      "Compiler",
      [
        "HardwareSpec", "ChipInterface", "FirmwareModels", "NIR", "Recordings", "CMETIS",
        .product(name: "Yams", package: "Yams"),
      ]),
    module("Emulator", ["HardwareSpec", "ChipInterface", "FirmwareModels", "CEmulatorKernels"]),
    module(
      "Training",
      [
        "HardwareSpec", "ChipInterface", "Compiler", "Datasets", "FirmwareModels", "NIR",
        "CTrainingKernels",
      ]),
    module(
      "Link",
      [
        "HardwareSpec", "ChipInterface", "CZeroMQ", "CZeroMQShim",
        .product(name: "GRDB", package: "GRDB.swift"),
      ]),

    // What people look at.
    module("Analysis", ["HardwareSpec", "ChipInterface"]),
    module(
      "Fidelity",
      [
        "HardwareSpec", "ChipInterface", "FirmwareModels", "Emulator", "Compiler", "NIR",
        "Recordings", "Analysis",
      ]),
    .executableTarget(
      name: "synapus",
      dependencies: [
        "HardwareSpec", "ChipInterface", "FirmwareModels", "NIR", "Recordings", "Datasets",
        "Compiler", "Emulator", "Training", "Link", "Analysis", "Fidelity",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),

    // C: the vectorised kernels, and shims for what Swift cannot import.
    .target(name: "CEmulatorKernels", cSettings: strictC),
    .target(name: "CTrainingKernels", cSettings: strictC),
    .target(name: "CHDF5Shim", dependencies: ["CHDF5"], cSettings: strictC),
    .target(name: "CZeroMQShim", dependencies: ["CZeroMQ"], cSettings: strictC),
    .systemLibrary(name: "CHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev"])]),
    .systemLibrary(name: "CMETIS", providers: [.apt(["libmetis-dev"])]),
    .systemLibrary(name: "CZeroMQ", providers: [.apt(["libzmq3-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

    // Tests, one target a module.
    .target(
      name: "TestSupport", dependencies: ["HardwareSpec", "ChipInterface"],
      path: "Tests/TestSupport", swiftSettings: strict),
    tests("HardwareSpecTests", ["HardwareSpec"]),
    tests("ChipInterfaceTests", ["ChipInterface"]),
    tests("FirmwareModelsTests", ["FirmwareModels"]),
    tests("NIRTests", ["NIR"], resources: [.copy("Fixtures")]),
    tests("RecordingsTests", ["Recordings"]),
    tests("DatasetsTests", ["Datasets"]),
    tests(
      "CompilerTests", ["Compiler", "Emulator", "FirmwareModels", "NIR"],
      resources: [.copy("Fixtures")]),
    tests(
      "ConversionTests",
      ["Compiler", "Emulator", "Training", "Datasets", "Recordings", "NIR"]),
    tests("EmulatorTests", ["Emulator", "FirmwareModels", "CEmulatorKernels"]),
    tests(
      "TrainingTests",
      ["Training", "Datasets", "Emulator", "Compiler", "FirmwareModels", "NIR"],
      resources: [.copy("Fixtures")]),
    tests("LinkTests", ["Link"]),
    tests("ServerTests", ["Link", "Emulator", "Compiler", "Training"]),
    tests("AnalysisTests", ["Analysis"]),
    tests(
      "FidelityTests", ["Fidelity", "Emulator", "Compiler", "FirmwareModels"],
      resources: [.copy("Fixtures")]),
  ],
  swiftLanguageModes: [.v6]
)
