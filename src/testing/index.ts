/** For tests: an API server that fails on purpose, on the way to it and in its store. */
export {
  type FaultKernel,
  type FaultKind,
  type FaultRates,
  type FaultyStore,
  InjectedFaultError,
  withFaults,
} from "./faulty-store.ts";
export { type FaultPlan, type TransportFault, transportFaults } from "./transport-faults.ts";
