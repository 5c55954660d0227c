import ChipInterface
import Foundation
import HardwareSpec
import Testing

@testable import Training
