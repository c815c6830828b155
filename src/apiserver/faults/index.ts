/** Faults on purpose, for tests and the simulation. See `faulty-store.ts`. */
export {
  type FaultKernel,
  type FaultKind,
  type FaultRates,
  type FaultyStore,
  InjectedFaultError,
  withFaults,
} from "./faulty-store.ts";
