import ChipInterface

/// Where answers go: a socket and libzmq's name for the connection; never an identity.
package struct Peer: Hashable, Sendable {
  /// The socket.
  package let channel: Channel
  /// The routing id that libzmq gave the connection.
  package let routingID: [UInt8]

  /// Names a peer.
  package init(_ channel: Channel, _ routingID: [UInt8]) {
    (self.channel, self.routingID) = (channel, routingID)
  }
}

/// What the server's logic may not fetch itself: the time, and random bits.
package struct Moment: Sendable {
  /// Milliseconds of a clock that only goes forward.
  package var milliseconds: Int
  /// The token that a session gets if one is opened now.
  package var freshToken: SessionToken

  /// Makes a moment.
  package init(milliseconds: Int, freshToken: SessionToken) {
    (self.milliseconds, self.freshToken) = (milliseconds, freshToken)
  }
}

/// What happens to a server.
package enum ServerEvent: Sendable {
  /// A request came in, from a connection of that user.
  case request(Request, from: Peer, by: User)
  /// A message came in that is no request.
  case malformed(WireError, id: String?, from: Peer)
  /// A connection did not take what was sent to it for 10 s, or is gone; it gets nothing more.
  case unreachable(Peer)
  /// A chip's worker has something to say; chips are numbered in the order of the configuration.
  case worker(chip: Int, WorkerReport)
  /// A transaction of the journal is on disk, or failed and changed nothing.
  case journaled(ticket: Int, JournalFault?)
  /// What was asked of the journal was found; nil: it could not be read.
  case fetched(ticket: Int, StoredImage?)
  /// Some time has passed; comes at least ten times a second.
  case tick
  /// The server shall end: gracefully, or at once.
  case stop(atOnce: Bool)
}

/// What the server's logic wants done, in this order.
package enum ServerEffect: Sendable {
  /// Send a message.
  case send(Reply, to: Peer)
  /// Give a chip's worker an order; it has no other at the time.
  case order(chip: Int, job: Int, WorkerOrder)
  /// Ask a worker to end its order early.
  case cancel(chip: Int, job: Int)
  /// Start a chip's worker again: a fresh process that has nothing.
  case startWorker(chip: Int)
  /// Write a transaction to the journal; `journaled` answers.
  case journal(ticket: Int, [JournalEntry])
  /// Read an image and its newest checkpoint; `fetched` answers.
  case fetch(ticket: Int, session: String, chip: String)
  /// Tell subscribers.
  case publish(JSONObject)
  /// Write a line to the log, and to the audit where `audited`.
  case log(event: String, JSONObject, audited: Bool)
  /// End the server now.
  case halt
}

// MARK: Workers

/// What a worker is told to do; a *slot* is the place of one loaded image in it.
///
/// Each load takes a fresh slot, and the session's slot before is forgotten when the new image is
/// on disk: a load that cannot be made durable changes nothing.
///
/// The worker swaps by itself: an order for another slot than the one on the chip first takes a
/// snapshot of that one, then puts the other one's image and state back.
package enum WorkerOrder: Sendable {
  /// Put an image into a fresh slot.
  case load(slot: Int, Message)
  /// Put an image and the state of a checkpoint into a slot, without looking at the chip.
  case restore(slot: Int, StoredImage)
  /// Overwrite weights.
  case write(slot: Int, Message)
  /// Take up a mini-batch and run its first slice of about 50 ms.
  case run(slot: Int, Message)
  /// Run the next slice of the mini-batch `run`, which is the job's number.
  case proceed(run: Int)
  /// Forget a mini-batch between two slices; the slot is as it was before it began.
  case drop(run: Int)
  /// Give the image with the weights that it has now.
  case readImage(slot: Int)
  /// Give the state of the slot, for a checkpoint.
  case snapshot(slot: Int)
  /// Forget a slot.
  case forget(slot: Int)
  /// Compile a network for the chip.
  case compile(Message, [Command.Option])
  /// Calibrate the chip.
  case calibrate([Command.Option])
}

/// What a worker reports.
package enum WorkerReport: Sendable {
  /// It is there, and has this chip.
  case ready(ChipInfo)
  /// It did a slice of a run.
  case slice(job: Int, Slice)
  /// It did an order that is no run, or failed to do any order; a failed or cancelled run has left
  /// the slot as it was before the run began.
  case finished(job: Int, Outcome)
  /// Its process has ended, for this reason; everything in its slots is gone.
  case ended(String)

  /// How an order ended.
  package struct Outcome: Sendable {
    /// Fields and payload of the answer, or why there is none.
    package enum Result: Sendable {
      case success(JSONObject, Payload?)
      case failure(WireError)
    }
    package var result: Result
    /// Seconds that the chip was busy with it, swapping included.
    package var chipSeconds: Double
    /// Whether the loaded image has learning rules, after `load`.
    package var learns = false

    /// Makes an outcome.
    package init(_ result: Result, chipSeconds: Double, learns: Bool = false) {
      (self.result, self.chipSeconds, self.learns) = (result, chipSeconds, learns)
    }
  }

  /// A stretch of a run.
  package struct Slice: Sendable {
    /// The samples that it did, and of how many.
    package var samples: Range<Int>
    package var of: Int
    /// Their recording: one part of the answer, of any size.
    package var part: Payload
    /// Seconds that the chip was busy with it, swapping included, and spikes recorded in it.
    package var chipSeconds: Double
    package var spikes: Int
    /// Sums over the whole run, in the last slice: `hardware_seconds`, `counters`, `energy_joules`.
    package var sums: JSONObject?

    /// Makes a slice.
    package init(
      samples: Range<Int>, of: Int, part: Payload, chipSeconds: Double, spikes: Int,
      sums: JSONObject?
    ) {
      (self.samples, self.of, self.part) = (samples, of, part)
      (self.chipSeconds, self.spikes, self.sums) = (chipSeconds, spikes, sums)
    }
  }
}
