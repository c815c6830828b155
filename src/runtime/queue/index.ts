export { Fifo } from "./fifo.ts";
export { type LimiterOptions, RetryLimiter } from "./limiter.ts";
export { type QueueObserver, WorkQueue, type WorkQueueOptions } from "./work-queue.ts";
