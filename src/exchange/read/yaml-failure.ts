/** The report of the YAML library on a text that it cannot read. */

/** One line, without the place, which is named before it, and with a cure. */
export function yamlFailureText(message: string): string {
  const [summary = ""] = message.split("\n");
  return `${summary.replace(/ at line \d+, column \d+:?$/, "")}: correct the line, or write the file again if it broke off`;
}
