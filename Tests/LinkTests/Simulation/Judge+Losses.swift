import Link

/// Losses: what a crash takes, who must hear of it, and what checkpoints must not do.
extension Judge {
  /// A worker has crashed: what no checkpoint holds may be gone.
  func crashed(_ chip: Int) {
    for seat in owed.keys where seat.chip == chip {
      let content = world.disk.image(seat.session, world.scenario.chips[chip])?.content
      let kept = world.scenario.isDurable ? Set(content?.steps ?? []) : []
      // The server hears of it a little later.
      crashLosses[seat, default: []].formUnion((owed[seat] ?? []).subtracting(kept))
      owed[seat] = kept
    }
  }

  /// The server hears of the crash: from now on it must not let anybody go on unknowingly.
  func heardOfCrash(_ chip: Int) {
    for (seat, steps) in crashLosses where seat.chip == chip {
      untold[seat, default: []].formUnion(steps)
      losses[seat, default: []].formUnion(steps)
    }
    crashLosses = crashLosses.filter { $0.key.chip != chip }
  }

  /// A session was told how its images stand, or that a lease has ended.
  func isTold(_ session: String?) {
    guard let session else { return }
    untold = untold.filter { $0.key.session != session }
  }

  /// A session was told where its images stand: nothing is gone from those that were kept.
  func resumed(_ session: String, _ fields: JSONObject) {
    isTold(session)
    guard case .list(let list)? = fields["images"] else { return }
    for case .object(let image) in list {
      guard let name = image.words("chip"), let chip = world.scenario.chips.firstIndex(of: name)
      else { continue }
      let seat = Seat(session: session, chip: chip)
      guard image.words("state") == "kept" else {
        losses[seat] = nil
        continue
      }
      let stored = world.disk.image(session, name)?.content?.steps ?? []
      let there = currentSlots[seat].flatMap { world.workers[chip].slots[$0]?.steps } ?? []
      let missing = (losses[seat] ?? []).subtracting(stored + there)
      require(
        missing.isEmpty, "an image is said to be kept, and steps \(missing.sorted()) are gone")
    }
  }

  /// Work is done on an image: its client must know what is missing from it.
  func checkTold(_ seat: Seat, _ content: SlotContent) {
    let missing = (untold[seat] ?? []).subtracting(content.steps)
    require(
      missing.isEmpty || images[seat] != content.image,
      "steps \(missing.sorted()) are gone, and the session goes on and was never told")
    losses[seat] = nil
  }

  /// Checkpoints are of the image that the session has, and as often as it was asked for.
  func checkpointed(_ entries: [JournalEntry]) {
    for case .checkpoint(let session, let name, _, _) in entries where stopsBy == nil {
      let chip = world.scenario.chips.firstIndex(of: name) ?? 0
      guard let image = images[Seat(session: session, chip: chip)], cadences[image] == 0 else {
        continue
      }
      let isCommit = entries.contains { entry in
        guard case .answered(session, _, _, let header) = entry else { return false }
        return String(decoding: header, as: UTF8.self).contains("image.commit.ok")
      }
      require(isCommit, "a checkpoint of image \(image), which was to have none by itself")
    }
  }

  /// A transaction is on disk: no image has the state of another one.
  func stored(_ entries: [JournalEntry]) {
    for case .checkpoint(let session, let chip, _, _) in entries {
      guard let image = world.disk.image(session, chip) else { continue }
      require(image.content != nil, "on disk an image has the state of another one")
    }
  }
}
