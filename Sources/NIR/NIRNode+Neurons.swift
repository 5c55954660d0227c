/// Is a NIR node of type I: dv/dt = R I.
///
/// One value of R a neuron.
public struct NIRI: Equatable, Sendable {
  /// Resistance R.
  public var r: NIRTensor

  /// Takes one resistance a neuron.
  public init(r: NIRTensor) { self.r = r }
}

/// Is a NIR node of type IF: dv/dt = R I; above v_threshold a neuron spikes and v becomes v_reset.
///
/// One value of each parameter a neuron.
public struct NIRIF: Equatable, Sendable {
  /// Resistance R, threshold and reset potential.
  public var r, vThreshold, vReset: NIRTensor

  /// Takes parameters of one shape.
  public init(r: NIRTensor, vThreshold: NIRTensor, vReset: NIRTensor) {
    (self.r, self.vThreshold, self.vReset) = (r, vThreshold, vReset)
  }
}

/// Is a NIR node of type LIF: τ dv/dt = (v_leak − v) + R I; above v_threshold a neuron spikes and v
/// becomes v_reset.
///
/// One value of each parameter a neuron; τ in the file's own unit of time.
public struct NIRLIF: Equatable, Sendable {
  /// Membrane time constant τ, resistance R, leak potential, threshold and reset potential.
  public var tau, r, vLeak, vThreshold, vReset: NIRTensor

  /// Takes parameters of one shape.
  public init(
    tau: NIRTensor, r: NIRTensor, vLeak: NIRTensor, vThreshold: NIRTensor, vReset: NIRTensor
  ) {
    (self.tau, self.r, self.vLeak) = (tau, r, vLeak)
    (self.vThreshold, self.vReset) = (vThreshold, vReset)
  }
}

/// Is a NIR node of type LI: τ dv/dt = (v_leak − v) + R I.
///
/// One value of each parameter a neuron; τ in the file's own unit of time.
public struct NIRLI: Equatable, Sendable {
  /// Membrane time constant τ, resistance R and leak potential.
  public var tau, r, vLeak: NIRTensor

  /// Takes parameters of one shape.
  public init(tau: NIRTensor, r: NIRTensor, vLeak: NIRTensor) {
    (self.tau, self.r, self.vLeak) = (tau, r, vLeak)
  }
}

/// Is a NIR node of type CubaLIF: τ_syn dI/dt = −I + w_in S and τ_mem dv/dt = (v_leak − v) + R I;
/// above v_threshold a neuron spikes and v becomes v_reset.
///
/// One value of each parameter a neuron; time constants in the file's own unit of time.
public struct NIRCubaLIF: Equatable, Sendable {
  /// Time constants of synaptic current and membrane.
  public var tauSyn, tauMem: NIRTensor
  /// Resistance R, leak potential, threshold, reset potential and input weight w_in.
  public var r, vLeak, vThreshold, vReset, wIn: NIRTensor

  /// Takes parameters of one shape.
  public init(
    tauSyn: NIRTensor, tauMem: NIRTensor, r: NIRTensor, vLeak: NIRTensor, vThreshold: NIRTensor,
    vReset: NIRTensor, wIn: NIRTensor
  ) {
    (self.tauSyn, self.tauMem, self.r, self.vLeak) = (tauSyn, tauMem, r, vLeak)
    (self.vThreshold, self.vReset, self.wIn) = (vThreshold, vReset, wIn)
  }
}

/// Is a NIR node of type CubaLI: τ_syn dI/dt = −I + w_in S and τ_mem dv/dt = (v_leak − v) + R I.
///
/// One value of each parameter a neuron; time constants in the file's own unit of time.
public struct NIRCubaLI: Equatable, Sendable {
  /// Time constants of synaptic current and membrane.
  public var tauSyn, tauMem: NIRTensor
  /// Resistance R, leak potential and input weight w_in.
  public var r, vLeak, wIn: NIRTensor

  /// Takes parameters of one shape.
  public init(
    tauSyn: NIRTensor, tauMem: NIRTensor, r: NIRTensor, vLeak: NIRTensor, wIn: NIRTensor
  ) {
    (self.tauSyn, self.tauMem, self.r) = (tauSyn, tauMem, r)
    (self.vLeak, self.wIn) = (vLeak, wIn)
  }
}
