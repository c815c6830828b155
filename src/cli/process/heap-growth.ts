/** How much memory this process takes beyond what it uses. */
import { setFlagsFromString } from "node:v8";

/**
 * V8 lets its heap grow to up to four times of what is in use before it collects what is not, where the machine has
 * memory to spare. After a few large requests that is a gigabyte for a process that uses a quarter of it.
 *
 * From the next collection on, for all of the process.
 *
 * @param percent of what is in use: room for garbage between two collections. Less room takes more time.
 */
export function boundHeapGrowth(percent: number): void {
  setFlagsFromString(`--heap-growing-percent=${percent}`);
}
