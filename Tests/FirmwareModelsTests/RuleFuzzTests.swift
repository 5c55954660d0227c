import FirmwareModels
import Foundation
import HardwareSpec
import TestSupport
import Testing

/// Damaged texts and words: refused at a place inside of them, or harmless; never a trap or a hang.
@Suite struct RuleFuzzTests {
  /// `SYNAPUS_LONG` asks for two hundred times as many.
  private static let rounds =
    ProcessInfo.processInfo.environment["SYNAPUS_LONG"] != nil ? 200_000 : 1_000

  /// Rules as users write them: of the recorded learning traces, of lava's library, of ours.
  static let corpus: [String] =
    RuleLibrary.names.compactMap(RuleLibrary.text) + [
      "dw = 2^-2 * x1 * y0 - 2^-2 * y1 * x0",
      "dw = 3 * 2^-4 * x1 * y0 * y2 - 2^-3 * y1 * x0 - 2^-5 * x0 * y1 * x2",
      "epoch: 2\ndw = 2^-3 * t * u2\ndt = 2^-1 * x1 * y0 - 2^-1 * y1 * x0 - 2^-4 * t * u2\n",
      "dw = x1 * y0 - y1 * x0\ndd = 2^-2 * x1 * y0 - 2^-1 * d * u4",
      "dw = (2) * 2 ^ -1 * (-1) * x0 * y1 + (2) * 2 ^ -1 * (1) * y0 * x1", "dw = u0 * t * y2 ",
      "dw = -2 * x0 * y1 + 4 * y0 * x1 + u0 * w",
      """
      # Everything that a file may hold.
      name: all
      epoch: 8
      x1: impulse 16, tau 10
      x2: impulse 16.5, tau 10, events
      y1: impulse 3, tau 20, bursts
      burst: 16
      reward: tau 100
      error: tau 50, own-spike -12, minus-membrane
      membrane: sigmoid-derivative slope 0.05 height 100
      tag-carry: 32
      rewiring: every 10, group 8, synapses 2, keep-from 3, new 4
      dw = 2^-2*x1*y0 - 2^-2*y1*x0*sgn(w - 3)
           + u9*(12 - w)*r
      dt = u0*e*p*x2
      """,
    ]

  @Test func corpusIsWellFormed() throws {
    for text in Self.corpus {
      let rule = try LearningRule(parsing: text, file: "x.rule")
      #expect(!rule.products.isEmpty)
    }
  }

  private static let pieces = [
    "*", "+", "-", "^", "(", ")", "sgn(", "x0", "y0", "u3", "u12", "2^", "0.5", "w", "\n", " ", "#",
    ":", "=", "dw = ", "dd =", "epoch: ", "9999999999", "\u{0}", "\u{1F600}", "e\u{301}", ",", "/",
    "\r\n", "\t", "nan", "1e9", ".", "..", "2^-", "name: ",
  ]

  private static func damaged(_ random: inout SequentialRandom) -> String {
    var text = Array(corpus[Int(random.next() % UInt64(corpus.count))].unicodeScalars)
    for _ in 0...Int(random.next() % 5) {
      let place = Int(random.next() % UInt64(text.count + 1))
      let end = min(text.count, place + Int(random.next() % 12))
      switch random.next() % 4 {
      case 0: text.removeSubrange(place..<end)
      case 1: text.insert(contentsOf: text[place..<end], at: place)
      default:
        let piece = pieces[Int(random.next() % UInt64(pieces.count))]
        text.replaceSubrange(place..<min(end, place + 2), with: Array(piece.unicodeScalars))
      }
    }
    return String(String.UnicodeScalarView(text))
  }

  @Test(arguments: 0..<4)
  func damagedTexts(seed: Int) throws {
    var random = SequentialRandom(seed: UInt64(seed), stream: 91)
    let specs = try ["loihi", "synapus-1", "bss2-like"].map(learning)
    for round in 0..<Self.rounds {
      let text = Self.damaged(&random)
      let label = "seed \(seed) round \(round)"
      do throws(RuleError) {
        let rule = try LearningRule(parsing: text, file: "x.rule")
        for spec in specs { Self.assemble(rule, spec, text) }
      } catch {
        Self.check(error, text, label)
      }
    }
  }

  /// Every fault has a sentence, and a place inside the text.
  private static func check(_ error: RuleError, _ text: String, _ label: String) {
    switch error {
    case .faults(_, let faults), .doesNotFit(_, let faults):
      let lines = text.unicodeScalars.filter { $0 != "\r" }.split(
        separator: "\n", omittingEmptySubsequences: false)
      #expect((1...100).contains(faults.count), "\(label)")
      for fault in faults {
        let isInside =
          (1...lines.count).contains(fault.line)
          && (1...lines[fault.line - 1].count + 1).contains(fault.column)
        #expect(isInside && !fault.message.contains("\n"), "\(label): \(fault) of \(text)")
      }
    default: Issue.record("\(label): \(error)")
    }
  }

  /// What fits a chip comes back from its words.
  private static func assemble(
    _ rule: LearningRule, _ spec: LearningSpec, _ text: String
  ) {
    do throws(RuleError) {
      let assembled = try rule.assemble(for: spec)
      let products = try LearningProduct.decode(assembled.words, for: spec)
      #expect(products == rule.products.map { $0.fitted(to: spec) })
      let again = try LearningRule(parsing: assembled.text, file: "x.rule").assemble(for: spec)
      #expect(again.words == assembled.words && again.settings == assembled.settings, "\(text)")
    } catch {
      check(error, text, "misfit")
    }
  }

  @Test(arguments: 0..<4)
  func damagedWords(seed: Int) throws {
    var random = SequentialRandom(seed: UInt64(seed), stream: 92)
    let spec = try learning("loihi")
    for round in 0..<Self.rounds {
      var words = try LearningProduct.encode(MicrocodeTests.products(&random, spec))
      for _ in 0...Int(random.next() % 3) {
        let place = Int(random.next() % UInt64(words.count))
        switch random.next() % 4 {
        case 0: words[place] = MicrocodeWord(rawValue: UInt32(truncatingIfNeeded: random.next()))
        case 1 where words.count > 1: words.remove(at: place)
        default: words[place].rawValue ^= 1 << UInt32(random.next() % 32)
        }
      }
      do {
        let products = try LearningProduct.decode(words)
        #expect(try LearningProduct.encode(products) == words, "seed \(seed) round \(round)")
      } catch {
        guard case RuleError.impossibleWord(let position, let word, _) = error else {
          Issue.record("seed \(seed) round \(round): \(error)")
          continue
        }
        #expect(words.indices.contains(position) && words[position] == word)
      }
    }
  }

  @Test(arguments: ["(", "x0*(", "sgn(", "-", "x0*", "2^", "2*", "x0 ", "dw = ", ":", "#", "("])
  func deepTexts(piece: String) {
    for count in [100, 10_000, 60_000 / piece.count] {
      let text = "dw = " + String(repeating: piece, count: count)
      do throws(RuleError) {
        _ = try LearningRule(parsing: text, file: "x.rule")
      } catch {
        Self.check(error, text, "\(count) of '\(piece)'")
      }
    }
  }
}
