import CEmulatorKernels
import ChipInterface
import HardwareSpec

/// The events' part of a step.
extension DigitalRunner {
  /// Puts the step's spikes and inputs on the lists of a thread's cores.
  func collect(_ worker: DigitalWorker, _ run: Run, _ tick: Int) {
    let routes = worker.routes
    for c in image.cores.indices where cores[c].hasTargets {
      let (columns, signs, count) = cores[c].spikes(of: tick)
      if count == 0 { continue }
      let first = cores[c].firstSource
      for i in 0..<Int(count) {
        worker.rowEvents &+= Int(routes.events[first &+ Int(columns[i])])
        worker.synapticEvents &+= Int(routes.synapses[first &+ Int(columns[i])])
      }
      if cores[c].isTernary {
        pushSigned(columns, signs, Int(count), routes, first)
      } else {
        synapus_digital_push(columns, count, routes.starts + first, routes.targets, lists)
      }
    }
    sendInputs(worker, run, tick)
  }

  /// Puts spikes of −1 on the second set of lists.
  private func pushSigned(
    _ columns: UnsafePointer<UInt32>, _ signs: UnsafePointer<Int8>, _ count: Int,
    _ routes: DigitalRoutes, _ first: Int
  ) {
    for i in 0..<count {
      synapus_digital_push(
        columns + i, 1, routes.starts + first, routes.targets,
        signs[i] < 0 ? lists + listCount : lists)
    }
  }

  private func sendInputs(_ worker: DigitalWorker, _ run: Run, _ tick: Int) {
    let routes = worker.routes
    let end = UInt32(truncatingIfNeeded: (tick &+ 1) &* run.cyclesPerTick)
    var next = worker.nextInput
    while next < worker.lastInput, run.cycles[next] < end {
      let source = routes.firstInput &+ Int(run.channels[next])
      next &+= 1
      worker.rowEvents &+= Int(routes.events[source])
      worker.synapticEvents &+= Int(routes.synapses[source])
      for i in Int(routes.starts[source])..<Int(routes.starts[source &+ 1]) {
        add(routes.targets[i])
      }
    }
    worker.nextInput = next
  }

  @inline(__always)
  private func add(_ target: synapus_digital_target) {
    let list = lists + Int(target.list)
    if list.pointee.count == list.pointee.capacity { grow(list) }
    list.pointee.axons[Int(list.pointee.count)] = target.axon
    list.pointee.count &+= 1
  }

  /// Inputs may be many in a step; the room for spikes stays.
  private func grow(_ list: UnsafeMutablePointer<synapus_digital_list>) {
    let count = Int(list.pointee.count)
    let larger = UnsafeMutablePointer<UInt32>.allocate(capacity: 2 * count)
    larger.update(from: list.pointee.axons, count: count)
    list.pointee.axons.deallocate()
    (list.pointee.axons, list.pointee.capacity) = (larger, UInt32(2 * count))
  }

  /// Adds up what the lists of a thread's cores hold, and empties them.
  func deliver(_ worker: DigitalWorker) {
    guard let first = worker.cores.first, let last = worker.cores.last else { return }
    if let engine { mark(worker, engine) }
    for p in image.partsOfCore[first].lowerBound..<image.partsOfCore[last].upperBound {
      let part = parts + p
      for i in 0..<Int(part.pointee.listCount) {
        let number = Int(part.pointee.firstList) &+ i
        let list = lists + number
        if list.pointee.count > 0 { deliver(list, part, part.pointee.delays[i], worker) }
        let negative = lists + number + listCount
        if negative.pointee.count > 0 {
          addOneByOne(
            negative.pointee, p, part.pointee.delays[i], worker,
            sign: part.pointee.signOfNegativeSpikes)
        }
        (list.pointee.count, negative.pointee.count) = (0, 0)
      }
    }
  }

  /// Tells the learning engine what fired, and which axons had events.
  private func mark(_ worker: DigitalWorker, _ engine: LearningEngine) {
    for c in worker.cores where !engine.partsOfCore[c].isEmpty {
      let state = cores[c].state
      engine.post(
        core: c, state.spikes, count: Int(state.spike_count),
        signs: cores[c].isTernary ? UnsafePointer(state.signs) : nil)
      for p in image.partsOfCore[c] where image.parts[p].synapses?.plastic != nil {
        let first = image.parts[p].firstList
        for number in first..<first + image.parts[p].delays.count {
          mark(lists + number, core: c, engine)
          mark(lists + number + listCount, core: c, engine)
        }
      }
    }
  }

  private func mark(
    _ list: UnsafePointer<synapus_digital_list>, core: Int, _ engine: LearningEngine
  ) {
    if list.pointee.count == 0 { return }
    engine.pre(core: core, list.pointee.axons, count: Int(list.pointee.count))
  }

  @inline(__always)
  private func deliver(
    _ list: UnsafeMutablePointer<synapus_digital_list>, _ part: UnsafeMutablePointer<PartMemory>,
    _ delay: Int32, _ worker: DigitalWorker
  ) {
    guard let functions = kernel.functions, part.pointee.kind != .exact else {
      return addOneByOne(list.pointee, part - parts, delay, worker, sign: 1)
    }
    let slot = part.pointee.slot(after: delay)
    let (axons, count) = (list.pointee.axons, Int32(bitPattern: list.pointee.count))
    let isFresh = !part.pointee.isDirty[slot]
    switch part.pointee.kind {
    case .crossbar: crossbars[part.pointee.core]?.deliver(list.pointee, delay: Int(delay))
    case .rows8:
      _ = functions.addRows8(
        &part.pointee.rows, axons, count, part.pointee.sums(slot), isFresh, false)
    case .rows16:
      _ = functions.addRows16(
        &part.pointee.rows, axons, count, part.pointee.sums(slot), isFresh, false)
    case .plastic:
      worker.synapticEvents &+= Int(
        functions.addRows16(
          &part.pointee.rows, axons, count, part.pointee.sums(slot), isFresh, true))
    case .lists:
      part.pointee.clearIfFresh(slot)
      synapus_digital_add_sparse(
        &part.pointee.lists, axons, count, part.pointee.ring, Int32(slot),
        Int32(part.pointee.slots), Int32(part.pointee.stride))
    case .delayedPlastic:
      worker.synapticEvents &+= addDelayed(list.pointee, part, slot)
    case .exact: break
    }
    part.pointee.isDirty[slot] = true
  }

  private func addDelayed(
    _ list: synapus_digital_list, _ part: UnsafeMutablePointer<PartMemory>, _ slot: Int
  ) -> Int {
    Int(
      synapus_digital_add_delayed(
        part.pointee.rows.rows?.assumingMemoryBound(to: Int16.self), part.pointee.plasticDelays,
        part.pointee.rows.lanes, part.pointee.rows.first_axon, list.axons, Int32(list.count),
        part.pointee.ring + part.pointee.firstLane, Int32(slot), Int32(part.pointee.slots),
        Int32(part.pointee.stride), part.pointee.longestDelay))
  }
}
