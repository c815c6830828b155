/** One namespace or all of them; not there where there is only one. */
import { displayText } from "../text/display-text.ts";
import { useSession } from "./session-context.ts";

interface NamespacePickerProps {
  readonly value: string | undefined;
  readonly onChange: (value: string | undefined) => void;
}

export function NamespacePicker({ value, onChange }: NamespacePickerProps) {
  const namespaces = useSession()?.namespaces ?? [];
  if (namespaces.length < 2 && value === undefined) return null;
  return (
    <select
      className="field"
      aria-label="Namespace"
      value={value ?? ""}
      onChange={({ target }) => onChange(target.value || undefined)}
    >
      <option value="">All namespaces</option>
      {namespaces.map((namespace) => (
        <option key={namespace} value={namespace}>
          {displayText(namespace)}
        </option>
      ))}
    </select>
  );
}
