/** Open incidents stand out, closed ones are calm. */
export function statusTone(status: string): string {
  return /^(resolved|closed|mitigated)$/i.test(status) ? "chip good" : "chip warn";
}
