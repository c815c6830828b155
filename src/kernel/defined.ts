/** The type of {@link defined}: what may be undefined is optional. */
export type Defined<T> = {
  [Name in keyof T as undefined extends T[Name] ? never : Name]: T[Name];
} & {
  [Name in keyof T as undefined extends T[Name] ? Name : never]?: Exclude<T[Name], undefined>;
};

/**
 * The members that have a value, in their order. For optional members: one that is absent is neither compared, nor listed by
 * `Object.keys`, nor does it hide the member of that name in an object that is spread before it.
 *
 * @example { apiVersion, kind, ...defined({ namespace, uid }) }
 */
export function defined<T extends object>(members: T): Defined<T> {
  const kept: Partial<T> = {};
  for (const name in members) if (members[name] !== undefined) kept[name] = members[name];
  return kept as unknown as Defined<T>;
}
