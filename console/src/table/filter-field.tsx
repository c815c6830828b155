/** A field that filters a list while one types: the list follows when the typing pauses. */
import { useEffect, useRef, useState } from "react";

interface FilterFieldProps {
  readonly label: string;
  readonly placeholder: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

const PAUSE_MS = 200;

export function FilterField({ label, placeholder, value, onChange }: FilterFieldProps) {
  const [text, setText] = useState(value);
  const sent = useRef(value);
  useEffect(() => {
    // Changed from outside: back, or a link.
    if (value !== sent.current) {
      sent.current = value;
      setText(value);
    }
  }, [value]);
  const latest = useRef(onChange);
  useEffect(() => {
    latest.current = onChange;
  });
  useEffect(() => {
    if (text === sent.current) return;
    const timer = setTimeout(() => {
      sent.current = text;
      latest.current(text);
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <input
      className="field filter"
      type="search"
      aria-label={label}
      placeholder={placeholder}
      value={text}
      onChange={({ target }) => setText(target.value)}
    />
  );
}
